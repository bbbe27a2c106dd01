/** What a bundle of each subpath pulls in: the parts that run everywhere must pull in nothing. */

import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { describe, expect, test } from "vitest";

const source = (name: string) => fileURLToPath(new URL(`../../ts/${name}`, import.meta.url));

/** Everything from outside our sources that the bundle of one entry still imports, after unused modules were dropped. */
async function importsOf(entry: string): Promise<string[]> {
  const outside: Plugin = {
    name: "outside",
    setup(builder) {
      builder.onResolve({ filter: /^[^./]/ }, ({ path, kind }) =>
        kind === "entry-point" ? undefined : { path, external: true, sideEffects: false },
      );
    },
  };
  const { metafile } = await build({
    entryPoints: [source(entry)],
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "neutral",
    logLevel: "silent",
    plugins: [outside],
  });
  const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
  return [...new Set(imports.map(({ path }) => path))].sort();
}

describe("runtime dependencies", () => {
  test.each(["kernel/index.ts", "errors/index.ts", "fetch/index.ts", "undici/index.ts"])(
    "%s imports nothing",
    async (entry) => {
      expect(await importsOf(entry)).toEqual([]);
    },
  );

  test.each(["index.ts", "resilience/index.ts"])(
    "%s imports the core's base module and nothing else",
    async (entry) => {
      expect(await importsOf(entry)).toEqual(["#wasm"]);
    },
  );

  test("core/index.ts imports both of the core's modules and nothing else", async () => {
    expect(await importsOf("core/index.ts")).toEqual(["#wasm", "#wasm-full"]);
  });

  test("script/index.ts imports the core as JavaScript and nothing else", async () => {
    expect(await importsOf("script/index.ts")).toEqual(["#wasm-script"]);
  });

  test("the dashboard needs no package", async () => {
    expect(
      (await importsOf("dashboard/index.ts")).filter((name) => !name.startsWith("node:") && !name.startsWith("#wasm")),
    ).toEqual([]);
  });

  test("the gateway needs the two packages that are agreed, so this test can see some", async () => {
    const packages = (await importsOf("gateway/index.ts")).filter(
      (name) => !name.startsWith("node:") && !name.startsWith("#wasm"),
    );
    expect(packages).toEqual(["undici", "yaml"]);
  });
});
