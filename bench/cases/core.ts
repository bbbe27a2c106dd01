import type { Case } from "../harness/case.js";

/** The group of the core's own cases. */
export const coreGroup = "core, time passed in";

/** The core's structures by themselves, beside what one would write by hand. Loading them builds tables: only who measures them should. */
export async function coreCases(): Promise<readonly Case[]> {
  const { cases } = await import("../core/cases.js");
  return cases.map(({ name, perOp, setup }) => ({
    group: coreGroup,
    subject: name,
    form: "sync",
    perRun: perOp,
    prepare: async () => ({ run: setup() }),
  }));
}
