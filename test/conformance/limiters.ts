import type { ConformanceCase } from "./builder.js";

const secondTicks = 1_024_000_000;

/** Token bucket and GCRA are one structure. */
const gcra: ConformanceCase = {
  name: "gcra",
  write(s) {
    const at = s.structure("gcraSize");
    // What is told there is in f64 in one face and in i64 in the other, so it is not folded.
    const told = s.block(16);
    for (const [limit, period, burst] of [
      [3, secondTicks, 3],
      [7, secondTicks, 1],
      [3_000_000, secondTicks, 50],
      [1, 86_400 * secondTicks, 2],
    ] as const) {
      s.call("gcraInit", at, limit, period, burst, burst);
      let now = 5 * secondTicks;
      for (let step = 0; step < 24; step++) {
        // One step in eight goes back, once by more than a window.
        now += s.below(8) === 0 ? -s.below(step === 12 ? now : 1_000) : s.below(Math.ceil((3 * period) / limit));
        const weight = s.below(4);
        switch (s.below(8)) {
          case 0:
            s.call("gcraRefund", at, weight, now);
            break;
          case 1:
            s.call("gcraReserve", at, weight, now, period);
            break;
          case 2:
            s.call("gcraCancelReservation", at, weight, now + s.below(period), now);
            break;
          case 3:
            s.call("gcraCheck", at, weight, now, told);
            break;
          default:
            s.call("gcraTryAcquire", at, weight, now);
        }
        s.call("gcraPeek", at, 1, now);
        s.call("gcraRemaining", at, now);
        s.call("gcraResetAfter", at, now);
      }
      const saved = s.snapshot("gcraSave", at, now);
      s.call("gcraLoad", at, saved, now + 77);
      s.call("gcraConfigure", at, 5, secondTicks, 9, now + 99);
      s.call("gcraTryAcquire", at, 2, now + 123);
    }
    for (const weight of [-1, 0, 2 ** 40]) s.call("gcraTryAcquire", at, weight, 0);
    s.call("gcraInit", at, 0, 1, 1, 1);
  },
};

const keyed: ConformanceCase = {
  name: "keyed",
  write(s) {
    const at = s.structure("keyedSize", 24);
    const key = s.block(64);
    const told = s.block(16);
    s.call("keyedInit", at, 24, 3, secondTicks, 2, 0x0706050403020100n, 0x0f0e0d0c0b0a0908n);
    let now = secondTicks;
    for (let step = 0; step < 70; step++) {
      const name = `client-${s.below(40)}`.padEnd(8 + s.below(3) * 7, "~");
      s.write(key, new TextEncoder().encode(name.padEnd(24, "\0")));
      now += s.below(secondTicks / 20);
      const length = name.length;
      switch (s.below(8)) {
        case 0:
          s.call("keyedForget", at, key, length);
          break;
        case 1:
          s.call("keyedRefund", at, key, length, 1, now);
          break;
        case 2:
          s.call("keyedPeek", at, key, length, 2, now);
          break;
        case 3:
          s.call("keyedCheck", at, key, length, 1, now, told);
          break;
        default:
          s.call("keyedTryAcquire", at, key, length, 1 + s.below(2), now);
      }
      s.call("keyedRemaining", at, key, length, now);
      s.call("keyedResetAfter", at, key, length, now);
    }
    s.call("keyedAbsorb", at, key, 16);
    s.call("keyedTryAcquire", at, key + 16, 5, 1, now);
    const buckets = Number(s.call("keyedRead", at, 2));
    const head = s.snapshot("keyedSaveHead", at);
    const entries = s.block(64 * buckets);
    const written = Number(s.call("keyedSave", at, 0, buckets, entries, now));
    s.foldMemory(entries, written);
    s.call("keyedLoadHead", at, head);
    s.call("keyedLoad", at, entries, written / 16, now + 5_000);
    s.call("keyedPeek", at, key, 8, 1, now + 5_000);
    s.call("keyedRead", at, 0);
    s.call("keyedRead", at, 1);
  },
};

/** Keys of 3 to 10 bytes, six at a time, some twice among them, and more of them than places. */
const keyedBatches: ConformanceCase = {
  name: "keyedMany",
  write(s) {
    const at = s.structure("keyedSize", 8);
    const texts = s.block(72);
    const ends = s.block(32);
    const out = s.block(48);
    s.call("keyedInit", at, 8, 3, secondTicks, 2, 0x0706050403020100n, 0x0f0e0d0c0b0a0908n);
    let now = secondTicks;
    for (let step = 0; step < 12; step++) {
      const names = Array.from({ length: 6 }, () => `k${s.below(14)}`.padEnd(3 + s.below(2) * 7, "~"));
      const until = names.map((_, i) => names.slice(0, i).join("").length);
      s.write(texts, new TextEncoder().encode(names.join("").padEnd(64, "\0")));
      s.write(ends, new Uint8Array(Uint32Array.of(...until, names.join("").length).buffer));
      now += s.below(secondTicks / 4);
      s.call("keyedTryAcquireMany", at, texts, ends, 6, 1 + s.below(2), now, out);
      s.foldMemory(out, 48);
      s.call("keyedResetAfter", at, texts, names[0]!.length, now);
    }
    s.call("keyedRead", at, 0);
    s.call("keyedRead", at, 1);
  },
};

const semaphore: ConformanceCase = {
  name: "semaphore",
  write(s) {
    const at = s.structure("semaphoreSize");
    s.call("semaphoreInit", at, 3);
    for (let step = 0; step < 60; step++) {
      if (step === 30) s.call("semaphoreResize", at, 1);
      s.call(s.below(2) === 0 ? "semaphoreTryAcquire" : "semaphoreRelease", at);
      s.call("semaphoreInUse", at);
    }
  },
};

export const limiterCases = [gcra, keyed, semaphore];
/** The draws of a case depend on how many stand before it, so what came later stands last and changes no digest. */
export const laterLimiterCases = [keyedBatches];
