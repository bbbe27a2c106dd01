import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  disposable,
  dispose,
  Emitter,
  entropySeed,
  formatDuration,
  parseDuration,
  seeded,
  systemRandom,
} from "../../ts/kernel/index.js";

describe("durations", () => {
  it.each([
    ["250ms", 250],
    ["1.5s", 1_500],
    ["1m30s", 90_000],
    ["10us", 0.01],
    ["2h", 7_200_000],
    ["7d", 604_800_000],
  ])("parses %s", (text, ms) => expect(parseDuration(text)).toBeCloseTo(ms, 9));

  it.each(["", "5", "ms", "-1s", "1 s", "1s ", "1s2", "1e3s", "366d", "infinity"])("refuses %j", (text) => {
    expect(() => parseDuration(text)).toThrow(expect.objectContaining({ code: "INVALID_DURATION" }));
  });

  it("reads back what it writes, for whole milliseconds below a minute and whole seconds above", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 59_999 }), fc.integer({ min: 60, max: 9_000_000 }), (ms, seconds) => {
        expect(parseDuration(formatDuration(ms))).toBeCloseTo(ms, 6);
        expect(parseDuration(formatDuration(seconds * 1_000))).toBe(seconds * 1_000);
      }),
    );
  });
});

describe("random", () => {
  it("is xoshiro128++: its state machine against a plain twin with big integers", () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const source = seeded(seed);
        const twin = plainXoshiro(seed);
        for (let draw = 0; draw < 20; draw++) expect(source.uint32()).toBe(twin());
      }),
    );
  });

  it("draws numbers in [0, 1) whose mean is a half", () => {
    const source = seeded(7);
    let [sum, least, most] = [0, 1, 0];
    for (let draw = 0; draw < 100_000; draw++) {
      const value = source.next();
      [sum, least, most] = [sum + value, Math.min(least, value), Math.max(most, value)];
    }
    expect(least).toBeGreaterThanOrEqual(0);
    expect(most).toBeLessThan(1);
    expect(sum / 100_000).toBeCloseTo(0.5, 2);
  });

  it("has a source of its own that differs from seed to seed", () => {
    expect(systemRandom.uint32()).not.toBe(systemRandom.uint32());
    expect(systemRandom.next()).toBeLessThan(1);
    expect(entropySeed()).not.toBe(entropySeed());
  });
});

/** The published algorithm, word for word, over big integers. */
function plainXoshiro(seed: number): () => number {
  const mask = 0xffffffffn;
  const rotl = (x: bigint, k: bigint) => ((x << k) | (x >> (32n - k))) & mask;
  const state: bigint[] = [];
  let weyl = BigInt.asUintN(32, BigInt(seed));
  for (let word = 0; word < 4; word++) {
    weyl = (weyl + 0x9e3779b9n) & mask;
    let z = weyl;
    z = ((z ^ (z >> 16n)) * 0x85ebca6bn) & mask;
    z = ((z ^ (z >> 13n)) * 0xc2b2ae35n) & mask;
    state.push(z ^ (z >> 16n));
  }
  return () => {
    const [s0, s1, s2, s3] = state as [bigint, bigint, bigint, bigint];
    const result = (rotl((s0 + s3) & mask, 7n) + s0) & mask;
    const t = (s1 << 9n) & mask;
    let [n0, n1, n2, n3] = [s0, s1, s2 ^ s0, s3 ^ s1];
    n1 ^= n2;
    n0 ^= n3;
    n2 ^= t;
    n3 = rotl(n3, 11n);
    state.splice(0, 4, n0, n1, n2, n3);
    return Number(result);
  };
}

describe("events", () => {
  interface Events {
    ping: number;
  }

  it("reach every listener until it is disposed, also when listeners come and go meanwhile", () => {
    const emitter = new Emitter<Events>();
    const seen: string[] = [];
    const first = emitter.on("ping", (n) => {
      seen.push(`first ${n}`);
      first[dispose]();
      emitter.on("ping", () => seen.push("late"));
    });
    emitter.on("ping", (n) => seen.push(`second ${n}`));
    emitter.emit("ping", 1);
    emitter.emit("ping", 2);
    expect(seen).toEqual(["first 1", "second 1", "second 2", "late"]);
  });

  it("say whether anybody listens", () => {
    const emitter = new Emitter<Events>();
    expect(emitter.has("ping")).toBe(false);
    const subscription = emitter.on("ping", () => {});
    expect(emitter.has("ping")).toBe(true);
    subscription[dispose]();
    expect(emitter.has("ping")).toBe(false);
  });

  it("go on past a listener that throws; its error is reported by the host, not lost", async () => {
    const emitter = new Emitter<Events>();
    const seen: number[] = [];
    const reported = new Promise((resolve) => {
      const before = process.listeners("uncaughtException");
      process.removeAllListeners("uncaughtException");
      process.once("uncaughtException", (error) => {
        for (const listener of before) process.on("uncaughtException", listener);
        resolve(error);
      });
    });
    emitter.on("ping", () => {
      throw new Error("listener");
    });
    emitter.on("ping", (n) => seen.push(n));
    emitter.emit("ping", 3);
    expect(seen).toEqual([3]);
    expect(await reported).toEqual(new Error("listener"));
  });
});

it("a disposable releases once", () => {
  let released = 0;
  const handle = disposable(() => released++);
  handle[dispose]();
  handle[dispose]();
  expect(released).toBe(1);
});
