/** The explorer finds what it should: each scenario names mistakes, and a build with one of them must fail it. */

import { describe, expect, test } from "vitest";
import { compile } from "./compile.js";
import { explore } from "./explorer.js";
import { Machine } from "./machine.js";
import { scenarios } from "./scenarios/index.js";

const cases = scenarios.flatMap((scenario) =>
  scenario.mutants.map((mutant) => ({ scenario, mutant, name: `${mutant.file}: ${mutant.search.split("\n")[0]}` })),
);

describe("a mistake is found", () => {
  test.each(cases)(
    "$name",
    async ({ scenario, mutant }) => {
      const machine = new Machine(await compile(scenario.entries, mutant));
      expect(explore(machine, scenario).failure).toBeDefined();
    },
    60_000,
  );
});
