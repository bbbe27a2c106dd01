/** `matrix.ts` is true: everything that it names is there, and every structure of the conformance program is in it. */

import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as core from "../ts/core/index.js";
import { digests } from "../ts/core/self-test/program.js";
import { signatures } from "./assembly/abi.js";
import { matrix, type Reason } from "./matrix.js";

const isThere = (path: string): boolean => existsSync(new URL(`../${path}`, import.meta.url));
const functions = new Set(signatures.map(({ name }) => name));

/** A cell's evidence must exist; a reason must be a sentence, not a word. */
function hold(cell: string | Reason, exists: (evidence: string) => boolean): void {
  if (typeof cell === "string") expect(exists(cell), cell).toBe(true);
  else expect(cell.none.split(" ").length, `the reason "${cell.none}"`).toBeGreaterThan(3);
}

describe.each(matrix)("$primitive", (row) => {
  test("has what its row says", () => {
    for (const cell of [row.scalar, row.batch, row.snapshot]) hold(cell, (name) => functions.has(name));
    for (const cell of [row.shared, row.twin]) hold(cell, isThere);
    hold(row.vectors, (name) => isThere(`test/vectors/${name}`));
    for (const name of row.face) expect(Object.keys(core), name).toContain(name);
    expect(Object.keys(digests)).toContain(row.hosts);
  });
});

test("every structure of the conformance program has a row, or is part of one", () => {
  const parts = ["histogramViews", "vectorMany", "probability", "registry", "event"];
  const rows = matrix.map(({ hosts }) => hosts);
  expect(Object.keys(digests).filter((name) => !rows.includes(name) && !parts.includes(name))).toEqual([]);
});

test("no primitive stands twice", () => {
  expect(new Set(matrix.map(({ primitive }) => primitive)).size).toBe(matrix.length);
});
