/** docs/embedding.md shows C of examples/embedded, which test:hosts compiles and runs: nothing else, and as it stands there. */

import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const root = new URL("../../", import.meta.url);
const folder = new URL("examples/embedded/", root);
const sources = readdirSync(folder)
  .filter((name) => /\.[ch]$/.test(name))
  .map((name) => readFileSync(new URL(name, folder), "utf8"));
const page = readFileSync(new URL("docs/embedding.md", root), "utf8");

test("every piece of C in docs/embedding.md is in an example", () => {
  const fences = [...page.matchAll(/```c\n([\s\S]*?)```/g)].map((match) => match[1]!);
  expect(fences.length).toBeGreaterThan(2);
  expect(fences.filter((fence) => !sources.some((source) => source.includes(fence)))).toEqual([]);
});

test("every target of the examples' Makefile that it names is there", () => {
  const makefile = readFileSync(new URL("Makefile", folder), "utf8");
  const named = [...page.matchAll(/^make ([\w-]+)/gm)].map((match) => match[1]!);
  expect(named.length).toBeGreaterThan(3);
  expect(named.filter((target) => !new RegExp(`^${target}:`, "m").test(makefile))).toEqual([]);
});
