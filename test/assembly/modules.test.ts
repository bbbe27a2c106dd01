/** The rules of the ABI, read off every built module. */

import { readdirSync, readFileSync } from "node:fs";
import binaryen from "binaryen";
import { describe, expect, test } from "vitest";
import { isLeftOut } from "./abi.js";
import { moduleNames, wasmOf } from "./builds.js";
import { sectionsOf } from "./sections.js";

const root = new URL("../../", import.meta.url);

/** Names of the functions that the interfaces in bindings/exports/ list for a module. */
function knownNames(module: "base" | "full"): string[] {
  const folder = new URL("bindings/exports/", root);
  // The native build is no module, and has a function of its own.
  const files = module === "base" ? ["base.ts"] : readdirSync(folder).filter((file) => file !== "native.ts");
  return files.flatMap((file) => {
    const source = readFileSync(new URL(file, folder), "utf8");
    return [...source.matchAll(/^ {2}(\w+)\(/gm)].map((match) => match[1]!);
  });
}

const modules = moduleNames.flatMap((name) => [
  { name, module: "base" as const },
  { name, module: "full" as const },
]);

describe.each(modules)("$name, $module module", ({ name, module }) => {
  const sections = sectionsOf(wasmOf(name, module));

  test("imports its memory and nothing else", () => {
    expect(sections.imports).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    expect(sections.exports.filter(({ kind }) => kind !== "function")).toEqual([]);
  });

  test("has no static data, no globals, no tables and no start function", () => {
    expect(sections.counts["data"] ?? 0).toBe(0);
    expect(sections.counts["global"] ?? 0).toBe(0);
    expect(sections.counts["table"] ?? 0).toBe(0);
    expect(sections.counts["element"] ?? 0).toBe(0);
    expect(sections.counts["start"]).toBeUndefined();
  });

  test("fits its size budget", () => {
    const { modules } = JSON.parse(readFileSync(new URL(`hw-profiles/${name}/profile.json`, root), "utf8"));
    expect(wasmOf(name, module).length).toBeLessThanOrEqual(modules[module].maxBytes);
  });

  test("exports what the bindings know", () => {
    const names = sections.exports.map((entry) => entry.name).sort();
    // A microcontroller asks for a rank in whole numbers, where other hosts ask for a share.
    const known = knownNames(module).map((known) =>
      name === "embedded" && known === "histogramQuantile" ? "histogramAtRank" : known,
    );
    // What is too large or needs fractions is left out of the embedded build; nothing else is, and nothing more is in it.
    if (name === "embedded" && module === "full") expect(known).toEqual(expect.arrayContaining(names));
    else expect(names).toEqual(known.filter((each) => !isLeftOut(each, name)).sort());
  });
});

test.each(["base", "full"] as const)(
  "the embedded %s module is valid with the instructions of the MVP alone",
  (part) => {
    const module = binaryen.readBinary(wasmOf("embedded", part));
    module.setFeatures(binaryen.Features.MVP);
    expect(module.validate()).toBe(1);
    module.dispose();
  },
);

test("the check for MVP instructions can fail", () => {
  const module = binaryen.parseText("(module (func (param f64) (result i64) (i64.trunc_sat_f64_s (local.get 0))))");
  module.setFeatures(binaryen.Features.MVP);
  expect(module.validate()).toBe(0);
  module.dispose();
});

test.each(["base", "full"] as const)("the embedded %s module has no floating-point instruction", (part) => {
  const module = binaryen.readBinary(wasmOf("embedded", part));
  expect(module.emitText()).not.toMatch(/f(32|64)\b/);
  module.dispose();
});
