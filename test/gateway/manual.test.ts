/** The manual against the code: every option with its default, every refusal, every metric. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { sections } from "../../ts/gateway/config/gateway-spec.js";
import { type Field, InWords } from "../../ts/gateway/config/spec.js";
import { problems } from "../../ts/gateway/http/problem.js";
import { startGateway } from "./support/gateway.js";

const manual = readFileSync(new URL("../../docs/gateway.md", import.meta.url), "utf8");

function defaultOf({ required, shownDefault }: Field<string, unknown>): string {
  if (required) return "required";
  if (shownDefault === undefined) return "none";
  if (shownDefault instanceof InWords) return shownDefault.words;
  return `\`${typeof shownDefault === "string" ? shownDefault : JSON.stringify(shownDefault)}\``;
}

/** The table of one section, as the manual must have it. */
function tableOf(fields: Readonly<Record<string, Field<string, unknown>>>): string {
  const rows = Object.entries(fields).map(
    ([key, field]) => `| \`${key}\` | ${field.spec.wanted} | ${defaultOf(field)} | ${field.doc} |`,
  );
  return ["| key | value | default | meaning |", "|---|---|---|---|", ...rows].join("\n");
}

describe("the manual", () => {
  for (const [path, { fields }] of Object.entries(sections)) {
    test(`has the table of ${path === "" ? "the whole file" : path}`, () => {
      expect(manual).toContain(tableOf(fields as never));
    });
  }

  test("names every refusal with its status", () => {
    for (const [code, { status, title }] of Object.entries(problems))
      expect(manual).toContain(`| \`${code}\` | ${status} | ${title}`);
  });

  test("says what every metric means, and names no other", async () => {
    const gateway = await startGateway({ admin: true });
    const text = await (await fetch(`${gateway.adminUrl}/-/metrics`)).text();
    const families = [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].map(([, name, help]) => `| \`${name}\` | ${help} |`);
    const rows = manual.split("\n").filter((line) => /^\| `(?:holdfast_gateway|process)_/.test(line));
    expect(rows.map((row) => `${row.split(" | ").slice(0, 2).join(" | ").replace(/ \|$/, "")} |`)).toEqual(families);
  });
});
