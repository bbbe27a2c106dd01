import { existsSync, readdirSync } from "node:fs";
import { defineConfig } from "tsup";

/** Every folder of ts/ with a face is a subpath of the package; the command line is a program beside them. */
const folders = readdirSync("ts", { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && entry.name !== "cli" && existsSync(`ts/${entry.name}/index.ts`))
  .map((entry) => entry.name);

const modules = {
  ...(existsSync("ts/index.ts") ? { index: "ts/index.ts" } : {}),
  ...Object.fromEntries(folders.map((folder) => [`${folder}/index`, `ts/${folder}/index.ts`])),
};
const programs = existsSync("ts/cli/main.ts") ? { "cli/main": "ts/cli/main.ts" } : {};
const declarations = process.env["HOLDFAST_DECLARATIONS"] === "1";

export default defineConfig({
  entry: { ...modules, ...programs },
  outDir: "dist",
  format: ["esm"],
  target: "es2022",
  platform: "neutral",
  // Two folders must never hold two copies of one class: shared code goes to shared chunks.
  splitting: true,
  treeshake: false,
  sourcemap: false,
  clean: false,
  dts: declarations ? { only: true, entry: modules } : false,
  // `#wasm` stays a question that the consumer's own tools answer.
  external: ["#wasm", /\.wasm(\?module)?$/, /^node:/],
});
