/**
 * Builds what is stale, by content hash. Without a mode: everything that the package holds.
 *
 *   node scripts/build.mjs            wasm, debug build, JavaScript, declarations, schema, C header
 *   node scripts/build.mjs --start    wasm, debug build, JavaScript, schema: what `npm start` and the tests run
 *   node scripts/build.mjs --wasm     the core alone, with its debug build
 */
import { pathToFileURL } from "node:url";
import { buildDebug } from "./build/debug.mjs";
import { buildHeader } from "./build/header.mjs";
import { buildDeclarations, buildJavaScript } from "./build/javascript.mjs";
import { buildSchema } from "./build/schema.mjs";
import { buildWasm } from "./build/wasm.mjs";
import { withBuildLock } from "./lib/lock.mjs";
import { talk } from "./lib/talk.mjs";

/** Builds the stale parts of `mode`: "all", "start" or "wasm". */
export const build = (mode = "all") =>
  withBuildLock(async () => {
    await buildWasm();
    if (process.env["HOLDFAST_BUILDS"] === undefined) await buildDebug();
    if (mode === "wasm") return;
    await buildJavaScript();
    buildSchema();
    if (mode !== "all") return;
    buildHeader();
    await buildDeclarations();
  });

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  try {
    await build(process.argv.includes("--wasm") ? "wasm" : process.argv.includes("--start") ? "start" : "all");
  } catch (error) {
    talk(error.message);
    process.exitCode = 1;
  }
}
