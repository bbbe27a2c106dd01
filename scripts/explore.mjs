/** `npm run explore`: every schedule of every scenario in test/explore, the large ones included, with the numbers of states. */
import { build } from "./build.mjs";
import { vitest } from "./lib/suite.mjs";

await build("wasm");
process.exitCode = await vitest("explore", "unit", ["test/explore/explore.test.ts", ...process.argv.slice(2)], {
  HOLDFAST_EXPLORE: "all",
});
