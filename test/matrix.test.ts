/** `matrix.ts` is true: everything that it names is there, and every structure of the conformance program is in it. */

import { existsSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as core from "../ts/core/index.js";
import { digests } from "../ts/core/self-test/program.js";
import { signatures } from "./assembly/abi.js";
import { scenarios } from "./explore/scenarios/index.js";
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

  if (typeof row.shared === "string") {
    test("can be attached by other threads", () => {
      if (row.attach !== undefined) return hold(row.attach, () => false);
      const classes = new Map<string, object>(Object.entries(core));
      for (const name of row.face) expect(Reflect.get(classes.get(name)!, "kind")).toBe(name);
    });
  }
});

test("every structure of the conformance program has a row, or is part of one", () => {
  const parts = ["gcraAdopt", "histogramViews", "keyedMany", "vectorMany", "probability", "registry", "event"];
  const rows = matrix.map(({ hosts }) => hosts);
  expect(Object.keys(digests).filter((name) => !rows.includes(name) && !parts.includes(name))).toEqual([]);
});

describe("what threads share is explored", () => {
  const shared = matrix.filter((row) => typeof row.shared === "string").map(({ hosts }) => hosts);
  // What the shared structures stand on.
  const beneath = ["arena", "event", "registry"];

  test.each([...shared, ...beneath])("%s", (structure) => {
    const found = scenarios.filter((scenario) => scenario.structure === structure);
    expect(found.length).toBeGreaterThan(0);
    // A scenario that no mistake could fail would prove nothing.
    expect(found.flatMap(({ mutants }) => mutants).length).toBeGreaterThan(0);
  });

  test("every scenario is of a structure that is there", () => {
    for (const { structure } of scenarios) expect([...shared, ...beneath]).toContain(structure);
  });
});

test("no primitive stands twice", () => {
  expect(new Set(matrix.map(({ primitive }) => primitive)).size).toBe(matrix.length);
});
