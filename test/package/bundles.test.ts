/** What a bundle of each subpath pulls in: the parts that run everywhere must pull in nothing. */

import { fileURLToPath } from "node:url";
import { build, type Plugin } from "esbuild";
import { describe, expect, test } from "vitest";

const source = (name: string) => fileURLToPath(new URL(`../../ts/${name}`, import.meta.url));

/** Everything from outside our sources that bundling one entry asks for. */
async function importsOf(entry: string): Promise<string[]> {
  const outside = new Set<string>();
  const spy: Plugin = {
    name: "outside",
    setup(builder) {
      builder.onResolve({ filter: /^[^./]/ }, ({ path, kind }) => {
        if (kind === "entry-point") return undefined;
        outside.add(path);
        return { path, external: true };
      });
    },
  };
  await build({
    entryPoints: [source(entry)],
    bundle: true,
    write: false,
    format: "esm",
    platform: "neutral",
    logLevel: "silent",
    plugins: [spy],
  });
  return [...outside].sort();
}

describe("runtime dependencies", () => {
  test.each(["kernel/index.ts"])("%s imports nothing", async (entry) => {
    expect(await importsOf(entry)).toEqual([]);
  });

  test.each(["index.ts", "core/index.ts", "resilience/index.ts"])(
    "%s imports the core's wasm and nothing else",
    async (entry) => {
      expect(await importsOf(entry)).toEqual(["#wasm"]);
    },
  );

  test("the dashboard needs no package", async () => {
    expect(
      (await importsOf("dashboard/index.ts")).filter((name) => !name.startsWith("node:") && name !== "#wasm"),
    ).toEqual([]);
  });

  test("the gateway needs the two packages that are agreed, so this test can see some", async () => {
    const packages = (await importsOf("gateway/index.ts")).filter(
      (name) => !name.startsWith("node:") && name !== "#wasm",
    );
    expect(packages).toEqual(["undici", "yaml"]);
  });
});
