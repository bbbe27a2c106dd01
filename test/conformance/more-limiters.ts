import type { ConformanceCase, Script } from "./builder.js";

const secondTicks = 1_024_000_000;

/** What the windows and the log share: their functions, by the prefix of their names. */
function useWindow(s: Script, prefix: string, at: number, lengthTicks: number): void {
  let now = 5 * secondTicks;
  for (let step = 0; step < 24; step++) {
    // One step in eight goes back, once to the beginning.
    now += s.below(8) === 0 ? -s.below(step === 12 ? now : 1_000) : s.below(Math.ceil(lengthTicks / 2));
    if (s.below(5) === 0) s.call(`${prefix}Refund`, at, s.below(3), now);
    s.call(`${prefix}Peek`, at, 2, now);
    s.call(`${prefix}TryAcquire`, at, s.below(5), now);
    s.call(`${prefix}Remaining`, at, now);
    s.call(`${prefix}ResetAfter`, at, now);
  }
  const saved = s.snapshot(`${prefix}Save`, at, now);
  s.call(`${prefix}Load`, at, saved, now + 77);
  s.call(`${prefix}Configure`, at, 4, 2 * lengthTicks, now + 99);
  for (const weight of [2, -1, 0, 2 ** 40]) s.call(`${prefix}TryAcquire`, at, weight, now + 123);
}

const windowCounter: ConformanceCase = {
  name: "windowCounter",
  write(s) {
    const at = s.structure("windowCounterSize");
    for (const [kind, limit, length] of [
      [0, 5, secondTicks],
      [1, 5, secondTicks],
      [1, 2 ** 24 - 1, 365 * 86_400 * secondTicks],
      [0, 3, 7],
    ] as const) {
      s.call("windowCounterInit", at, kind, limit, length);
      useWindow(s, "windowCounter", at, length);
    }
    s.call("windowCounterInit", at, 2, 1, 1);
  },
};

const adopted: ConformanceCase = {
  name: "gcraAdopt",
  write(s) {
    const at = s.structure("gcraSize");
    const model = s.structure("gcraSize");
    s.call("gcraInit", at, 7, secondTicks, 20, 15);
    let now = secondTicks;
    for (const [limit, period, burst] of [
      [3, secondTicks, 40],
      [262_139, 60 * secondTicks, 1],
      [1, 365 * 86_400 * secondTicks, 2 ** 20],
    ] as const) {
      s.call("gcraInit", model, limit, period, burst, burst);
      s.call("gcraAdopt", at, model, now);
      for (const weight of [1, 3, 2 ** 20]) s.call("gcraTryAcquire", at, weight, (now += 999));
      s.call("gcraRemaining", at, now);
      s.call("gcraResetAfter", at, now);
      s.snapshot("gcraSave", at, now);
    }
  },
};

const slidingLog: ConformanceCase = {
  name: "slidingLog",
  write(s) {
    const at = s.structure("slidingLogSize", 6);
    s.call("slidingLogInit", at, 6, secondTicks);
    useWindow(s, "slidingLog", at, secondTicks);
    s.call("slidingLogConfigure", at, 7, secondTicks, 0);
    s.call("slidingLogInit", at, 0, secondTicks);
  },
};

const keyedWindow: ConformanceCase = {
  name: "keyedWindow",
  write(s) {
    for (const kind of [0, 1]) {
      const at = s.structure("keyedSize", 24);
      const key = s.block(64);
      s.call("keyedWindowInit", at, kind, 24, 3, secondTicks, 0x0706050403020100n, 0x0f0e0d0c0b0a0908n);
      let now = secondTicks;
      for (let step = 0; step < 50; step++) {
        const name = `client-${s.below(40)}`;
        s.write(key, new TextEncoder().encode(name.padEnd(16, "\0")));
        now += s.below(secondTicks / 10);
        if (s.below(6) === 0) s.call("keyedWindowRefund", at, key, name.length, 1, now);
        s.call("keyedWindowPeek", at, key, name.length, 2, now);
        s.call("keyedWindowTryAcquire", at, key, name.length, 1 + s.below(2), now);
        s.call("keyedWindowRemaining", at, key, name.length, now);
        s.call("keyedWindowResetAfter", at, key, name.length, now);
      }
      const buckets = Number(s.call("keyedRead", at, 2));
      const head = s.snapshot("keyedWindowSaveHead", at, now);
      const entries = s.block(64 * buckets);
      const written = Number(s.call("keyedWindowSave", at, 0, buckets, entries, now));
      s.foldMemory(entries, written);
      s.call("keyedWindowLoadHead", at, head, now + 5_000);
      s.call("keyedWindowLoad", at, entries, written / 16, now + 5_000);
      s.call("keyedWindowPeek", at, key, 8, 1, now + 5_000);
      s.call("keyedRead", at, 0);
      s.call("keyedRead", at, 1);
    }
  },
};

/** A queue is a limiter of `gcra`, entered in another way. */
const leakyQueue: ConformanceCase = {
  name: "leakyQueue",
  write(s) {
    const at = s.structure("gcraSize");
    s.call("gcraInit", at, 7, secondTicks, 6, 6);
    let now = 5 * secondTicks;
    for (let step = 0; step < 50; step++) {
      now += s.below(8) === 0 ? -s.below(step === 24 ? now : 1_000) : s.below(secondTicks / 4);
      const weight = s.below(4);
      s.call("leakyQueuePeek", at, weight, now);
      const wait = Number(s.call("leakyQueueEnter", at, weight, now));
      if (wait > 0 && s.below(3) === 0) s.call("leakyQueueLeave", at, weight, now + wait, now);
    }
    for (const weight of [-1, 7]) s.call("leakyQueueEnter", at, weight, now);
  },
};

const warmUp: ConformanceCase = {
  name: "warmUp",
  write(s) {
    const at = s.structure("warmUpSize");
    for (const [limit, warmUpTicks, coldFactor] of [
      [3, 5 * secondTicks, 3 * 65_536],
      [70_001, secondTicks, 98_304],
      [1, 86_400 * secondTicks, 100 * 65_536],
    ] as const) {
      s.call("warmUpInit", at, limit, secondTicks, warmUpTicks, coldFactor);
      let now = 5 * secondTicks;
      for (let step = 0; step < 24; step++) {
        const most = s.below(6) === 0 ? warmUpTicks : Math.ceil((3 * secondTicks) / limit);
        now += s.below(8) === 0 ? -s.below(step === 12 ? now : 1_000) : s.below(most);
        s.call("warmUpPeek", at, 1, now);
        if (s.below(2) === 0) s.call("warmUpTryAcquire", at, s.below(5), now);
        else s.call("warmUpReserve", at, 1 + s.below(9), now, s.below(3) * warmUpTicks);
        s.call("warmUpInterval", at, now);
        s.call("warmUpResetAfter", at, now);
      }
      const saved = s.snapshot("warmUpSave", at, now);
      s.call("warmUpLoad", at, saved, now + 77);
      s.call("warmUpConfigure", at, 5, secondTicks, secondTicks, 131_072, now + 99);
      for (const weight of [2, -1, 0, 2 ** 50]) s.call("warmUpTryAcquire", at, weight, now + secondTicks);
    }
    s.call("warmUpInit", at, 1, secondTicks, secondTicks, 65_535);
  },
};

const hierarchy: ConformanceCase = {
  name: "hierarchy",
  write(s) {
    const [bucket, window, log] = [
      s.structure("gcraSize"),
      s.structure("windowCounterSize"),
      s.structure("slidingLogSize", 5),
    ];
    s.call("gcraInit", bucket, 4, secondTicks, 4, 4);
    s.call("windowCounterInit", window, 1, 6, secondTicks);
    s.call("slidingLogInit", log, 5, secondTicks);
    const list = s.structure("hierarchySize", 3);
    const words = [3, 0, 0, 0, ...[bucket, window, log].flatMap((at) => [at - list, 0, 0, 0])];
    s.write(list, new Uint8Array(Int32Array.from(words).buffer));
    let now = secondTicks;
    for (let step = 0; step < 40; step++) {
      now += s.below(secondTicks / 3);
      const weight = s.below(6) - 1;
      s.call("hierarchyPeek", list, weight, now);
      s.call("hierarchyTryAcquire", list, weight, now);
      s.foldMemory(list, 8);
    }
  },
};

export const moreLimiterCases = [adopted, windowCounter, slidingLog, keyedWindow, leakyQueue, warmUp, hierarchy];
