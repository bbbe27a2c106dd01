/**
 * The hand-written interfaces of `bindings/exports/` against what the compiler says of the modules that it built (`asc --bindings
 * raw`, dist/raw): the same functions, the same parameters in the same order, the same types. docs/bindings.md says why they are
 * written by hand at all.
 */

import { readdirSync, readFileSync } from "node:fs";
import ts from "typescript";
import { describe, expect, test } from "vitest";
import { isLeftOut, signatures } from "../assembly/abi.js";

const root = new URL("../../", import.meta.url);

/** A function's parameters and result, `number`, `bigint` or `void` each. */
interface Shape {
  readonly parameters: readonly string[];
  readonly types: readonly string[];
  readonly result: string;
}

type Shapes = Readonly<Record<string, Shape>>;

function parsed(path: string): ts.SourceFile {
  return ts.createSourceFile(path, readFileSync(new URL(path, root), "utf8"), ts.ScriptTarget.ES2022, true);
}

/** An address is a number with another name. */
const typeText = (node: ts.TypeNode | undefined): string => (node?.getText() ?? "any").replace(/^Address$/, "number");

function shapeOf(node: ts.SignatureDeclaration): Shape {
  return {
    parameters: node.parameters.map(({ name }) => name.getText()),
    types: node.parameters.map(({ type }) => typeText(type)),
    result: typeText(node.type),
  };
}

/** The functions of a built module. */
function exportsOf(module: string): Readonly<Record<string, unknown>> {
  const bytes = readFileSync(new URL(`dist/wasm/${module}.wasm`, root));
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: module.startsWith("server") });
  return new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports;
}

/**
 * What the compiler declares for a module. A function with several names (`saveState as sketchSave`) is declared under the first
 * alone; the others are known by being the same function.
 */
function compiled(module: string): Shapes {
  const shapes: Record<string, Shape> = {};
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionDeclaration(node) && ts.isModuleBlock(node.parent)) shapes[node.name!.text] = shapeOf(node);
    ts.forEachChild(node, visit);
  };
  visit(parsed(`dist/raw/${module}.d.ts`));
  const functions = exportsOf(module);
  const declared = new Map(Object.entries(shapes).map(([name, shape]) => [functions[name], shape]));
  for (const [name, func] of Object.entries(functions)) {
    const shape = declared.get(func);
    if (shape !== undefined) shapes[name] ??= shape;
  }
  return shapes;
}

/** What an interface of a file declares, without those that it extends. */
function written(file: string): Shapes {
  const shapes: Record<string, Shape> = {};
  for (const statement of parsed(`bindings/exports/${file}`).statements) {
    if (!ts.isInterfaceDeclaration(statement)) continue;
    for (const member of statement.members) {
      if (!ts.isMethodSignature(member)) throw new Error(`${file}: ${member.getText()} is no method`);
      shapes[member.name.getText()] = shapeOf(member);
    }
  }
  return shapes;
}

const base = written("base.ts");
/** The build for processes is translated to C and has no module; `native.ts` says what only it has. */
const files = readdirSync(new URL("bindings/exports", root)).filter((file) => file !== "native.ts");
const full: Shapes = Object.assign({}, ...files.map(written));

/** The differences as lines, which say more than two large objects. */
function differences(ours: Shapes, theirs: Shapes): string[] {
  const lines: string[] = [];
  for (const name of new Set([...Object.keys(ours), ...Object.keys(theirs)])) {
    const [mine, built] = [ours[name], theirs[name]];
    if (mine === undefined || built === undefined) lines.push(`${name} is ${mine ? "not built" : "not written"}`);
    else if (`${mine.types} ${mine.result}` !== `${built.types} ${built.result}`)
      lines.push(`${name} is (${mine.types}) => ${mine.result}; built (${built.types}) => ${built.result}`);
    else if (`${mine.parameters}` !== `${built.parameters}`)
      lines.push(`${name} names (${mine.parameters}); built (${built.parameters})`);
  }
  return lines;
}

describe.each(["server", "browser", "edge", "script"])("the %s module", (profile) => {
  test("is what FullExports says, but for what its profile leaves out", () => {
    const wanted = Object.fromEntries(Object.entries(full).filter(([name]) => !isLeftOut(name, profile)));
    expect(differences(wanted, compiled(profile))).toEqual([]);
  });
});

test.each(["server.base", "browser.base", "edge.base"])("the %s module is what CoreExports says", (module) => {
  expect(differences(base, compiled(module))).toEqual([]);
});

/** Kinds of `assembly/abi` that are 64 bits wide in the face for C, so that JavaScript sees a bigint. */
const wide = new Set(["whole", "ticks", "moment", "wait", "long", "countOrTicks"]);

test.each(["embedded", "embedded.base"])("the %s module is what the ABI says of its C face", (module) => {
  const typeOf = (kind: string | undefined): string =>
    kind === undefined ? "void" : wide.has(kind) ? "bigint" : "number";
  const built = compiled(module);
  const ours = Object.fromEntries(
    signatures
      .filter(({ name, only }) => name in built && only !== "js")
      .map(({ name, parameters, result }) => [
        name,
        {
          parameters: built[name]!.parameters,
          types: parameters.map(({ kind }) => typeOf(kind)),
          result: typeOf(result),
        },
      ]),
  );
  expect(differences(ours, built)).toEqual([]);
});
