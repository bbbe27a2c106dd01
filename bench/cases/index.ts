import { type Case, caseId } from "../harness/case.js";
import { references } from "../harness/references.js";
import { bindingCases } from "./bindings.js";
import { breakerCases } from "./breaker.js";
import { bulkheadCases } from "./bulkhead.js";
import { coalesceCases } from "./coalesce.js";
import { coreCases, coreGroup } from "./core.js";
import { elsewhereCases } from "./elsewhere.js";
import { errorCases } from "./errors.js";
import { hashingCases } from "./hashing.js";
import { hedgeCases, targetCases } from "./hedge.js";
import { heldBackCases } from "./held-back.js";
import { keyedCases } from "./keyed.js";
import { limiterCases } from "./limiter.js";
import { pipelineCases } from "./pipeline.js";
import { redisCases } from "./redis.js";
import { retryCases } from "./retry.js";
import { rustCases } from "./rust.js";
import { samplerCases } from "./sampler.js";
import { sheddingCases } from "./shedding.js";
import { sketchCases } from "./sketches.js";
import { threadCases } from "./threads.js";
import { timeoutCases } from "./timeout.js";

/** The references as rows of their own, so that the table shows what the ratios are ratios to. */
const referenceCases: readonly Case[] = Object.entries({
  "await f()": references.bare,
  "await of an async function with try/catch (the floor)": references.floor,
  "performance.now()": references.clockRead,
  "Promise.reject(sharedError), caught": references.rejection,
}).map(([subject, { form, run }]) => ({
  group: "references",
  subject,
  form,
  prepare: async () => ({ run }),
}));

const policyCases: readonly Case[] = [
  ...referenceCases,
  ...breakerCases,
  ...retryCases,
  ...errorCases,
  ...heldBackCases,
  ...timeoutCases,
  ...hedgeCases,
  ...targetCases,
  ...bulkheadCases,
  ...coalesceCases,
  ...pipelineCases,
  ...limiterCases,
  ...keyedCases,
  ...sheddingCases,
  ...redisCases,
  ...hashingCases,
  ...threadCases,
  ...sketchCases,
  ...samplerCases,
  ...bindingCases,
  ...rustCases,
  ...elsewhereCases,
];

/** Every case, group after group. */
export async function allCases(): Promise<readonly Case[]> {
  const cases = [...policyCases, ...(await coreCases())];
  const groups = [...new Set(cases.map(({ group }) => group))];
  return groups.flatMap((group) => cases.filter((one) => one.group === group));
}

/** The case of that id, without loading what it does not need. */
export async function findCase(id: string): Promise<Case> {
  const cases = id.startsWith(`${coreGroup}/`) ? await coreCases() : policyCases;
  const found = [...cases, ...rustCases].find((one) => caseId(one) === id);
  if (found === undefined) throw new Error(`there is no case ${JSON.stringify(id)}`);
  return found;
}
