/**
 * `npm run test:long`: every property test a hundred times longer (scripts/lib/long-fast-check.mjs), and whatever else reads
 * HOLDFAST_LONG. HOLDFAST_LONG_SECONDS bounds one property; the default is 60, CI gives 0.6.
 */
import { readFileSync } from "node:fs";
import { build } from "./build.mjs";
import { at } from "./lib/root.mjs";
import { vitest } from "./lib/suite.mjs";
import { filesBelow } from "./lib/tree-hash.mjs";

const isLong = (text) => /from "fast-check"|HOLDFAST_LONG/.test(text);
const files = filesBelow("test", {
  accept: (file) => file.endsWith(".test.ts") && isLong(readFileSync(at(file), "utf8")),
});
const seconds = process.env["HOLDFAST_LONG_SECONDS"] ?? (process.env["CI"] === "true" ? "0.6" : "60");

await build("start");
process.exitCode = await vitest("long", "unit", ["--testTimeout=3600000", ...files, ...process.argv.slice(2)], {
  HOLDFAST_LONG: "1",
  HOLDFAST_LONG_SECONDS: seconds,
});
