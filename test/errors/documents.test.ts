/** docs/errors.md says what the data says (`HOLDFAST_WRITE_DOCS=1` rewrites its table), and leaves out no code that is thrown. */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { categories } from "../../ts/errors/category.js";
import { domTable } from "../../ts/errors/tables/dom.js";
import { errnoTable } from "../../ts/errors/tables/errno.js";
import { grpcTable } from "../../ts/errors/tables/grpc.js";
import { hostTable, undiciTable } from "../../ts/errors/tables/hosts.js";
import { httpTable } from "../../ts/errors/tables/http.js";
import { ownTable, wrappers } from "../../ts/errors/tables/own.js";

const root = fileURLToPath(new URL("../..", import.meta.url));
const page = `${root}/docs/errors.md`;

function mappings(): string {
  const rows = Object.entries(categories).map(([name, facts]) => {
    const codes = [httpTable, grpcTable, errnoTable, undiciTable, hostTable, domTable].flatMap((table) =>
      table.rows
        .filter(([category]) => category === name)
        .map(([, listed, retry]) => `${listed}${retry === undefined || retry === facts.retry ? "" : ` (${retry})`}`),
    );
    return `| \`${name}\` | ${facts.meaning} | ${facts.kind} | ${facts.severity} | ${facts.retry} | ${facts.http} / ${facts.grpc} | ${codes.join("; ")} |`;
  });
  return [
    "| category | meaning | kind | severity | retry | HTTP / gRPC | codes |",
    "|---|---|---|---|---|---|---|",
    ...rows,
  ].join("\n");
}

/** Beginnings of words in capitals that are no codes of ours: those of the environment, of node and of HTTP. */
const foreign = /^(HPE_|HTTP_|ERR_|UND_ERR_|NO_COLOR$|FORCE_COLOR$|HOLDFAST_)/;

/** Codes as the sources write them: first arguments of errors, answers of `get code()`, and words with an underscore in general. */
function codesThrown(): string[] {
  const files = ["ts", "bindings", "native/src"].flatMap((folder) =>
    readdirSync(`${root}/${folder}`, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(ts|rs)$/.test(name) && !/^errors\/tables|self-test|page\/client/.test(name))
      .map((name) => `${root}/${folder}/${name}`),
  );
  const found = files.flatMap((file) => {
    const text = readFileSync(file, "utf8");
    const firsts = [
      ...text.matchAll(/(?:HoldfastError|UnifiedError|super|refusal|Error::new)\(\s*"([A-Z][A-Z0-9_]+)"/g),
    ];
    const answers = [...text.matchAll(/get code\(\): "([A-Z0-9_]+)"/g)];
    const words = file.endsWith(".ts") ? [...text.matchAll(/"([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+)"/g)] : [];
    return [...firsts, ...answers, ...words].map((match) => match[1]!);
  });
  const grpc = new Set(grpcTable.entries.keys());
  return [...new Set(found)].filter((code) => !foreign.test(code) && !grpc.has(code)).sort();
}

describe("docs/errors.md", () => {
  test("has the table of mappings as the data has it", () => {
    const text = readFileSync(page, "utf8");
    const written = text.replace(
      /<!-- mappings -->[\s\S]*<!-- \/mappings -->/,
      () => `<!-- mappings -->\n${mappings()}\n<!-- /mappings -->`,
    );
    if (process.env["HOLDFAST_WRITE_DOCS"] === "1") writeFileSync(page, written);
    else expect(text).toBe(written);
  });

  test("says of every code that is thrown what to do, in order, and of no other", () => {
    const listed = [...readFileSync(page, "utf8").matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]!);
    // The first is what a fetch is called that says nothing, the second stands in an example.
    const thrown = codesThrown().filter((code) => code !== "FETCH_FAILED" && code !== "STOCK_GONE");
    expect(thrown.filter((code) => !listed.includes(code))).toEqual([]);
    const classified = [...ownTable.entries.keys(), ...wrappers];
    expect([...classified].sort()).toEqual([...listed].sort());
  });
});
