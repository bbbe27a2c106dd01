/** `npm run test:browser`: the dashboard in a real Chromium that is installed here. */
import { existsSync } from "node:fs";
import { build } from "./build.mjs";
import { chromiumPath } from "./lib/chromium.mjs";
import { at } from "./lib/root.mjs";
import { notRun, record, vitest } from "./lib/suite.mjs";

const chromium = chromiumPath();
if (chromium === undefined || !existsSync(at("test", "browser"))) {
  notRun("browser (Chromium is not installed; HOLDFAST_CHROMIUM names one in an unusual place)");
  record("browser", { passed: 0, failed: 0, skipped: 1 });
} else {
  await build("start");
  process.exitCode = await vitest("browser", "browser", process.argv.slice(2), { HOLDFAST_CHROMIUM: chromium });
}
