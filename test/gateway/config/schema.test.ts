/** The published schema and the parser are one table; here both are asked about every example and thousands of broken ones. */

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse as parseYaml } from "yaml";
import { ConfigError, gatewayJsonSchema, parseGatewayConfig } from "../../../ts/gateway/index.js";
import { isValid } from "../support/json-schema.js";

const schema = gatewayJsonSchema();
const folder = new URL("../../../examples/gateway/", import.meta.url);
const examples = readdirSync(folder)
  .filter((name) => /\.(?:yaml|json)$/.test(name))
  .map((name) => ({ name, text: readFileSync(new URL(name, folder), "utf8") }));

/** Mistakes that a schema cannot see: bounds of durations and sizes, references, duplicates, combinations. */
const beyondSchema =
  /out of range|there is no upstream|exists already|already serves|listed twice|exclude each other|ends with \/|empty segment|longer than the whole|above maxBackoff|is not an address or network|needs a window|has the address of the public|is not a URL/;

function mistakesOf(value: unknown): string[] {
  try {
    parseGatewayConfig(JSON.stringify(value), { file: "mutant.json" });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.mistakes.map((mistake) => mistake.message);
  }
}

/** Every copy of `value` in which one part, at any depth, was replaced, taken away, doubled or misnamed. */
function* mutants(value: unknown): Generator<unknown> {
  for (const other of [
    null,
    true,
    "",
    "x",
    -1,
    0,
    1.5,
    1e9,
    "5",
    "0s",
    "9999d",
    "10ms",
    "3KiB",
    "off",
    [],
    {},
    [null],
    { x: 1 },
  ])
    yield other;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      yield value.filter((_, index) => index !== i);
      yield [...value, value[i]];
      for (const item of mutants(value[i])) yield value.map((old, index) => (index === i ? item : old));
    }
  } else if (typeof value === "object" && value !== null) {
    for (const [key, part] of Object.entries(value)) {
      const { [key]: _, ...rest } = value as Record<string, unknown>;
      yield rest;
      yield { ...rest, [`${key}s`]: part };
      yield { ...rest, [` ${key}`]: part };
      for (const item of mutants(part)) yield { ...value, [key]: item };
    }
  }
}

describe("the published schema", () => {
  test("is the one that the table makes (npx vitest -u writes it anew)", async () => {
    const file = "../../../ts/gateway/gateway.schema.json";
    await expect(`${JSON.stringify(schema, undefined, 2)}\n`).toMatchFileSnapshot(file);
  });

  test("is a schema of a known dialect that describes every key", () => {
    expect(schema["$schema"]).toBe("https://json-schema.org/draft/2020-12/schema");
    const undescribed: string[] = [];
    const visit = (part: unknown, path: string) => {
      if (typeof part !== "object" || part === null) return;
      for (const [key, value] of Object.entries((part as { properties?: object }).properties ?? {})) {
        if (typeof (value as { description?: unknown }).description !== "string") undescribed.push(`${path}.${key}`);
      }
      for (const [key, value] of Object.entries(part)) visit(value, `${path}.${key}`);
    };
    visit(schema, "");
    expect(undescribed).toEqual([]);
  });

  test("gives defaults that it accepts itself", () => {
    const wrong: unknown[] = [];
    const visit = (part: unknown) => {
      if (typeof part !== "object" || part === null) return;
      const { default: fallback, ...rest } = part as Record<string, unknown>;
      if (fallback !== undefined && "description" in rest && !isValid(rest, fallback)) wrong.push(part);
      for (const value of Object.values(part)) visit(value);
    };
    visit(schema);
    expect(wrong).toEqual([]);
  });

  for (const { name, text } of examples) {
    test(`accepts ${name}, as the parser does`, () => {
      expect(mistakesOf(parseYaml(text))).toEqual([]);
      expect(isValid(schema, parseYaml(text))).toBe(true);
    });

    test(`agrees with the parser on every mutant of ${name}`, () => {
      let good = 0;
      let bad = 0;
      for (const mutant of mutants(parseYaml(text))) {
        const mistakes = mistakesOf(mutant);
        const structural = mistakes.filter((message) => !beyondSchema.test(message));
        const valid = isValid(schema, mutant);
        if (valid !== (structural.length === 0)) {
          expect.fail(
            `schema says ${valid ? "good" : "bad"}, parser says ${JSON.stringify(mistakes)}: ${JSON.stringify(mutant)}`,
          );
        }
        if (valid) good++;
        else bad++;
      }
      expect(good).toBeGreaterThan(5);
      expect(bad).toBeGreaterThan(100);
    });
  }
});
