/** `npm run test:servers`: the suites that need servers and load generators of other make (nginx, wrk, redis-server). */
import { existsSync } from "node:fs";
import { build } from "./build.mjs";
import { at } from "./lib/root.mjs";
import { notRun, record, vitest } from "./lib/suite.mjs";

if (!existsSync(at("test", "servers"))) {
  notRun("servers (test/servers has no suite)");
  record("servers", { passed: 0, failed: 0, skipped: 1 });
} else {
  await build("start");
  process.exitCode = await vitest("servers", "servers", process.argv.slice(2));
}
