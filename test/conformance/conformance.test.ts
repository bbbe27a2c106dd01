/**
 * The conformance program: that `ts/core/self-test/program.ts` is what the cases here make, and that every build reaches its
 * digests. `HOLDFAST_WRITE_VECTORS=1 npx vitest run test/conformance` writes it, and the digest into docs/platforms.md.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { createFullRuntime, createRuntime } from "../../ts/core/index.js";
import type { Functions } from "../../ts/core/self-test/face.js";
import { selfTest } from "../../ts/core/self-test/index.js";
import { runConformance } from "../../ts/core/self-test/run.js";
import { isLeftOut, signatures } from "../assembly/abi.js";
import { buildNames, openBuild } from "../assembly/builds.js";
import { breakerCases } from "./breaker.js";
import { breakerFullCases } from "./breaker-full.js";
import { writeProgram } from "./builder.js";
import { clockCases } from "./clocks.js";
import { hashingCases } from "./hashing.js";
import { laterLimiterCases, limiterCases } from "./limiters.js";
import { lockFreeCases } from "./lockfree.js";
import { membershipCases } from "./membership.js";
import { moreLimiterCases } from "./more-limiters.js";
import { retryCases } from "./retry.js";
import { retryFullCases } from "./retry-full.js";
import { samplingCases } from "./sampling.js";
import { sketchCases } from "./sketches.js";

const cases = [
  ...limiterCases,
  ...breakerCases,
  ...retryCases,
  ...sketchCases,
  ...breakerFullCases,
  ...clockCases,
  ...hashingCases,
  ...lockFreeCases,
  ...moreLimiterCases,
  ...retryFullCases,
  ...samplingCases,
  ...membershipCases,
  ...laterLimiterCases,
];
const file = fileURLToPath(new URL("../../ts/core/self-test/program.ts", import.meta.url));
const { bytes: program, called } = writeProgram(cases);

function run(name: (typeof buildNames)[number]) {
  const build = openBuild(name);
  return runConformance(program, {
    functions: build.x as unknown as Functions,
    allocate: (bytes) => {
      const at = build.alloc(bytes);
      return { at, bytes: build.bytes(at, bytes) };
    },
  });
}

const reference = run("server");

/** The text of program.ts. */
function moduleText(): string {
  const digests = Object.entries(reference.digests).map(([name, digest]) => `  ${name}: "${digest}",\n`);
  return `// Made by test/conformance (HOLDFAST_WRITE_VECTORS=1 npx vitest run test/conformance).

/** The program, in base64. */
export const program =
  "${Buffer.from(program).toString("base64")}";

/** The digest of each structure. */
export const digests: Readonly<Record<string, string>> = {
${digests.join("")}};

/** The digest of what every full profile has. */
export const common = "${reference.common}";
`;
}

/** docs/platforms.md says in one place which digest the hosts reached. */
const platforms = fileURLToPath(new URL("../../docs/platforms.md", import.meta.url));
const withDigest = (text: string) => text.replace(/(common digest, `)[0-9a-f]{16}`/, `$1${reference.common}\``);

test("docs/platforms.md tells the digest that all reach", () => {
  if (process.env["HOLDFAST_WRITE_VECTORS"] === "1")
    writeFileSync(platforms, withDigest(readFileSync(platforms, "utf8")));
  expect(readFileSync(platforms, "utf8")).toContain(`common digest, \`${reference.common}\``);
});

test("the program in ts/core/self-test is what the cases make", () => {
  if (process.env["HOLDFAST_WRITE_VECTORS"] === "1") writeFileSync(file, moduleText());
  expect(readFileSync(file, "utf8")).toBe(moduleText());
});

test.each(buildNames)("the %s build reaches the digests of the reference", (name) => {
  const { digests, absent, common } = run(name);
  expect(digests).toEqual(
    Object.fromEntries(Object.entries(reference.digests).filter(([each]) => !absent.includes(each))),
  );
  expect(common).toBe(reference.common);
  const left = cases.filter((each) => [...called.get(each.name)!].some((called) => isLeftOut(called, name)));
  if (name !== "embedded") expect(absent).toEqual(left.map((each) => each.name));
});

test("every function that changes or tells a state is in it", () => {
  const text = new TextDecoder("latin1").decode(program);
  const left = signatures.map(({ name }) => name).filter((name) => !text.includes(name));
  // Sizes are asked while the program is made; the arena belongs to the runtime that the program runs in; a histogram is asked
  // for a share in one face and for a rank in the other; a browser's main thread may not wait.
  const reasons = /^(arena\w+|\w+Size|histogram(AtRank|Quantile)|eventWait)$/;
  expect(left.filter((name) => !reasons.test(name))).toEqual([]);
});

test("the self test passes on full and base runtimes, and sees a build that decides differently", () => {
  expect(selfTest()).toMatchObject({ ok: true, wrong: [], absent: [] });
  expect(selfTest(createRuntime())).toMatchObject({ ok: true, absent: expect.arrayContaining(["jump"]) });
  const broken = createFullRuntime();
  Object.defineProperty(broken, "core", { value: { ...broken.core, gcraPeek: () => 0 } });
  expect(selfTest(broken)).toMatchObject({ ok: false, wrong: ["gcra"] });
});
