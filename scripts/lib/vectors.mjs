/**
 * Public test vectors, which are data of others and stay outside the repository: HOLDFAST_VECTORS names their folder,
 * `../shared/vectors` is looked at otherwise. A kind is the beginning of a path in it, such as `hash/xxhash`.
 */
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, relative, resolve, sep } from "node:path";
import { root } from "./root.mjs";

/** The folder, or `undefined` where nobody named one and the usual place is empty. Throws where the variable names none. */
export function vectorsFolder() {
  const named = process.env["HOLDFAST_VECTORS"];
  const folder = resolve(root, named === undefined || named === "" ? "../shared/vectors" : named);
  if (existsSync(folder) && statSync(folder).isDirectory()) return folder;
  if (named !== undefined && named !== "") throw new Error(`HOLDFAST_VECTORS names ${named}, which is no folder`);
  return undefined;
}

/** All vector files, as paths relative to the folder with forward slashes; notes for readers (*.md) are not vectors. */
export function allVectorFiles() {
  const folder = vectorsFolder();
  if (folder === undefined) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".md"))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"))
    .sort();
}

/**
 * ALL files of one kind with their text. A test that reads vectors is named *.vectors.test.ts and calls this with a literal,
 * by which `npm run test:vectors` knows that the kind has a reader. Empty, with a `not run` line, where there is no folder.
 */
export function vectorFiles(kind) {
  const folder = vectorsFolder();
  if (folder === undefined) {
    console.log(`not run: public vectors ${kind} (HOLDFAST_VECTORS names no folder)`);
    return [];
  }
  return allVectorFiles()
    .filter((path) => path.startsWith(kind))
    .map((path) => ({ path, text: readFileSync(join(folder, path), "utf8") }));
}
