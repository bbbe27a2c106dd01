import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { snippetModules } from "./scripts/lib/snippet-modules.mjs";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** Tests and documents import the package by its public names; here these mean the sources. */
const alias = [
  { find: /^holdfast$/, replacement: here("ts/index.ts") },
  { find: /^holdfast\/([a-z-]+(?:\/[a-z-]+)*)$/, replacement: here("ts/$1/index.ts") },
];

/** `npm run test:long` makes every property test longer without the tests knowing. */
const long =
  process.env["HOLDFAST_LONG"] === "1"
    ? [{ find: /^fast-check$/, replacement: here("scripts/lib/long-fast-check.mjs") }]
    : [];

/** Suites that need more than node: a browser, servers of other make, other runtimes. Each has a script of its own. */
const apart = ["test/browser/**", "test/servers/**", "test/native/**", "test/hosts/**", "test/consumers/**"];

const suite = (name: string, include: string[], exclude: string[] = []) => ({
  plugins: [snippetModules()],
  resolve: { alias: [...alias, ...long] },
  test: {
    name,
    include,
    exclude: ["**/node_modules/**", ...exclude],
    environment: "node" as const,
    // Generous, because the machines that run this are small and shared; no test waits for real time to pass.
    testTimeout: 30_000,
    hookTimeout: 30_000,
  },
});

export default defineConfig({
  test: {
    projects: [
      suite("unit", ["test/**/*.test.ts"], apart),
      ...(existsSync(here("test/servers")) ? [suite("servers", ["test/servers/**/*.test.ts"])] : []),
      suite("native", ["test/native/**/*.test.ts"]),
      ...(existsSync(here("test/browser")) ? [suite("browser", ["test/browser/**/*.test.ts"])] : []),
    ],
    coverage: {
      provider: "v8",
      include: ["ts/**/*.ts", "bindings/**/*.ts"],
      // The page's script runs in a browser: test/browser/coverage.test.ts counts there, to the same share.
      // What needs the native addon is tried by `npm run test:native`.
      exclude: ["**/*.d.ts", "ts/dashboard/page/client/**", "ts/native/{native-core,probes,process-runtime}.ts"],
      reporter: ["json-summary", "text-summary"],
      reportsDirectory: "coverage",
    },
  },
});
