/**
 * Time and randomness are passed in: no file of ts/ or bindings/ reaches for the host's clock, timers or random numbers,
 * but for the ones listed here (a file, or a folder with its slash) with the reason why they may.
 */
import { readFileSync } from "node:fs";
import ts from "typescript";
import { at } from "../lib/root.mjs";
import { filesBelow } from "../lib/tree-hash.mjs";

const allowed = {
  "ts/dashboard/page/client/": "it runs in the reader's browser and imports nothing",
  "ts/kernel/clock.ts": "it is the system clock",
  "ts/native/host-clock.ts": "it asks once how far the host's clock is ahead of the process's",
  "ts/kernel/random.ts": "it takes one seed from the host's entropy",
};

/** Globals by name, and members by the global that they hang on. */
const globals = new Set(["setTimeout", "setInterval", "setImmediate", "requestAnimationFrame", "performance"]);
const members = new Set([
  "Date.now",
  "Math.random",
  "process.hrtime",
  "crypto.getRandomValues",
  "crypto.randomUUID",
  "crypto.randomBytes",
  "crypto.randomInt",
]);

/** True where an identifier stands for a value that the surrounding code reads, not for a property, a declaration or a type. */
function readsGlobal(node) {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isTypeQueryNode(parent) || ts.isTypeReferenceNode(parent) || ts.isQualifiedName(parent)) return false;
  if (ts.isPropertyAssignment(parent) || ts.isBindingElement(parent) || ts.isImportSpecifier(parent))
    return parent.initializer === node;
  return !("name" in parent && parent.name === node);
}

/** The places of one source file that reach for the host: `{ line, what }`. */
export function effectsOf(file, text) {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const found = [];
  const report = (node, what) =>
    found.push({ line: source.getLineAndCharacterOfPosition(node.getStart()).line + 1, what });
  const visit = (node) => {
    if (ts.isPropertyAccessExpression(node)) {
      const owner = node.expression.getText(source).replace(/^globalThis\./, "");
      const name = `${owner}.${node.name.text}`;
      if (members.has(name)) report(node, name);
      else if (owner === "globalThis" && globals.has(node.name.text)) report(node, node.name.text);
    } else if (
      ts.isNewExpression(node) &&
      node.expression.getText(source) === "Date" &&
      (node.arguments?.length ?? 0) === 0
    ) {
      report(node, "new Date()");
    } else if (ts.isIdentifier(node) && globals.has(node.text) && readsGlobal(node)) {
      report(node, node.text);
    } else if (
      ts.isImportDeclaration(node) &&
      /^(node:)?(timers(\/promises)?|perf_hooks)$/.test(node.moduleSpecifier.text)
    ) {
      report(node, `import of ${node.moduleSpecifier.text}`);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

/** All forbidden places of the project, one line each; an allowance that nothing needs any more counts as one. */
export function forbiddenEffects() {
  const problems = [];
  const needed = new Set();
  for (const file of ["ts", "bindings"].flatMap((folder) =>
    filesBelow(folder, { accept: (name) => name.endsWith(".ts") }),
  )) {
    const found = effectsOf(file, readFileSync(at(file), "utf8"));
    const allowance = Object.keys(allowed).find(
      (name) => name === file || (name.endsWith("/") && file.startsWith(name)),
    );
    if (allowance !== undefined && found.length > 0) needed.add(allowance);
    else
      for (const { line, what } of found)
        problems.push(`${file}:${line}: ${what}; take a Clock or a Random from ts/kernel instead`);
  }
  for (const file of Object.keys(allowed))
    if (!needed.has(file))
      problems.push(`${file} needs no allowance any more; take it out of scripts/check/effects.mjs`);
  return problems;
}
