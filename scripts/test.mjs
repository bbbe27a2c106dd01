/** `npm test`: builds what is stale and runs every test that needs nothing but node. Arguments go to Vitest. */
import { build } from "./build.mjs";
import { notRun, vitest } from "./lib/suite.mjs";
import { talk } from "./lib/talk.mjs";

try {
  await build("start");
} catch (error) {
  talk(error.message);
  process.exit(1);
}

process.exitCode = await vitest("test", "unit", process.argv.slice(2));

for (const [suite, needs] of [
  ["test:browser", "needs Chromium"],
  ["test:servers", "needs nginx and wrk"],
  ["test:hosts", "installs other JavaScript runtimes"],
  ["test:mutants", "takes minutes"],
  ["test:long", "takes minutes"],
]) {
  notRun(`${suite} (${needs}; npm run ${suite})`);
}
