/**
 * `node scripts/lock.mjs`: completes the lock files with the binaries of other systems that npm left out
 * (scripts/lib/lock-file.mjs says why). Run it after every change of dependencies; the check notices when it was forgotten.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { lockedFolders, missingBinaries } from "./lib/lock-file.mjs";
import { at } from "./lib/root.mjs";
import { talk } from "./lib/talk.mjs";

for (const folder of lockedFolders) {
  const file = at(folder, "package-lock.json");
  if (!existsSync(file)) continue;
  const lock = JSON.parse(readFileSync(file, "utf8"));
  const missing = missingBinaries(lock);
  const count = Object.keys(missing).length;
  if (count === 0) continue;
  const entries = Object.entries({ ...lock.packages, ...missing }).sort(([a], [b]) => a.localeCompare(b, "en"));
  writeFileSync(file, `${JSON.stringify({ ...lock, packages: Object.fromEntries(entries) }, undefined, 2)}\n`);
  talk(`added ${count} packages of other systems to ${folder}/package-lock.json`);
}
