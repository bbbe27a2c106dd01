import { expect, test } from "vitest";
import { readOptions } from "../../bench/options.js";

test("reads everything", () => {
  expect(readOptions(["--only", "breaker", "--json", "out.json", "--quick", "--rounds", "3", "--go"])).toEqual({
    only: "breaker",
    json: "out.json",
    from: undefined,
    rounds: 3,
    quick: true,
    readme: false,
    rust: false,
    go: true,
    jvm: false,
    help: false,
  });
});

test.each([
  [["--onyl", "x"], 'unknown argument "--onyl"'],
  [["breaker"], 'unknown argument "breaker"'],
  [["--only"], "--only needs a value"],
  [["--json", "--quick"], "--json needs a value"],
  [["--rounds", "0"], "whole number from 1 to 100"],
  [["--rounds", "many"], "whole number from 1 to 100"],
])("refuses %j", (args, message) => {
  expect(() => readOptions(args)).toThrow(message);
});

test("README.md never takes a part of the rows, or noisy ones", () => {
  expect(() => readOptions(["--readme", "--quick"])).toThrow("full pace");
  expect(() => readOptions(["--readme", "--only", "retry"])).toThrow("full pace");
  expect(readOptions(["--readme"]).readme).toBe(true);
});
