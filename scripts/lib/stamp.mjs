/** Stamps in dist/.stamps: what a build step read (a hash) and what it wrote. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { at } from "./root.mjs";

const file = (step) => at("dist", ".stamps", `${step}.json`);

const read = (step) => {
  try {
    return JSON.parse(readFileSync(file(step), "utf8"));
  } catch {
    return undefined;
  }
};

/** Whether `step` was done with inputs of this hash and all that it wrote is still there. */
export function isFresh(step, hash) {
  const stamp = read(step);
  return stamp !== undefined && stamp.hash === hash && stamp.outputs.every((output) => existsSync(at(output)));
}

/** Records that `step` is done, and removes what an earlier run wrote and this one did not. */
export function setFresh(step, hash, outputs) {
  for (const output of read(step)?.outputs ?? []) if (!outputs.includes(output)) rmSync(at(output), { force: true });
  mkdirSync(at("dist", ".stamps"), { recursive: true });
  writeFileSync(file(step), `${JSON.stringify({ hash, outputs }, undefined, 1)}\n`);
}
