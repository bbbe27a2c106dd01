/**
 * Every schedule of every scenario, over the shipped server build. Scenarios that are `large` take minutes and run only with
 * `npm run explore`.
 */

import { describe, expect, test } from "vitest";
import { wasmOf } from "../assembly/builds.js";
import { explore } from "./explorer.js";
import { Machine } from "./machine.js";
import { scenarios } from "./scenarios/index.js";

const all = process.env["HOLDFAST_EXPLORE"] === "all";

describe("every schedule", () => {
  const machine = new Machine(wasmOf("server"));

  test.each(scenarios.filter(({ large }) => all || large !== true))(
    "$name",
    (scenario) => {
      const { states, histories, failure, complete } = explore(machine, scenario);
      if (all) console.log(`${scenario.name}: ${states} states, ${histories} histories`);
      expect(failure).toBeUndefined();
      expect(complete).toBe(true);
    },
    all ? 3_600_000 : 60_000,
  );
});
