/** Promises about importing the package, on the built files: what loading it does, and that all ways of loading it agree. */

import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const manifest = JSON.parse(readFileSync(`${root}/package.json`, "utf8")) as {
  exports: Record<string, string | { types: string; default: string }>;
  imports: Record<string, Record<string, string>>;
  bin: Record<string, string>;
};

/** Subpaths that are modules. The package resolves its own name, so no installation is needed to import it as users do. */
const modules = Object.entries(manifest.exports)
  .filter((entry): entry is [string, { types: string; default: string }] => typeof entry[1] === "object")
  .map(([subpath]) => `holdfast${subpath.slice(1)}`);

/** Runs a program in a process of its own, from the root; gives its standard output and refuses warnings. */
async function node(code: string, type: "module" | "commonjs" = "module"): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [`--input-type=${type}`, "--eval", code], {
    cwd: root,
  });
  expect(stderr).toBe("");
  return stdout.trim();
}

describe("importing the package", () => {
  test("each promised file exists", () => {
    const leaves = (value: unknown): string[] =>
      typeof value === "string" ? [value] : Object.values(value as object).flatMap(leaves);
    const files = [manifest.exports, manifest.imports, manifest.bin]
      .flatMap(leaves)
      .filter((path) => !path.includes("*") && !path.endsWith(".d.ts"));
    expect(files.filter((file) => !existsSync(`${root}/${file}`))).toEqual([]);
  });

  test.each(modules)("%s exports something", async (name) => {
    expect(Number(await node(`console.log(Object.keys(await import("${name}")).length)`))).toBeGreaterThan(0);
  });

  test("starts nothing: no timer, no handle, no compiled core, and the process ends by itself", async () => {
    const code = `
      const compile = WebAssembly.Module;
      WebAssembly.Module = function () { throw new Error("compiled at import"); };
      for (const name of ["setTimeout", "setInterval", "setImmediate"]) globalThis[name] = () => { throw new Error(name + " at import"); };
      for (const name of ${JSON.stringify(modules)}) await import(name);
      console.log(process.getActiveResourcesInfo().filter((name) => /Timeout|Immediate|TCP|UDP|Worker|Port|Process|Server/.test(name)).join());`;
    expect(await node(code)).toBe("");
  });

  test("changes no global", async () => {
    const code = `
      const before = Reflect.ownKeys(globalThis).length;
      const limit = Error.stackTraceLimit;
      await import("holdfast");
      console.log(Reflect.ownKeys(globalThis).length - before, Error.stackTraceLimit === limit);`;
    expect(await node(code)).toBe("0 true");
  });

  test("require() from CommonJS gives the very same instance, without a warning", async () => {
    const code = `
      const required = require("holdfast");
      import("holdfast").then((imported) => {
        console.log(required.HoldfastError === imported.HoldfastError, typeof required.circuitBreaker);
      });`;
    expect(await node(code, "commonjs")).toBe("true function");
  });

  test("the root and the folders share their classes", async () => {
    const code = `
      const [all, kernel, resilience] = [await import("holdfast"), await import("holdfast/kernel"), await import("holdfast/resilience")];
      console.log(all.HoldfastError === kernel.HoldfastError, all.circuitBreaker === resilience.circuitBreaker);`;
    expect(await node(code)).toBe("true true");
  });
});
