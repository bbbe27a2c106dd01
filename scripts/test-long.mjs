/**
 * `npm run test:long`: the tests that know a longer form (they read HOLDFAST_LONG), in that form. HOLDFAST_LONG_SECONDS tells
 * them how long one search may go on; CI gives less than a nightly run would.
 */
import { readFileSync } from "node:fs";
import { build } from "./build.mjs";
import { at } from "./lib/root.mjs";
import { notRun, record, vitest } from "./lib/suite.mjs";
import { filesBelow } from "./lib/tree-hash.mjs";

const files = filesBelow("test", {
  accept: (file) => file.endsWith(".test.ts") && readFileSync(at(file), "utf8").includes("HOLDFAST_LONG"),
});
if (files.length === 0) {
  notRun("long (no test has a longer form)");
  record("long", { passed: 0, failed: 0, skipped: 1 });
} else {
  await build("start");
  process.exitCode = await vitest("long", "unit", ["--testTimeout=600000", ...files, ...process.argv.slice(2)], {
    HOLDFAST_LONG: "1",
  });
}
