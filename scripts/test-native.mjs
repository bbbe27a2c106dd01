/**
 * `npm run test:native`: builds the native addon and tries it with several processes, and runs the core's own tests on it as on any
 * other build. Without Rust and a C compiler it is `not run`.
 */
import { buildNative, nativeLacks } from "./build/native.mjs";
import { build } from "./build.mjs";
import { run } from "./lib/command.mjs";
import { at } from "./lib/root.mjs";
import { notRun, record, vitest } from "./lib/suite.mjs";

const lack = await nativeLacks();
if (lack !== undefined) {
  notRun(`native (${lack})`);
  record("native", { passed: 0, failed: 0, skipped: 1 });
} else {
  await build("start");
  await buildNative();
  // The addon's own tests, in Rust.
  const env = { ...process.env, HOLDFAST_CORE_C: at("native", "dist", "c") };
  const args = ["test", "--quiet", "--locked", "--target-dir", at("native", "dist", "target")];
  const { code } = await run("cargo", args, { cwd: at("native"), env, stdout: "talk", stderr: "talk" });
  const processes = await vitest("native", "native", process.argv.slice(2));
  const builds = { HOLDFAST_BUILDS: "native" };
  const core = await vitest("native-core", "unit", ["test/assembly", "test/vectors", "test/conformance"], builds);
  process.exitCode = [code, processes, core].every((each) => each === 0) ? 0 : 1;
}
