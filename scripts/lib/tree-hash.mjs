/** Staleness by content: what a build step read is hashed, so neither file times nor branch switches matter. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { at, root } from "./root.mjs";

/** Folders that are made, not written. */
const made = new Set(["node_modules", "dist", "coverage", ".git"]);

/** All files below a path (a file names itself), sorted, relative to the root with forward slashes. */
export function filesBelow(path, { accept = () => true } = {}) {
  const full = at(path);
  if (!existsSync(full)) return [];
  const found = [];
  const visit = (current) => {
    if (statSync(current).isDirectory()) {
      for (const name of readdirSync(current).sort()) if (!made.has(name)) visit(join(current, name));
      return;
    }
    const name = relative(root, current).split(sep).join("/");
    if (accept(name)) found.push(name);
  };
  visit(full);
  return found;
}

/** One hash over the names and contents of everything below `paths`, and over `extra` strings (versions, options). */
export function treeHash(paths, extra = []) {
  const hash = createHash("sha256");
  for (const text of extra) hash.update(`extra\0${text}\0`);
  for (const file of paths.flatMap((path) => filesBelow(path))) {
    hash.update(`${file}\0`);
    hash.update(readFileSync(at(file)));
    hash.update("\0");
  }
  return hash.digest("hex");
}
