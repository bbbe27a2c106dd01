/**
 * Two threads over one memory: what the shared primitives of the server build count is exact. Racy code admits up to half as
 * much again here, so a compare-and-swap that is lost or compiled away is seen at once.
 */

import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import { openBuild, wasmOf } from "./builds.js";

/** What a thread runs: it waits for the others, does its rounds and reports a number. */
const program = `
const { parentPort, workerData } = require("node:worker_threads");
const { module, memory, at, gate, rounds, task } = workerData;
const x = new WebAssembly.Instance(module, { env: { memory } }).exports;
const words = new Int32Array(memory.buffer);
const tasks = {
  limiter() {
    let admitted = 0;
    for (let i = 0; i < rounds; i++) if (x.gcraTryAcquire(at, 1, 1000) === 0) admitted++;
    return admitted;
  },
  semaphore() {
    let most = 0;
    for (let i = 0; i < rounds; i++) {
      if (x.semaphoreTryAcquire(at) === 0) continue;
      most = Math.max(most, x.semaphoreInUse(at));
      x.semaphoreRelease(at);
    }
    return most;
  },
  arena() {
    // A block that two threads hold at once shows the other's mark.
    let stolen = 0;
    for (let i = 0; i < rounds; i++) {
      const block = x.arenaAlloc(40 + (i % 3) * 100) >>> 0;
      if (block === 0) continue;
      words[block >> 2] = workerData.thread;
      words[(block >> 2) + 5] = i;
      if (words[block >> 2] !== workerData.thread || words[(block >> 2) + 5] !== i) stolen++;
      if (x.arenaFree(block, x.arenaGeneration(block)) !== 1) stolen++;
    }
    return stolen;
  },
};
Atomics.add(words, gate >> 2, 1);
while (Atomics.load(words, gate >> 2) < 2);
parentPort.postMessage(tasks[task]());
`;

/** Runs `task` in two threads over `memory` and gives what each reports. */
async function inTwoThreads(
  memory: WebAssembly.Memory,
  task: string,
  at: number,
  gate: number,
  rounds: number,
): Promise<number[]> {
  const module = new WebAssembly.Module(wasmOf("server"));
  const workers = [1, 2].map(
    (thread) => new Worker(program, { eval: true, workerData: { module, memory, at, gate, rounds, task, thread } }),
  );
  const reports = workers.map(
    (worker) =>
      new Promise<number>((resolve, reject) => {
        worker.once("message", resolve);
        worker.once("error", reject);
      }),
  );
  const answers = await Promise.all(reports);
  await Promise.all(workers.map((worker) => worker.terminate()));
  return answers;
}

test("a limiter admits exactly its burst", async () => {
  const { x, alloc, memory } = openBuild("server", 16);
  const burst = 300_000;
  for (let round = 0; round < 3; round++) {
    const at = alloc(x.gcraSize());
    x.gcraInit(at, 1, 1e9, burst, burst);
    const [one, two] = await inTwoThreads(memory, "limiter", at, alloc(8), burst);
    expect(one! + two!).toBe(burst);
    expect(x.gcraRemaining(at, 1_000)).toBe(0);
  }
});

test("a semaphore never has more permits out than it has, and gets all back", async () => {
  const { x, alloc, memory } = openBuild("server", 16);
  const at = alloc(x.semaphoreSize());
  x.semaphoreInit(at, 1);
  const most = await inTwoThreads(memory, "semaphore", at, alloc(8), 300_000);
  expect(Math.max(...most)).toBe(1);
  expect(x.semaphoreInUse(at)).toBe(0);
});

test("no block is given to two threads", async () => {
  const { x, alloc, memory } = openBuild("server", 16);
  const gate = alloc(8);
  const before = x.arenaUsed();
  expect(await inTwoThreads(memory, "arena", 0, gate, 100_000)).toEqual([0, 0]);
  expect(x.arenaUsed()).toBe(before);
});
