/** The gateway's JSON Schema for editors, beside the modules. A test holds ts/gateway/gateway.schema.json to the code that reads files. */
import { copyFileSync } from "node:fs";
import { at } from "../lib/root.mjs";
import { isFresh, setFresh } from "../lib/stamp.mjs";
import { treeHash } from "../lib/tree-hash.mjs";

const source = "ts/gateway/gateway.schema.json";
const target = "dist/gateway.schema.json";

/** Copies the schema, when stale. */
export function buildSchema() {
  const hash = treeHash([source]);
  if (isFresh("schema", hash)) return;
  copyFileSync(at(source), at(target));
  setFresh("schema", hash, [target]);
}
