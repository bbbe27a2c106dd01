/** The ABI as `assembly/abi/*.json` tells it (its README.md has the kinds), read for the C header, its dispatch and the tests. */
import { readdirSync, readFileSync } from "node:fs";
import { at } from "./root.mjs";

const filesOfAbi = () =>
  readdirSync(at("assembly", "abi"))
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(at("assembly", "abi", name), "utf8")));

function parse(name, text, { family, module, only }) {
  const match = /^\((.*)\)(?: -> (\w+))?$/.exec(text);
  if (match === null) throw new Error(`${family}: ${name} has a signature that cannot be read: ${text}`);
  const parameters = match[1]
    .split(", ")
    .filter((each) => each !== "")
    .map((each) => {
      const [parameter, kind] = each.split(": ");
      return { name: parameter, kind };
    });
  return { name, family, module, only: only?.[name], parameters, result: match[2] };
}

/** All exported functions. */
export const signaturesOf = () =>
  filesOfAbi().flatMap((file) => Object.entries(file.functions).map(([name, text]) => parse(name, text, file)));

/** The named numbers of all families: `{ family, name, values }`, `values` from a name to its number. */
export const constantsOf = () =>
  filesOfAbi().flatMap(({ family, constants = {} }) =>
    Object.entries(constants).map(([name, values]) => ({ family, name, values })),
  );
