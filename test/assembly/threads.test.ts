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
const { module, memory, at, gate, rounds, task, thread } = workerData;
const x = new WebAssembly.Instance(module, { env: { memory } }).exports;
const words = new Int32Array(memory.buffer);
/** Asks until nobody else is inside. */
const again = (call) => {
  for (;;) {
    const answer = call();
    if (answer !== -3) return answer;
  }
};
const tasks = {
  limiter() {
    let admitted = 0;
    for (let i = 0; i < rounds; i++) if (x.gcraTryAcquire(at, 1, 1000) === 0) admitted++;
    return admitted;
  },
  window() {
    let admitted = 0;
    for (let i = 0; i < rounds; i++) if (x.windowCounterTryAcquire(at, 1, 1000) === 0) admitted++;
    return admitted;
  },
  queue() {
    // Turns are a permit's time apart, so their sum tells whether any was given twice.
    let sum = 0;
    for (let i = 0; i < rounds; i++) {
      const waitUs = x.leakyQueueEnter(at, 1, 1000);
      if (waitUs !== Infinity) sum += waitUs + 1;
    }
    return sum;
  },
  hierarchy() {
    // Each thread has a list of its own, 48 bytes on, over the same limiters.
    const list = at + (workerData.thread - 1) * 48;
    let admitted = 0;
    for (let i = 0; i < rounds; i++) if (x.hierarchyTryAcquire(list, 1, 1000) === 0) admitted++;
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
  histogram() {
    for (let i = 0; i < rounds; i++) x.histogramRecordShared(at, (i % 1000) * workerData.thread);
    return rounds;
  },
  hybrid() {
    // Each thread has its own list behind the clock; its physical clock stands for a while, and goes back now and then.
    const list = at + 64 + (workerData.thread - 1) * rounds * 8;
    for (let i = 0; i < rounds; i++) x.hybridNow(at, 1000 + (i >> 5) - (i % 3), 1, list + i * 8);
    return list;
  },
  pacer() {
    // Random bits from all over their range, in another order in each thread.
    let kept = 0;
    for (let i = 0; i < rounds; i++) if (x.pacerDecide(at, 0, (i * 40503) & 0xffffff, 1000) !== 0) kept++;
    return kept;
  },
  biased() {
    let kept = 0;
    for (let i = 0; i < rounds; i++) if (x.biasedDecide(at, 0, (i * 40503) & 0xffffff, i & 1, NaN, 0, 0) !== 0) kept++;
    return kept;
  },
  loads() {
    // The address of the ring stands behind the gate's word.
    const ring = words[(gate >> 2) + 1];
    let refused = 0;
    for (let i = 0; i < rounds; i++) if (x.loadsTakeOnRing(at, ring, i * 77777, i * 99999) < 0) refused++;
    for (let i = 0; i < rounds; i += 2) {
      const node = i % 5;
      if (x.loadsRelease(at, node) === 1 && x.loadsTakeOnRing(at, ring, i, i) < 0) refused++;
    }
    return refused;
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
  throttle() {
    // Six successes give back what three failures take.
    for (let i = 0; i < rounds; i++) i % 3 === 0 ? x.retryThrottleFailure(at) : x.retryThrottleSuccess(at);
    return 0;
  },
  health() {
    // As often up as down in the end, and never at an end of the range.
    for (let i = 0; i < rounds; i++) x.healthNote(at, i % 3 === 0 ? 4 : -2);
    return 0;
  },
  attemptLimit() {
    for (let i = 0; i < rounds; i++) x.attemptLimitRecord(at, 1);
    return x.attemptLimitFailureShare(at);
  },
  breakerCounts() {
    let settled = 0;
    for (let i = 0; i < rounds; i++) {
      const permit = again(() => x.breakerSharedTryAcquire(at, thread, i));
      if (again(() => x.breakerSharedSettle(at, thread, permit, i & 1, 1, i)) === 0) settled++;
    }
    return settled;
  },
  breakerDeath() {
    const entered = x.breakerSharedEnter(at, thread, 0);
    // The failures of the window, without the calls.
    if (entered === 0) words[(at + x.breakerSharedAhead() + 148) >> 2] += 1;
    return entered;
  },
  breakerProbes() {
    // Behind the gate: probes that are out.
    const out = (gate >> 2) + 1;
    let most = 0;
    for (let i = 0; i < rounds; i++) {
      const permit = again(() => x.breakerSharedTryAcquire(at, thread, i));
      if (permit < 0) continue;
      most = Math.max(most, Atomics.add(words, out, 1) + 1);
      for (let pause = 0; pause < 20; pause++) Atomics.load(words, out);
      Atomics.sub(words, out, 1);
      again(() => x.breakerSharedSettle(at, thread, permit, 2, 1, i));
    }
    return most;
  },
};
Atomics.add(words, gate >> 2, 1);
while (Atomics.load(words, gate >> 2) < workerData.threads);
parentPort.postMessage(tasks[task]());
`;

/** Runs `task` in some threads, two unless told otherwise, over `memory` and gives what each reports. */
async function inThreads(
  memory: WebAssembly.Memory,
  task: string,
  at: number,
  gate: number,
  rounds: number,
  threads = 2,
): Promise<number[]> {
  const module = new WebAssembly.Module(wasmOf("server"));
  const workers = Array.from(
    { length: threads },
    (_, n) =>
      new Worker(program, {
        eval: true,
        workerData: { module, memory, at, gate, rounds, task, thread: n + 1, threads },
      }),
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
    const [one, two] = await inThreads(memory, "limiter", at, alloc(8), burst);
    expect(one! + two!).toBe(burst);
    expect(x.gcraRemaining(at, 1_000)).toBe(0);
  }
});

test.each([
  ["fixed", 0],
  ["sliding", 1],
] as const)("a %s window admits exactly its limit", async (_, kind) => {
  const { x, alloc, memory } = openBuild("server", 16);
  const limit = 300_000;
  const at = alloc(x.windowCounterSize());
  x.windowCounterInit(at, kind, limit, 1e9);
  const [one, two] = await inThreads(memory, "window", at, alloc(8), limit);
  expect(one! + two!).toBe(limit);
  expect(x.windowCounterRemaining(at, 1_000)).toBe(0);
});

test("a queue gives each turn once, and all of its room", async () => {
  const { x, alloc, memory } = openBuild("server", 16);
  const room = 100_000;
  const at = alloc(x.gcraSize());
  x.gcraInit(at, 1_000_000, 1_000_000, room, room);
  const [one, two] = await inThreads(memory, "queue", at, alloc(8), room);
  // Waits of 0, 1, 2 … µs, and 1 for each turn.
  expect(one! + two!).toBe((room * (room - 1)) / 2 + room);
});

test("a hierarchy admits what its narrowest level has, and takes no more from the others", async () => {
  const { x, alloc, memory } = openBuild("server", 16);
  const [narrow, wide] = [100_000, 150_000];
  const bucket = alloc(x.gcraSize());
  const window = alloc(x.windowCounterSize());
  x.gcraInit(bucket, 1, 1e9, wide, wide);
  x.windowCounterInit(window, 1, narrow, 1e9);
  const lists = alloc(96);
  const words = new Uint32Array(memory.buffer);
  for (const list of [lists, lists + 48])
    words.set([2, 0, 0, 0, bucket - list, 0, 0, 0, window - list, 0, 0, 0], list >> 2);
  const [one, two] = await inThreads(memory, "hierarchy", lists, alloc(8), wide);
  expect(one! + two!).toBe(narrow);
  expect(x.windowCounterRemaining(window, 1_000)).toBe(0);
  expect(x.gcraRemaining(bucket, 1_000)).toBe(wide - narrow);
});

test("a rate-limited sampler keeps exactly its burst and counts every trace", async () => {
  const { x, alloc, memory } = openBuild("server", 16);
  const rounds = 2_000_000;
  const at = alloc(x.pacerSize());
  // The target is the burst: the threshold rises under the threads' hands, and enough reach it.
  x.pacerInit(at, 5_000, 8_000_000, 5_000, 64_000_000, 1);
  const [one, two] = await inThreads(memory, "pacer", at, alloc(8), rounds);
  expect(one! + two!).toBe(5_000);
  expect(x.pacerRead(at, 2)).toBeGreaterThan(0);
  // At the end of the window the count of all becomes the rate.
  x.pacerDecide(at, 0, 0, 1_000 + 8_000_000);
  expect(x.pacerRead(at, 1) / 65_536).toBe(2 * rounds);
});

test("a biased sampler counts every trace", async () => {
  const { x, alloc, memory } = openBuild("server", 16);
  const rounds = 200_000;
  const at = alloc(x.biasedSize());
  x.biasedInit(at, 0, 0x800000, 0, 0, 0, 0, Number.NaN);
  const kept = await inThreads(memory, "biased", at, alloc(8), rounds);
  expect([x.biasedRead(at, 0, 0), x.biasedRead(at, 2, 0)]).toEqual([rounds, rounds]);
  expect(x.biasedRead(at, 0, 1) + x.biasedRead(at, 2, 1)).toBe(kept[0]! + kept[1]!);
  expect(x.biasedRead(at, 2, 1)).toBe(rounds);
});

test("a semaphore never has more permits out than it has, and gets all back", async () => {
  const { x, alloc, memory } = openBuild("server", 16);
  const at = alloc(x.semaphoreSize());
  x.semaphoreInit(at, 1);
  const most = await inThreads(memory, "semaphore", at, alloc(8), 300_000);
  expect(Math.max(...most)).toBe(1);
  expect(x.semaphoreInUse(at)).toBe(0);
});

test("no hybrid timestamp is given twice, and each thread's only grow", async () => {
  const rounds = 100_000;
  const { x, alloc, memory } = openBuild("server", 128);
  for (const offsetMaxUs of [0, 500]) {
    const at = alloc(64 + 2 * rounds * 8);
    x.hybridInit(at, 12, offsetMaxUs);
    const lists = await inThreads(memory, "hybrid", at, alloc(8), rounds);
    const stamps = lists.map((list) => new BigUint64Array(memory.buffer, list, rounds));
    for (const own of stamps) {
      expect(own.findIndex((stamp, index) => index > 0 && stamp <= own[index - 1]!)).toBe(-1);
    }
    expect(new Set(stamps.flatMap((own) => [...own])).size).toBe(2 * rounds);
  }
});

test("no block is given to two threads", async () => {
  const { x, alloc, memory } = openBuild("server", 16);
  const gate = alloc(8);
  const before = x.arenaUsed();
  expect(await inThreads(memory, "arena", 0, gate, 100_000)).toEqual([0, 0]);
  expect(x.arenaUsed()).toBe(before);
});

test("a retry throttle loses no token", async () => {
  const { x, alloc, memory } = openBuild("server", 16);
  const at = alloc(x.retryThrottleSize());
  const rounds = 300_000;
  // Large enough that neither end is reached: what is left is the sum of what was given and taken.
  x.retryThrottleInit(at, 1_000_000_000, 400);
  for (let n = 0; n < 500_000; n++) x.retryThrottleFailure(at);
  await inThreads(memory, "throttle", at, alloc(8), rounds);
  expect(x.retryThrottleTokens(at)).toBe(500_000_000 + 2 * rounds * ((2 * 400 - 1_000) / 3));
});

test("the local health adds up every change", async () => {
  const { x, alloc, memory } = openBuild("server", 16);
  const at = alloc(x.healthSize());
  x.healthInit(at, 65_536);
  x.healthNote(at, 30_000);
  await inThreads(memory, "health", at, alloc(8), 300_000);
  expect(x.healthScore(at)).toBe(30_000);
});

test("an attempt limit counts each result once", async () => {
  const { x, alloc, memory } = openBuild("server", 16);
  const at = alloc(x.attemptLimitSize());
  const alone = alloc(x.attemptLimitSize());
  // The average over so large a window depends on how many results there were.
  for (const each of [at, alone]) {
    x.attemptLimitInit(each, 3, 4_096, 1.5);
    x.attemptLimitRecord(each, 0);
  }
  await inThreads(memory, "attemptLimit", at, alloc(8), 2_000);
  for (let n = 0; n < 4_000; n++) x.attemptLimitRecord(alone, 1);
  expect(x.attemptLimitFailureShare(at)).toBe(x.attemptLimitFailureShare(alone));
});

/** A shared breaker over the last `calls` calls, which never opens by itself. */
function sharedBreaker({ x, alloc }: ReturnType<typeof openBuild>, calls: number, permits: number): number {
  const at = alloc(x.breakerSharedAhead() + x.breakerSize(1, calls));
  x.breakerInit(at + x.breakerSharedAhead(), 1, calls, 0, 1, 0, 0, calls, permits, permits, 1e12, 10, 10, 1, 0, 1);
  // Nobody is taken for dead here: the threads' clocks are their rounds.
  x.breakerSharedInit(at, 4e9);
  return at;
}

test("a shared breaker counts every result", async () => {
  const { x, alloc, memory } = openBuild("server", 32);
  // Long enough that both threads are at it at once: without a lock a tenth of the results is lost then.
  const rounds = 600_000;
  const at = alloc(x.breakerSharedAhead() + x.breakerSize(2, 1));
  const body = at + x.breakerSharedAhead();
  // One slice that holds the whole run, and opens at a rate that is not reached.
  x.breakerInit(body, 2, 1, 1e12, 1, 0, 0, 1, 1, 1, 1e12, 10, 10, 1, 0, 1);
  x.breakerSharedInit(at, 4e9);
  x.breakerSharedSettle(at, 9, x.breakerSharedTryAcquire(at, 9, 0), 0, 0, 0);
  const settled = await inThreads(memory, "breakerCounts", at, alloc(8), rounds);
  expect(settled).toEqual([rounds, rounds]);
  expect([0, 1].map((what) => x.breakerRead(body, what, rounds))).toEqual([2 * rounds + 1, rounds]);
});

test("a shared breaker that is half open never has more probes out than it may", async () => {
  const build = openBuild("server", 32);
  const { x, alloc, memory } = build;
  const at = sharedBreaker(build, 10, 1);
  const body = at + x.breakerSharedAhead();
  for (let n = 0; n < 10; n++) x.breakerSharedSettle(at, 9, x.breakerSharedTryAcquire(at, 9, 0), 1, 0, 0);
  x.breakerOpenFor(body, 0, 0);
  const most = await inThreads(memory, "breakerProbes", at, alloc(16), 400_000);
  expect(Math.max(...most)).toBe(1);
  expect(x.breakerRead(body, 3, 400_000)).toBe(0);
});

test("a thread that dies inside a shared breaker leaves it usable and whole", async () => {
  const build = openBuild("server", 32);
  const { x, alloc, memory } = build;
  const at = sharedBreaker(build, 100, 1);
  for (let n = 0; n < 30; n++)
    x.breakerSharedSettle(at, 9, x.breakerSharedTryAcquire(at, 9, 0), n % 3 === 0 ? 1 : 0, 0, 0);
  x.breakerSharedInit(at, 1e6);
  // Two threads write half of a result each, and end; their numbers are 1 and 2, and one finds the other inside.
  const entered = await inThreads(memory, "breakerDeath", at, alloc(8), 1);
  expect(entered.sort()).toEqual([-3, 0]);
  const seen = [0, 500_000, 999_999, 1_002_000].map((nowUs) => x.breakerSharedEnter(at, 9, nowUs));
  expect(seen).toEqual([-3, -3, -3, 1]);
  const body = at + x.breakerSharedAhead();
  expect([0, 1].map((what) => x.breakerRead(body, what, 1_002_000))).toEqual([30, 10]);
  x.breakerSharedLeave(at, 9);
});

test.each([2, 4])("a histogram has every value that %i threads recorded, once", async (threads) => {
  const { x, alloc, bytes, memory } = openBuild("server", 16);
  const size = x.histogramSize(6, 3_600_000_000);
  const [shared, plain] = [alloc(size), alloc(size)];
  for (const at of [shared, plain]) x.histogramInit(at, 6, 3_600_000_000);
  const rounds = 100_000;
  await inThreads(memory, "histogram", shared, alloc(8), rounds, threads);
  for (let thread = 1; thread <= threads; thread++) {
    for (let i = 0; i < rounds; i++) x.histogramRecord(plain, (i % 1000) * thread);
  }
  expect(Buffer.from(bytes(shared, size))).toEqual(Buffer.from(bytes(plain, size)));
});

test("bounded loads place every key, count each once, and keep their bound", async () => {
  const { x, alloc, memory } = openBuild("server", 16);
  const [rounds, nodes] = [60_000, 5];
  const [at, ring, points, weights, gate] = [
    alloc(x.loadsSize(nodes)),
    alloc(x.ringSize(40)),
    alloc(640),
    alloc(20),
    alloc(8),
  ];
  new Uint32Array(memory.buffer, weights, nodes).fill(1);
  // A factor of 1 leaves no room to spare: in the end all nodes hold the same.
  x.loadsInit(at, nodes, 65_536, weights);
  new Uint32Array(memory.buffer, points, 160).set(
    Array.from({ length: 160 }, (_, i) => [0, i * 0x6666666, (i >> 2) % nodes, 0][i % 4]!),
  );
  x.ringInit(ring, points, 40);
  new Uint32Array(memory.buffer, gate, 2)[1] = ring;
  expect(await inThreads(memory, "loads", at, gate, rounds)).toEqual([0, 0]);
  const held = Array.from({ length: nodes }, (_, node) => x.loadsRead(at, node));
  expect(x.loadsRead(at, -1)).toBe(2 * rounds);
  expect(held).toEqual(new Array(nodes).fill((2 * rounds) / nodes));
});
