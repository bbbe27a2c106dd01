/** The gateway's JSON Schema as a file, for editors; made by the very code that reads configurations. */
import { renameSync, writeFileSync } from "node:fs";
import { runNode } from "../lib/command.mjs";
import { at } from "../lib/root.mjs";
import { isFresh, setFresh } from "../lib/stamp.mjs";
import { treeHash } from "../lib/tree-hash.mjs";

const file = "dist/gateway.schema.json";

/** Writes dist/gateway.schema.json, when stale; the JavaScript must be built. */
export async function buildSchema() {
  const hash = treeHash(["ts/gateway", "ts/kernel", "scripts/build/schema.mjs"]);
  if (isFresh("schema", hash)) return;
  const code =
    'import { gatewayJsonSchema } from "holdfast/gateway"; console.log(JSON.stringify(gatewayJsonSchema(), undefined, 2));';
  const made = await runNode(["--input-type=module", "--eval", code], { stdout: "collect", stderr: "collect" });
  if (made.code !== 0) throw new Error(`the gateway's schema cannot be made\n${made.stderr}`);
  writeFileSync(at(`${file}.new`), made.stdout);
  renameSync(at(`${file}.new`), at(file));
  setFresh("schema", hash, [file]);
}
