/** The rules of the ABI, read off every built module. */

import { readFileSync } from "node:fs";
import binaryen from "binaryen";
import { describe, expect, test } from "vitest";
import { buildNames, wasmOf } from "./builds.js";
import { sectionsOf } from "./sections.js";

const root = new URL("../../", import.meta.url);

/** Names of the functions in an interface of bindings/exports.ts. */
function namesOfInterface(): string[] {
  const source = readFileSync(new URL("bindings/exports.ts", root), "utf8");
  return [...source.slice(source.indexOf("interface CoreExports")).matchAll(/^ {2}(\w+)\(/gm)].map(
    (match) => match[1]!,
  );
}

describe.each(buildNames)("%s.wasm", (name) => {
  const sections = sectionsOf(wasmOf(name));

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
    const { maxBytes } = JSON.parse(readFileSync(new URL(`hw-profiles/${name}/profile.json`, root), "utf8"));
    expect(wasmOf(name).length).toBeLessThanOrEqual(maxBytes);
  });

  test("exports what the bindings know", () => {
    const names = sections.exports.map((entry) => entry.name).sort();
    // A microcontroller asks for a rank in whole numbers, where other hosts ask for a share.
    const known = namesOfInterface().map((known) =>
      name === "embedded" && known === "histogramQuantile" ? "histogramAtRank" : known,
    );
    expect(names).toEqual(known.sort());
  });
});

test("the embedded build is valid with the instructions of the MVP alone", () => {
  const module = binaryen.readBinary(wasmOf("embedded"));
  module.setFeatures(binaryen.Features.MVP);
  expect(module.validate()).toBe(1);
  module.dispose();
});

test("the check for MVP instructions can fail", () => {
  const module = binaryen.parseText("(module (func (param f64) (result i64) (i64.trunc_sat_f64_s (local.get 0))))");
  module.setFeatures(binaryen.Features.MVP);
  expect(module.validate()).toBe(0);
  module.dispose();
});

test("the embedded build has no floating-point instruction", () => {
  const module = binaryen.readBinary(wasmOf("embedded"));
  expect(module.emitText()).not.toMatch(/f(32|64)\b/);
  module.dispose();
});
