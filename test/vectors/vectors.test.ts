/** The committed vectors, on every build; and that they are what the twins generate. */

import { readFileSync, writeFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { seeded } from "../../ts/kernel/index.js";
import { buildNames, openBuild } from "../assembly/builds.js";
import {
  type BackoffVectors,
  type BreakerVectors,
  type BudgetVectors,
  type HistogramVectors,
  type LimiterVectors,
  type RandomVectors,
  type SipHashVectors,
  vectorFiles,
} from "../twins/generate.js";

const here = (name: string): URL => new URL(name, import.meta.url);

/** One step a line: a change to a vector file is readable. */
const written = (data: object): string =>
  `${JSON.stringify(data, undefined, 1).replace(/\[\s+((?:[^[\]{}]|\n)*?)\s+\]/g, (_, inner: string) => `[${inner.replace(/\s*\n\s*/g, " ")}]`)}\n`;

const read = <T>(name: string): T => JSON.parse(readFileSync(here(name), "utf8")) as T;

describe.each(Object.entries(vectorFiles))("%s", (name, generate) => {
  test("is what the twins generate", () => {
    const text = written(generate());
    if (process.env["HOLDFAST_WRITE_VECTORS"] === "1") writeFileSync(here(name), text);
    expect(readFileSync(here(name), "utf8")).toBe(text);
  });
});

test("random.json on the kernel's generator", () => {
  for (const { seed, outputs } of read<RandomVectors>("random.json").seeds) {
    const random = seeded(seed);
    expect(outputs.map(() => random.uint32())).toEqual(outputs);
  }
});

describe.each(buildNames)("%s", (name) => {
  test("random.json", () => {
    const { x, alloc, memory } = openBuild(name, 1);
    const at = alloc(x.backoffSize());
    const { reference, seeds } = read<RandomVectors>("random.json");
    // Full jitter of 2^32 ticks is the 32 random bits themselves.
    const outputs = (count: number): number[] => Array.from({ length: count }, () => x.backoffNext(at, 1, 0) * 1024);
    for (const { seed, outputs: expected } of seeds) {
      x.backoffInit(at, 0, 1, 2 ** 22, 2 ** 22, 1, seed);
      expect(outputs(expected.length)).toEqual(expected);
    }
    new Uint32Array(memory.buffer, at + 40, 4).set(reference.state);
    expect(outputs(reference.outputs.length)).toEqual(reference.outputs);
  });

  test("siphash.json", () => {
    const { k0, k1, hashes } = read<SipHashVectors>("siphash.json");
    const words = [k0, k1].flatMap((hex) => [Number.parseInt(hex.slice(8), 16), Number.parseInt(hex.slice(0, 8), 16)]);
    for (const [length, expected] of hashes.entries()) {
      const { x, alloc, bytes, memory } = openBuild(name, 1);
      const [at, key, to] = [alloc(x.keyedSize(1)), alloc(80), alloc(256)];
      x.keyedInit(at, 1, 1, 1_000_000, 1, words[0]!, words[1]!, words[2]!, words[3]!);
      bytes(key, length).set(Uint8Array.from({ length }, (_, i) => (i * 37 + length) & 255));
      x.keyedTryAcquire(at, key, length, 1, 0);
      expect(x.keyedSave(at, 0, x.keyedRead(at, 2), to, 0)).toBe(16);
      expect(new DataView(memory.buffer).getBigUint64(to, true).toString(16).padStart(16, "0")).toBe(expected);
    }
  });

  test("limiter.json", () => {
    for (const { rate, steps } of read<LimiterVectors>("limiter.json").cases) {
      const { x, alloc } = openBuild(name, 1);
      const at = alloc(x.gcraSize());
      expect(x.gcraInit(at, rate.limit, rate.periodUs, rate.burst, rate.burst)).toBe(0);
      for (const [nowUs, weight, waitUs, remaining] of steps) {
        const got = x.gcraTryAcquire(at, weight, nowUs);
        expect([nowUs, weight, got === Number.POSITIVE_INFINITY ? -1 : got, x.gcraRemaining(at, nowUs)]).toEqual([
          nowUs,
          weight,
          waitUs,
          remaining,
        ]);
      }
    }
  });

  test("breaker.json", () => {
    const kinds = ["consecutive", "count", "time"];
    for (const { options: o, steps } of read<BreakerVectors>("breaker.json").cases) {
      const { x, alloc } = openBuild(name, 1);
      const kind = kinds.indexOf(o.kind);
      const at = alloc(x.breakerSize(kind, o.size));
      const status = x.breakerInit(
        at,
        kind,
        o.size,
        o.sliceUs,
        o.failureRate,
        o.slowRate,
        o.slowAfterUs,
        o.minimumCalls,
        o.permits,
        o.successes,
        o.maxWaitUs,
        o.openUs,
        o.openMostUs,
        o.openFactor,
        o.openJitter,
        o.seed,
      );
      expect(status).toBe(0);
      const permits: number[] = [];
      for (const step of steps) {
        if (step[0] === "acquire") {
          const permit = x.breakerTryAcquire(at, step[1]);
          permits.push(permit);
          expect(["acquire", step[1], permit >= 0]).toEqual(step);
        } else if (step[0] === "settle") {
          const [, nowUs, call, outcome, spanUs] = step;
          const flags = x.breakerSettle(at, permits[call]!, outcome, spanUs, nowUs);
          expect(["settle", nowUs, call, outcome, spanUs, flags]).toEqual(step);
        } else if (step[0] === "look") {
          const state = x.breakerState(at, step[1]);
          const readings = [0, 1, 2].map((what) => x.breakerRead(at, what, step[1]));
          const waitUs = x.breakerRetryAfter(at, step[1]);
          const told = waitUs === Number.POSITIVE_INFINITY ? -1 : waitUs;
          expect(["look", step[1], state, ...readings, told]).toEqual(step);
        } else x.breakerForce(at, step[2], step[1]);
      }
    }
  });

  test("backoff.json", () => {
    const kinds = ["constant", "linear", "exponential", "fibonacci"];
    const jitters = ["none", "full", "equal", "decorrelated"];
    for (const o of read<BackoffVectors>("backoff.json").cases) {
      const { x, alloc } = openBuild(name, 1);
      const at = alloc(x.backoffSize());
      x.backoffInit(at, kinds.indexOf(o.kind), jitters.indexOf(o.jitter), o.baseUs, o.mostUs, o.factor, o.seed);
      const got = o.steps.map(([attempt, previousUs]) => [attempt, previousUs, x.backoffNext(at, attempt, previousUs)]);
      expect(got).toEqual(o.steps);
    }
  });

  test("budget.json", () => {
    for (const { withdrawal, reserve, ttlUs, steps } of read<BudgetVectors>("budget.json").cases) {
      const { x, alloc } = openBuild(name, 1);
      const at = alloc(x.budgetSize());
      x.budgetInit(at, 1_000, withdrawal, reserve, ttlUs);
      for (const step of steps) {
        if (step[0] === "deposit") x.budgetDeposit(at, step[1]);
        else if (step[0] === "withdraw") expect(x.budgetTryWithdraw(at, step[1]) === 1).toBe(step[2]);
        else expect(x.budgetBalance(at, step[1])).toBe(step[2]);
      }
    }
  });

  test("histogram.json", () => {
    for (const { bits, mostUs, values, sumUs, quantiles } of read<HistogramVectors>("histogram.json").cases) {
      const { x, alloc } = openBuild(name, 4);
      const at = alloc(x.histogramSize(bits, mostUs));
      x.histogramInit(at, bits, mostUs);
      for (const value of values) x.histogramRecord(at, value);
      expect(x.histogramRead(at, 1)).toBe(sumUs);
      for (const [share, valueUs] of quantiles) expect(x.histogramQuantile(at, share)).toBe(valueUs);
    }
  });
});
