/** The minimal module beside the embedded one, over one memory: equal answers and equal bytes; and what it is made of. */

import { readFileSync } from "node:fs";
import binaryen from "binaryen";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { BreakerVectors, LimiterVectors } from "../twins/generate.js";
import type { SamplingVectors } from "../twins/vectors/sampling.js";
import { signatures } from "./abi.js";
import { openBuild, wasmOf } from "./builds.js";
import { sectionsOf } from "./sections.js";

type Functions = Readonly<Record<string, (...args: (number | bigint)[]) => number | bigint>>;

const bytes = new Uint8Array(readFileSync(new URL("../../dist/wasm/minimal.wasm", import.meta.url)));
const modules = [wasmOf("embedded"), bytes].map((each) => new WebAssembly.Module(each));
const exported = ["breakerSettle", "breakerTryAcquire", "gcraTryAcquire", "jumpHash", "samplingDecide"];

/** Both modules over one memory of one page; blocks are made by the embedded one, one for each. */
function pair() {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
  const [full, minimal] = modules.map(
    (module) => new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as Functions,
  ) as [Functions, Functions];
  const at = [1_024, 2_048] as const;
  const both = (name: string, ...args: (number | bigint)[]): number | bigint => {
    const expected = full[name]!(at[0], ...args);
    expect([name, args, minimal[name]!(at[1], ...args)]).toEqual([name, args, expected]);
    return expected;
  };
  return {
    full,
    minimal,
    /** Makes both blocks; the status of `init`. */
    init: (name: string, ...args: (number | bigint)[]) => at.map((each) => full[name]!(each, ...args))[0],
    both,
    same: (length: number) =>
      expect(new Uint8Array(memory.buffer, at[1], length)).toEqual(new Uint8Array(memory.buffer, at[0], length)),
  };
}

const ticks = (us: number): bigint => BigInt(us) * 1_024n;

describe("what it is made of", () => {
  test("at most 1,000 bytes, its memory and five functions", () => {
    const sections = sectionsOf(bytes);
    expect(bytes.length).toBeLessThanOrEqual(1_000);
    expect(sections.imports).toEqual([{ module: "env", name: "memory", kind: "memory" }]);
    expect(sections.exports.map(({ name }) => name).sort()).toEqual(exported);
    for (const absent of ["data", "global", "table", "element", "start"])
      expect(sections.counts[absent]).toBeUndefined();
  });

  test("MVP instructions and no floating point, with the signatures of the C face", () => {
    const module = binaryen.readBinary(bytes);
    module.setFeatures(binaryen.Features.MVP);
    expect(module.validate()).toBe(1);
    expect(module.emitText()).not.toMatch(/f(32|64)\b/);
    for (const name of exported) {
      const { parameters } = signatures.find((each) => each.name === name)!;
      const { value } = binaryen.getExportInfo(module.getExport(name));
      const { params } = binaryen.getFunctionInfo(module.getFunction(value));
      const wide = parameters.map(({ kind }) =>
        ["whole", "ticks", "moment"].includes(kind) ? binaryen.i64 : binaryen.i32,
      );
      expect([name, ...binaryen.expandType(params)]).toEqual([name, ...wide]);
    }
    module.dispose();
  });
});

describe("the bucket", () => {
  test("answers as the embedded build and leaves the same bytes", () => {
    const rate = fc.record({
      limit: fc.integer({ min: 1, max: 3_000_000 }),
      periodUs: fc.constantFrom(1, 1_000, 1_000_000, 60_000_000),
      burst: fc.integer({ min: 1, max: 100 }),
      empty: fc.nat(100),
    });
    const steps = fc.array(
      fc.tuple(
        fc.integer({ min: -1, max: 120 }),
        fc.oneof(fc.integer({ min: 1_024, max: 2_000_000 }), fc.constantFrom(1_024, 2 ** 40, 2 ** 50)),
      ),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(rate, steps, ({ limit, periodUs, burst, empty }, calls) => {
        const { init, both, same } = pair();
        const initial = BigInt(Math.max(0, burst - empty));
        fc.pre(init("gcraInit", BigInt(limit), ticks(periodUs), BigInt(burst), initial) === 0);
        for (const [weight, nowTicks] of calls) {
          both("gcraTryAcquire", BigInt(weight), BigInt(nowTicks));
          same(56);
        }
      }),
    );
  });

  test("limiter.json", () => {
    const { cases } = JSON.parse(
      readFileSync(new URL("../vectors/limiter.json", import.meta.url), "utf8"),
    ) as LimiterVectors;
    for (const { rate, steps } of cases) {
      const { init, both } = pair();
      const burst = BigInt(rate.burst);
      expect(init("gcraInit", BigInt(rate.limit), ticks(rate.periodUs), burst, burst)).toBe(0);
      for (const [nowUs, weight, waitUs] of steps) {
        const wait = Number(both("gcraTryAcquire", BigInt(weight), ticks(nowUs)));
        expect(wait).toBe(waitUs < 0 ? -1 : waitUs * 1_024);
      }
    }
  });
});

/** The embedded build's `breakerInit` for a breaker that the minimal module knows. */
const breakerOptions = (size: number, maxWaitUs: number, openUs: number): (number | bigint)[] => [
  0,
  size,
  0n,
  0,
  0,
  0n,
  1,
  1,
  1,
  ticks(maxWaitUs),
  ticks(openUs),
  ticks(openUs),
  65_536,
  0,
  7,
];

describe("the breaker", () => {
  test("answers as the embedded build and leaves the same bytes", () => {
    const steps = fc.array(
      fc.record({
        acquire: fc.boolean(),
        which: fc.nat(5),
        outcome: fc.constantFrom(0, 1, 1, 1, 2),
        passUs: fc.oneof(fc.nat(40), fc.constantFrom(0, 100, -50, -2_000_000)),
        timed: fc.integer({ min: 0, max: 5 }).map((n) => n > 0),
      }),
      { maxLength: 80 },
    );
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 150 }),
        fc.nat(100),
        steps,
        (size, maxWait, open, calls) => {
          const { init, both, same } = pair();
          expect(init("breakerInit", ...breakerOptions(size, maxWait, open))).toBe(0);
          let nowUs = 5_000_000;
          const permits: number[] = [];
          for (const { acquire, which, outcome, passUs, timed } of calls) {
            nowUs = Math.max(0, nowUs + passUs);
            if (acquire || permits.length === 0) {
              const permit = Number(both("breakerTryAcquire", ticks(nowUs)));
              if (permit >= 0) permits.push(permit);
            } else {
              const at = which % permits.length;
              const flags = Number(both("breakerSettle", permits[at]!, outcome, -1n, timed ? ticks(nowUs) : -1n));
              // Who was asked for the time settles again with it; all others have settled.
              if (flags !== -1) permits.splice(at, 1);
            }
            same(192);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  test("the cases of breaker.json that it knows", () => {
    const { cases } = JSON.parse(
      readFileSync(new URL("../vectors/breaker.json", import.meta.url), "utf8"),
    ) as BreakerVectors;
    const known = cases.filter(
      ({ options: o }) =>
        o.kind === "consecutive" && o.permits === 1 && o.successes === 1 && o.openFactor === 1 && o.openJitter === 0,
    );
    for (const { options: o, steps } of known) {
      const { init, both } = pair();
      expect(init("breakerInit", ...breakerOptions(o.size, o.maxWaitUs, o.openUs))).toBe(0);
      const permits: number[] = [];
      for (const step of steps) {
        if (step[0] === "acquire") permits.push(Number(both("breakerTryAcquire", ticks(step[1]))));
        else if (step[0] === "settle")
          both("breakerSettle", permits[step[2]]!, step[3], ticks(step[4]), ticks(step[1]));
      }
    }
  });
});

describe("the jump hash and the sampler", () => {
  const { full, minimal } = pair();

  test("place keys as the builds with floating point do, to the last bucket", () => {
    const server = openBuild("server", 1).x;
    const word = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const buckets = fc.oneof(
      fc.nat(2_000),
      fc.integer({ min: 0, max: 2 ** 31 - 1 }),
      fc.constantFrom(0, 1, 2 ** 31 - 1, -1),
    );
    fc.assert(
      fc.property(word, word, buckets, (low, high, count) => {
        expect(minimal["jumpHash"]!(low, high, count)).toBe(server.jumpHash(low, high, count));
      }),
      { numRuns: 3_000 },
    );
  });

  /**
   * A key whose second jump goes from bucket `odd` - 1 by the factor 2^31 / (`odd` * 2^20), which is 2^11 but for roundings: its
   * generator is run backwards from states that draw this factor until one lies behind a first jump to that bucket.
   */
  function keyOf(odd: number): readonly [low: number, high: number] {
    const mask = 2n ** 64n - 1n;
    const factor = 2_862_933_555_777_941_757n;
    // Newton's iteration: an odd number is its own inverse in the lowest 3 bits, and each step doubles how many are right.
    let inverted = factor;
    for (let step = 0; step < 5; step++) inverted = (inverted * (2n - factor * inverted)) & mask;
    for (let low = 1n; ; low += 12_345n) {
      const second = ((BigInt(odd) * 2n ** 20n - 1n) << 33n) | low;
      const first = ((second - 1n) * inverted) & mask;
      if (2n ** 31n / ((first >> 33n) + 1n) !== BigInt(odd - 1)) continue;
      const key = ((first - 1n) * inverted) & mask;
      return [Number(key & 0xffff_ffffn) | 0, Number(key >> 32n) | 0];
    }
  }

  test("place keys alike where a rounding decides between two buckets", () => {
    const server = openBuild("server", 1).x;
    for (let odd = 3; odd < 64; odd += 2) {
      const key = keyOf(odd);
      for (const count of [2_047, 2_048, 2_049, 2 ** 31 - 1]) {
        expect([odd, count, minimal["jumpHash"]!(...key, count)]).toEqual([odd, count, server.jumpHash(...key, count)]);
      }
    }
  });

  test("decide as the embedded build and sampling.json", () => {
    const { decisions } = JSON.parse(
      readFileSync(new URL("../vectors/sampling.json", import.meta.url), "utf8"),
    ) as SamplingVectors;
    const halves = (text: string): number[] => [
      Number.parseInt(text.slice(6), 16),
      Number.parseInt(text.slice(0, 6), 16),
    ];
    for (const [randomness, threshold, kept] of decisions) {
      const args = [...halves(randomness), ...halves(threshold)];
      expect(minimal["samplingDecide"]!(...args) === 1).toBe(kept);
      expect(full["samplingDecide"]!(...args) === 1).toBe(kept);
    }
  });
});
