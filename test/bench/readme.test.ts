import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { beginMarker, endMarker, withTables } from "../../bench/report/readme.js";

test("replaces what is between the markers and nothing else", () => {
  const document = `before\n${beginMarker}\nold table\n${endMarker}\nafter\n`;
  expect(withTables(document, "\nnew table\n")).toBe(`before\n${beginMarker}\n\nnew table\n\n${endMarker}\nafter\n`);
});

test("a second run changes nothing", () => {
  const once = withTables(`a\n${beginMarker}\n${endMarker}\nb`, "table");
  expect(withTables(once, "table")).toBe(once);
});

test.each([
  ["no marker", "text"],
  ["no end", `a ${beginMarker} b`],
  ["the end first", `${endMarker} ${beginMarker}`],
  ["two begins", `${beginMarker} ${beginMarker} ${endMarker}`],
])("refuses a document with %s", (_what, document) => {
  expect(() => withTables(document, "table")).toThrow("the document needs one");
});

test("README.md has a place for the tables", () => {
  const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
  expect(withTables(readme, "table")).toContain(`${beginMarker}\n\ntable\n\n${endMarker}`);
});
