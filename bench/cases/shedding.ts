import type { Case } from "../harness/case.js";
import { work } from "../harness/references.js";

const group = "shedding, a call that is admitted";

const ours = (subject: string, make: (holdfast: typeof import("holdfast")) => (i: number) => unknown): Case => ({
  group,
  subject: `holdfast ${subject}`,
  package: "holdfast",
  form: "async",
  async prepare() {
    return { run: make(await import("holdfast")) };
  },
});

/** No library of the comparison throttles its client or sheds load; the breaker's rows are the nearest. */
export const sheddingCases: readonly Case[] = [
  ours("adaptive throttle", ({ adaptiveThrottle }) => {
    const policy = adaptiveThrottle();
    return () => policy.execute(work);
  }),
  ours("adaptive throttle that refuses half", ({ adaptiveThrottle, seeded }) => {
    const policy = adaptiveThrottle({ minimumCalls: 1, maxRejection: 0.5, random: seeded(1) });
    const fails = () => Promise.reject(down);
    return () => policy.tryExecute(fails);
  }),
  ours("admission control", ({ admissionControl }) => {
    const policy = admissionControl();
    return () => policy.execute(work);
  }),
  ours("load shedder, calls in flight", ({ loadShedder }) => {
    const policy = loadShedder({ limits: { inFlight: 1_000 } });
    return () => policy.execute(work);
  }),
];

const down = new Error("down");
