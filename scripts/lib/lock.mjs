/** One build at a time in one working tree: `npm test` in one terminal and `npm start` in another share dist/. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { at } from "./root.mjs";

const folder = at("dist", ".lock");
const ownerFile = at("dist", ".lock", "pid");

function ownerIsAlive() {
  try {
    process.kill(Number(readFileSync(ownerFile, "utf8")), 0);
    return true;
  } catch (error) {
    return error.code === "EPERM";
  }
}

/** Runs `work` while no other process of this tree does the same; a lock whose owner has died is taken over. */
export async function withBuildLock(work) {
  mkdirSync(at("dist"), { recursive: true });
  for (let tries = 0; ; tries++) {
    try {
      mkdirSync(folder);
      break;
    } catch (error) {
      if (error.code !== "EEXIST") throw error;
      // The owner writes its pid right after the folder, so an ownerless lock is given half a second.
      if (tries >= 5 && !ownerIsAlive()) rmSync(folder, { recursive: true, force: true });
      await sleep(100);
    }
  }
  writeFileSync(ownerFile, String(process.pid));
  try {
    return await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
