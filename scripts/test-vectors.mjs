/**
 * `npm run test:vectors`: every test that reads public vectors (*.vectors.test.ts), over all files of its kind. Says how many
 * files each kind has, and of which kinds nothing reads any.
 */
import { readFileSync } from "node:fs";
import { build } from "./build.mjs";
import { at } from "./lib/root.mjs";
import { notRun, record, vitest } from "./lib/suite.mjs";
import { filesBelow } from "./lib/tree-hash.mjs";
import { allVectorFiles, vectorsFolder } from "./lib/vectors.mjs";

/** The kinds that some test reads. */
function kindsRead(tests) {
  const calls = tests.flatMap((file) => [
    ...readFileSync(at(file), "utf8").matchAll(/\b(?:readVectors|vectorFiles)\(\s*"([^"]+)"/g),
  ]);
  return [...new Set(calls.map((match) => match[1]))].sort();
}

/** The kind of a file that nothing reads: its folder. */
const kindOf = (path) => path.slice(0, Math.max(0, path.lastIndexOf("/"))) || path;

async function main() {
  let folder;
  try {
    folder = vectorsFolder();
  } catch (error) {
    console.error(error.message);
    record("vectors", { passed: 0, failed: 1, skipped: 0 });
    return 1;
  }
  if (folder === undefined) {
    notRun("public vectors (HOLDFAST_VECTORS names no folder)");
    record("vectors", { passed: 0, failed: 0, skipped: 1 });
    return 0;
  }
  const tests = filesBelow("test", { accept: (file) => file.endsWith(".vectors.test.ts") });
  const kinds = kindsRead(tests);
  const files = allVectorFiles();
  for (const kind of kinds) console.log(`${kind}: ${files.filter((path) => path.startsWith(kind)).length} files`);
  const unread = files.filter((path) => !kinds.some((kind) => path.startsWith(kind)));
  for (const kind of new Set(unread.map(kindOf)))
    console.log(`${kind}: no reader: ${unread.filter((path) => kindOf(path) === kind).length} files`);
  if (tests.length === 0) {
    record("vectors", { passed: 0, failed: 0, skipped: unread.length });
    return 0;
  }
  await build("start");
  return vitest("vectors", "unit", tests);
}

process.exitCode = await main();
