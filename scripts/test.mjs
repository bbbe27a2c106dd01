/** `npm test`: builds what is stale and runs every test that needs nothing but node. Arguments go to Vitest. */
import { build } from "./build.mjs";
import { stampCoverage } from "./lib/coverage.mjs";
import { notRun, vitest } from "./lib/suite.mjs";
import { talk } from "./lib/talk.mjs";

try {
  await build("start");
} catch (error) {
  talk(error.message);
  process.exit(1);
}

// In CI the same run measures coverage, so that `npm run check` need not run all tests a second time.
const measures = process.env["CI"] === "true" || process.argv.includes("--coverage");
const args = process.argv.slice(2).filter((argument) => argument !== "--coverage");
process.exitCode = await vitest("test", "unit", measures ? ["--coverage", ...args] : args);
if (measures && args.length === 0 && process.exitCode === 0) stampCoverage();

for (const [suite, needs] of [
  ["test:browser", "needs Chromium"],
  ["test:servers", "needs nginx and wrk"],
  ["test:hosts", "installs other JavaScript runtimes"],
  ["test:mutants", "takes minutes"],
  ["test:long", "takes minutes"],
]) {
  notRun(`${suite} (${needs}; npm run ${suite})`);
}
