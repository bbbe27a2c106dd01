/** `assembly/abi/` against the built modules: every function is told, with the types that it has. */

import binaryen from "binaryen";
import { describe, expect, test } from "vitest";
import { isLeftOut, type Signature, signatures } from "./abi.js";
import { moduleNames, wasmOf } from "./builds.js";

const names = new Map([
  [binaryen.none, ""],
  [binaryen.i32, "i32"],
  [binaryen.i64, "i64"],
  [binaryen.f64, "f64"],
]);

/** `name(types) -> type` of every export, as the module has it. */
function built(bytes: Uint8Array): string[] {
  const module = binaryen.readBinary(bytes);
  try {
    return Array.from({ length: module.getNumExports() }, (_, index) => {
      const { name, value } = binaryen.getExportInfo(module.getExportByIndex(index));
      const { params, results } = binaryen.getFunctionInfo(module.getFunction(value));
      const types = binaryen.expandType(params).map((type) => names.get(type));
      return `${name}(${types.join()}) -> ${names.get(results)}`;
    }).sort();
  } finally {
    module.dispose();
  }
}

const wide: Readonly<Record<"js" | "c", Readonly<Record<string, string>>>> = {
  js: {
    whole: "f64",
    ticks: "f64",
    moment: "f64",
    wait: "f64",
    countOrTicks: "f64",
    millionths: "f64",
    parts: "f64",
    f64: "f64",
    long: "i32,i32",
  },
  c: { whole: "i64", ticks: "i64", moment: "i64", wait: "i64", countOrTicks: "i64", long: "i64" },
};

function told({ name, parameters, result }: Signature, face: "js" | "c"): string {
  const typeOf = (kind: string) => wide[face][kind] ?? "i32";
  return `${name}(${parameters.map(({ kind }) => typeOf(kind)).join()}) -> ${result === undefined ? "" : typeOf(result)}`;
}

describe.each(moduleNames)("%s", (name) => {
  const face = name === "embedded" ? "c" : "js";

  test.each(["base", "full"] as const)("the %s module's functions are those that assembly/abi/ tells", (module) => {
    const listed = signatures
      .filter((each) => (module === "full" || each.module === "base") && (each.only ?? face) === face)
      .filter((each) => !isLeftOut(each.name, name))
      .map((each) => told(each, face))
      .sort();
    const found = built(wasmOf(name, module));
    // The full embedded module leaves out what does not fit it.
    if (name === "embedded" && module === "full") expect(listed).toEqual(expect.arrayContaining(found));
    else expect(found).toEqual(listed);
  });
});

test("each function is told once", () => {
  expect(new Set(signatures.map(({ name }) => name)).size).toBe(signatures.length);
});
