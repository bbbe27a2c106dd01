/**
 * `npm run check`: everything about the tree that can be said without changing it. Parts run two at a time and each says
 * what is wrong; `--only a,b` runs some of them.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.mjs";
import { apiProblems } from "./check/api.mjs";
import { consumerProblems } from "./check/consumers.mjs";
import { forbiddenEffects } from "./check/effects.mjs";
import { contentProblems, dependencyProblems, lockProblems, toolProblems } from "./check/package.mjs";
import { snippetTypeProblems } from "./check/snippet-types.mjs";
import { runTool } from "./lib/command.mjs";
import { coverageIsFresh, coverageReport, stampCoverage } from "./lib/coverage.mjs";
import { record } from "./lib/suite.mjs";
import { secondsSince } from "./lib/talk.mjs";
import { pack } from "./lib/tarball.mjs";

/** A part that is another program: its output is the problem where it fails. */
const tool =
  (packageName, args, options = {}) =>
  async () => {
    const { code, stdout, stderr } = await runTool(packageName, args, {
      stdout: "collect",
      stderr: "collect",
      ...options,
    });
    return code === 0 ? [] : [`${stdout}${stderr}`.trim()];
  };

/** The tarball is made once, by the first part that needs it. */
let packing;
const packed = () => (packing ??= pack());

async function documentation() {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-docs-"));
  try {
    return await tool("typedoc", ["--out", folder])();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function coverage() {
  if (!coverageIsFresh()) {
    // CI has just run the tests; where they did not pass it has said so, and a second run would say it again.
    if (process.env["HOLDFAST_RESULTS"] !== undefined)
      return ["the tests have not passed, so their coverage says nothing"];
    const { code, stdout, stderr } = await runTool("vitest", ["run", "--project", "unit", "--coverage"], {
      stdout: "collect",
      stderr: "collect",
    });
    if (code !== 0)
      return [
        `the tests fail, so their coverage says nothing (npm test shows more)\n${stdout.slice(-4000)}${stderr.slice(-2000)}`,
      ];
    stampCoverage();
  }
  const { problems, figures } = coverageReport();
  if (problems.length === 0) console.log(`      ${figures}`);
  return problems;
}

/** Longest first, so that the two lanes end together. */
const parts = {
  types: tool("typescript", ["--noEmit"], { command: "tsc" }),
  coverage,
  documentation,
  package: async () => {
    const tarball = await packed();
    return [
      ...contentProblems(tarball),
      ...dependencyProblems(),
      ...lockProblems(),
      ...(await toolProblems(tarball.file)),
    ];
  },
  consumers: async () => consumerProblems((await packed()).file),
  examples: async () => snippetTypeProblems(),
  sizes: tool("size-limit", []),
  unused: tool("knip", ["--no-progress"]),
  api: async () => apiProblems(),
  layers: tool("dependency-cruiser", ["--config", "scripts/check/layers.config.mjs", "ts", "bindings"], {
    command: "depcruise",
  }),
  effects: async () => forbiddenEffects(),
  lint: tool("@biomejs/biome", ["check", "--error-on-warnings"], { command: "biome" }),
};

const needsBuild = new Set(["coverage", "package", "consumers", "sizes", "api"]);

const onlyAt = process.argv.indexOf("--only");
const wanted = onlyAt === -1 ? Object.keys(parts) : (process.argv[onlyAt + 1] ?? "").split(",");
for (const name of wanted) {
  if (parts[name] === undefined) {
    console.error(`there is no part ${JSON.stringify(name)}; the parts are ${Object.keys(parts).join(", ")}`);
    process.exit(2);
  }
}

let passed = 0;
let failed = 0;
let waiting = [...wanted];
try {
  await build("all");
} catch (error) {
  // What a type error would hide may still be said: only the parts that look at built files wait for the build.
  console.log(`FAIL  build\n${error.message.replace(/^/gm, "      ")}`);
  const unbuilt = wanted.filter((name) => needsBuild.has(name));
  console.log(`not run: ${unbuilt.join(", ")}`);
  waiting = wanted.filter((name) => !needsBuild.has(name));
  failed += 1 + unbuilt.length;
}
async function lane() {
  for (let name = waiting.shift(); name !== undefined; name = waiting.shift()) {
    const startedMs = performance.now();
    const problems = await parts[name]().catch((error) => [error.stack]);
    console.log(`${problems.length === 0 ? "ok  " : "FAIL"}  ${name}, ${secondsSince(startedMs)}`);
    for (const problem of problems) console.log(problem.replace(/^/gm, "      "));
    if (problems.length > 0) failed++;
    else passed++;
  }
}
await Promise.all([lane(), lane()]);
record("check", { passed, failed, skipped: 0 });
console.log(failed === 0 ? "all checks passed" : `${passed} checks passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
