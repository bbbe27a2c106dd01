import { readFileSync } from "node:fs";
import { defineConfig } from "tsup";

const { exports } = JSON.parse(readFileSync("package.json", "utf8")) as {
  exports: Record<string, string | { types: string }>;
};

/** The faces that need declarations: what package.json exports, by its place in dist/. */
const faces = Object.values(exports)
  .filter((target) => typeof target === "object")
  .map(({ types }) => types.replace(/^\.\/dist\/(.*)\.d\.ts$/, "$1"));

const declarations = process.env["HOLDFAST_DECLARATIONS"] === "1";

export default defineConfig({
  // One file for each source, nothing bundled: whoever imports one policy and bundles gets its modules alone. Joined into chunks,
  // classes with computed names such as [dispose] count as side effects and stay (measured: `timeout` alone 17 kB instead of 3).
  entry: declarations
    ? Object.fromEntries(faces.map((face) => [face, `${face}.ts`]))
    : ["ts/**/*.ts", "bindings/**/*.ts", "!**/*.d.ts"],
  bundle: declarations,
  outDir: "dist",
  format: ["esm"],
  target: "es2022",
  platform: "neutral",
  sourcemap: false,
  clean: false,
  removeNodeProtocol: false,
  dts: declarations ? { only: true } : false,
  external: ["#wasm", "#wasm-full", "#wasm-script", "#wasm-shared", "#wasm-debug"],
});
