/** The examples in our documents: every ```ts fence of the README, of docs/ and of docstrings, as a module with its place. */
import { readFileSync } from "node:fs";
import ts from "typescript";
import { at } from "./root.mjs";
import { filesBelow } from "./tree-hash.mjs";

/** Documents whose fences are examples, and sources whose docstrings hold some. */
const documents = () => [
  ...filesBelow("README.md"),
  ...filesBelow("docs", { accept: (file) => file.endsWith(".md") }),
  ...["ts", "bindings"].flatMap((folder) => filesBelow(folder, { accept: (file) => file.endsWith(".ts") })),
];

/**
 * The fences of one document. `line` is the line of the fence itself, counted from 1, so that line N of the code is line
 * `line + N` of the document. In a TypeScript file only fences inside comments count; their ` * ` is cut off.
 */
export function fencesOf(file, text) {
  const prefix = file.endsWith(".ts") ? /^\s*\* ?/ : /^/;
  const fences = [];
  let open;
  for (const [index, line] of text.split("\n").entries()) {
    const bare = line.replace(prefix, "");
    const start = /^(\s*)```ts\b(.*)$/.exec(bare);
    if (open === undefined && start !== null && (prefix.source === "^" || prefix.test(line))) {
      open = { file, line: index + 1, indent: start[1].length, words: start[2].trim().split(/\s+/), code: [] };
    } else if (open !== undefined && bare.trim() === "```") {
      fences.push({ file, line: open.line, runs: !open.words.includes("no-run"), code: `${open.code.join("\n")}\n` });
      open = undefined;
    } else if (open !== undefined) {
      open.code.push(bare.slice(open.indent));
    }
  }
  if (open !== undefined) throw new Error(`${file}:${open.line}: the fence is never closed`);
  return fences;
}

/** All examples of the project. */
export const snippets = () => documents().flatMap((file) => fencesOf(file, readFileSync(at(file), "utf8")));

const isConsoleLog = (node) =>
  ts.isCallExpression(node) && node.expression.getText() === "console.log" && node.arguments.length > 0;

/** What a statement shows: the value of an expression, what is logged, or the name that it declares. */
function shown(statement) {
  if (ts.isExpressionStatement(statement)) {
    const { expression } = statement;
    return isConsoleLog(expression)
      ? { from: expression.arguments[0], replace: true }
      : { from: expression, replace: true };
  }
  if (ts.isVariableStatement(statement))
    return { from: statement.declarationList.declarations[0].name, replace: false };
  return undefined;
}

/**
 * The example as a module in which each statement that ends with `// => value` asserts that value. `// => throws CODE`
 * asserts that the expression throws, or rejects with, an error of that code. Lines keep their numbers.
 */
export function assertions({ file, line, code }) {
  const source = ts.createSourceFile("example.ts", code, ts.ScriptTarget.ES2022, true);
  const edits = [];
  let count = 0;
  const visit = (node) => {
    if (ts.isStatement(node)) {
      const comment = (ts.getTrailingCommentRanges(code, node.end) ?? [])
        .map((range) => code.slice(range.pos, range.end))
        .find((text) => /^\/\/ => /.test(text));
      const place = shown(node);
      if (comment !== undefined && place !== undefined) {
        count++;
        const wanted = comment.slice("// => ".length).trim();
        const lineOfEnd = line + 1 + source.getLineAndCharacterOfPosition(node.end).line;
        const where = JSON.stringify(`${file}:${lineOfEnd}`);
        const code_ = /^throws ([A-Z_]+|[A-Za-z]*Error)$/.exec(wanted)?.[1];
        const value = place.from.getText();
        const call =
          code_ === undefined
            ? `__shows(${value}, () => (${wanted}), ${where});`
            : `await __throws(async () => (${value}), ${JSON.stringify(code_)}, ${where});`;
        edits.push(
          place.replace
            ? { from: node.getStart(), to: node.end, call }
            : { from: node.end, to: node.end, call: ` ${call}` },
        );
        return;
      }
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  let made = code;
  for (const edit of edits.reverse()) {
    // A replaced statement of several lines keeps its line breaks, behind the call, so that stack traces still fit.
    const lines = code.slice(edit.from, edit.to).split("\n").length - 1;
    const breaks = edit.call.split("\n").length - 1;
    made = made.slice(0, edit.from) + edit.call + "\n".repeat(Math.max(0, lines - breaks)) + made.slice(edit.to);
  }
  return { code: made, count };
}
