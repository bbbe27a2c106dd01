/** Examples are promises: each fence of the README, of docs/ and of docstrings runs, and shows what it says. */

import { describe, expect, test } from "vitest";
import { snippetTypeProblems } from "../../scripts/check/snippet-types.mjs";
import { assertions, fencesOf, type Snippet, snippets } from "../../scripts/lib/snippets.mjs";

describe("examples in documents", () => {
  const all: Snippet[] = snippets();

  for (const { file, line, runs } of all) {
    if (runs) test(`${file}:${line}`, () => import(/* @vite-ignore */ `snippet:${file}:${line}`));
  }

  test("there are some", () => expect(all.length).toBeGreaterThan(5));

  test("all of them compile", () => expect(snippetTypeProblems()).toEqual([]));

  test("an example that runs shows something", () => {
    const silent = all.filter((snippet) => snippet.runs && assertions(snippet).count === 0);
    expect(silent.map(({ file, line }) => `${file}:${line}`)).toEqual([]);
  });
});

describe("how examples become assertions", () => {
  const made = (code: string) => assertions({ file: "a.md", line: 4, runs: true, code });

  test("an expression, a declaration and a log each assert what the comment says", () => {
    expect(made("one(); // => 1\n").code).toBe('__shows(one(), () => (1), "a.md:5");\x20// => 1\n');
    expect(made("const x = one(); // => 1\n").code).toBe('const x = one(); __shows(x, () => (1), "a.md:5"); // => 1\n');
    expect(made("console.log(one()); // => 1\n").code).toBe('__shows(one(), () => (1), "a.md:5"); // => 1\n');
  });

  test("an error is asserted by its code", () => {
    expect(made("go(); // => throws NOT_GOOD\n").code).toBe(
      'await __throws(async () => (go()), "NOT_GOOD", "a.md:5"); // => throws NOT_GOOD\n',
    );
  });

  test("lines keep their numbers", () => {
    const code = "call(\n  1,\n); // => 1\nnext(); // => 2\n";
    expect(made(code).code.split("\n")).toHaveLength(code.split("\n").length);
    expect(made(code).code).toContain('"a.md:8"');
  });

  test("a statement inside a block counts as well, and an ordinary comment does not", () => {
    expect(made("if (yes) { one(); // => 1\n}\n").count).toBe(1);
    expect(made("one(); // gives => 1\n").count).toBe(0);
  });

  test("fences are found in Markdown and, inside comments only, in sources", () => {
    expect(
      fencesOf("a.md", "x\n```ts\none();\n```\n```ts no-run\ntwo();\n```\n").map(({ line, runs, code }) => [
        line,
        runs,
        code,
      ]),
    ).toEqual([
      [2, true, "one();\n"],
      [5, false, "two();\n"],
    ]);
    const source = "/**\n * ```ts\n * one();\n * ```\n */\nconst text = `\n```ts\n`;\n";
    expect(fencesOf("a.ts", source).map(({ line, code }) => [line, code])).toEqual([[2, "one();\n"]]);
  });

  test("an unclosed fence is an error with its place", () => {
    expect(() => fencesOf("a.md", "```ts\none();\n")).toThrow("a.md:1");
  });
});
