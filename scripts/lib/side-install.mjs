/** Packages that only one suite needs live in a folder with a lock file of their own, installed when that suite runs. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { runNpm } from "./command.mjs";
import { at } from "./root.mjs";
import { talk } from "./talk.mjs";

/** Installs `folder` from its lock file unless that was done already; gives false, and says why, where npm fails. */
export async function installOnce(folder, what) {
  const lock = readFileSync(at(folder, "package-lock.json"), "utf8");
  const seal = at(folder, "node_modules", ".holdfast-lock");
  if (existsSync(seal) && readFileSync(seal, "utf8") === lock) return true;
  talk(`installing ${what} in ${folder}`);
  // Install scripts are left out: they would fetch or build what these suites do not use.
  const args = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
  const { code, stderr } = await runNpm(args, { cwd: at(folder), stdout: "talk", stderr: "collect" });
  if (code !== 0) {
    talk(`npm ci failed in ${folder}\n${stderr}`);
    return false;
  }
  writeFileSync(seal, lock);
  return true;
}
