/** The layouts of all structures, `assembly/layouts/*.json` (its README.md has the grammar), as the debug build is given them. */
import { readdirSync, readFileSync } from "node:fs";
import { signaturesOf } from "./abi.mjs";
import { at } from "./root.mjs";

/** All structures, by the letters of their magic words. */
export const layoutsOf = () =>
  Object.assign(
    {},
    ...readdirSync(at("assembly", "layouts"))
      .filter((name) => name.endsWith(".json"))
      .map((name) => JSON.parse(readFileSync(at("assembly", "layouts", name), "utf8"))),
  );

/** For each function that takes a structure (`at`, or `loads` beside a table): the kinds whose longest beginning of a name fits it. Makers take bare memory. */
export function kindsOfFunctions() {
  const structures = Object.entries(layoutsOf());
  const takesOne = ({ name, parameters, only }) =>
    only !== "c" &&
    /^(at|loads)$/.test(parameters[0]?.name ?? "") &&
    parameters[0].kind === "address" &&
    !/Init$/.test(name);
  return Object.fromEntries(
    signaturesOf()
      .filter(takesOne)
      .map(({ name }) => {
        const fits = structures.flatMap(([kind, { functions }]) =>
          functions.filter((beginning) => name.startsWith(beginning)).map((beginning) => ({ kind, beginning })),
        );
        const longest = Math.max(0, ...fits.map(({ beginning }) => beginning.length));
        return [name, fits.filter(({ beginning }) => beginning.length === longest).map(({ kind }) => kind)];
      })
      .filter(([, kinds]) => kinds.length > 0),
  );
}

/** A line for each structure, and behind it one for each of its fields; then the functions: what `assembly/debug/layout.ts` reads. */
export function layoutLines() {
  const structures = Object.entries(layoutsOf()).flatMap(
    ([kind, { name, version, then = "", functions: _, ...sections }]) => [
      `structure|${kind}|${version}|${name}|${then}`,
      ...Object.entries(sections).flatMap(([section, fields]) =>
        Object.entries(fields).map(([field, text]) => `${section}|${field}|${text}`),
      ),
    ],
  );
  const functions = Object.entries(kindsOfFunctions()).map(([name, kinds]) => `function|${name}|${kinds}`);
  return [...structures, ...functions].join("\n");
}
