/** dist/holdfast.h: that it tells every function of the embedded module, and that its named numbers are those of the core. */

import { describe, expect, test } from "vitest";
import { embeddedSignatures, functionName, headerText } from "../../scripts/build/header.mjs";
import { constantsOf } from "../../scripts/lib/abi.mjs";
import { openBuild, wasmOf } from "./builds.js";

const bytes = wasmOf("embedded");
const header = headerText(bytes);

describe("the header", () => {
  test("has every function of the embedded module, with a comment", () => {
    const exported = WebAssembly.Module.exports(new WebAssembly.Module(bytes)).map(({ name }) => name);
    expect(
      embeddedSignatures(bytes)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(exported.sort());
    for (const name of exported) {
      expect(header).toMatch(new RegExp(` ${functionName(name)}\\(hf_core_t \\*core`));
      expect(header, `the comment of ${name}`).toContain(`\n/**\n * ${name}\n * `);
    }
  });

  test("says what a function takes and gives in the types of the ABI, and what it does in the words of the source", () => {
    expect(header).toContain(`/**
 * breakerTryAcquire
 * Asks for a permit at \`now\`: a token from 0 to 2^30 - 1, or -1 refused.
 */
uint32_t HF_WASM2C(breakerTryAcquire)(hf_core_t *, uint32_t, uint64_t);
#define hf_breaker_try_acquire hf_breaker_try_acquire
static inline int32_t hf_breaker_try_acquire(hf_core_t *core, hf_address_t at, hf_ticks_t now) {
  return (int32_t)HF_WASM2C(breakerTryAcquire)(core, (uint32_t)at, (uint64_t)now);
}
`);
  });

  test("knows the size of structures that have one", () => {
    expect(header).toContain("#define HF_GCRA_BYTES 64u\n");
  });
});

/** The named numbers, by the names that `assembly/abi/` gives them. */
const named = Object.fromEntries(constantsOf().map(({ name, values }) => [name, values])) as Record<
  string,
  Record<string, number>
>;

describe("the header's named numbers are the core's", () => {
  const { x, alloc, bytes: view } = openBuild("embedded");
  const at = alloc(2_048);
  const second = 1e6;

  function breaker(kind = named["breakerKind"]!["consecutive"]!): void {
    expect(x.breakerInit(at, kind, 4, 1_000, 0.5, 0, 0, 1, 1, 1, second, second, second, 1, 0, 1)).toBe(
      named["status"]!["ok"],
    );
  }

  test("kinds of breakers", () => {
    const { consecutive, count, time } = named["breakerKind"]!;
    expect([consecutive!, count!, time!].map((kind) => x.breakerSize(kind, 4))).toEqual([192, 200, 256]);
  });

  test("states, permits, outcomes and flags of a breaker", () => {
    const state = named["breakerState"]!;
    const outcome = named["breakerOutcome"]!;
    const settled = named["breakerSettled"]!;
    const permit = named["breakerPermit"]!;
    breaker(named["breakerKind"]!["count"]);
    const stale = x.breakerTryAcquire(at, 0);
    expect(x.breakerSettle(at, x.breakerTryAcquire(at, 0), outcome["neither"]!, 0, 0)).toBe(0);
    expect(x.breakerState(at, 0)).toBe(state["closed"]);
    const failing = x.breakerTryAcquire(at, 0);
    expect(x.breakerSettle(at, failing, outcome["failure"]!, 0, Number.NaN)).toBe(settled["needsTime"]);
    expect(x.breakerSettle(at, failing, outcome["failure"]!, 0, 0)).toBe(settled["changed"]);
    expect(x.breakerState(at, 0)).toBe(state["open"]);
    expect(x.breakerSettle(at, stale, outcome["success"]!, 0, 0)).toBe(settled["dropped"]);
    expect(x.breakerTryAcquire(at, 0)).toBe(permit["refused"]);
    expect(x.breakerAcquireClosed(at)).toBe(permit["askWithTime"]);
    expect(x.breakerState(at, second)).toBe(state["halfOpen"]);
    for (const name of ["forcedOpen", "disabled", "closed"]) {
      x.breakerForce(at, state[name]!, second);
      expect(x.breakerState(at, second)).toBe(state[name]);
    }
  });

  test("readings of a breaker", () => {
    breaker(named["breakerKind"]!["count"]);
    const { calls, failures, slow, probes, goodProbes, generation } = named["breakerReading"]!;
    x.breakerSettle(at, x.breakerTryAcquire(at, 0), 0, 0, 0);
    x.breakerSettle(at, x.breakerTryAcquire(at, 0), 0, 0, 0);
    x.breakerSettle(at, x.breakerTryAcquire(at, 0), 0, 0, 0);
    const read = () =>
      [calls!, failures!, slow!, probes!, goodProbes!, generation!].map((what) => x.breakerRead(at, what, second));
    expect(read()).toEqual([3, 0, 0, 0, 0, 0]);
    x.breakerForce(at, named["breakerState"]!["closed"]!, 0);
    expect(read()).toEqual([0, 0, 0, 0, 0, 1]);
  });

  test("why something was not made or loaded", () => {
    const loaded = named["loaded"]!;
    const to = at + 64;
    expect(x.gcraInit(at, 0, second, 10, 10)).toBe(named["status"]!["outOfRange"]);
    x.gcraInit(at, 10, second, 10, 10);
    x.gcraSave(at, to, 0);
    expect(x.gcraLoad(at, to, 0)).toBe(loaded["ok"]);
    view(to + 40, 1)[0]! ^= 1;
    expect(x.gcraLoad(at, to, 0)).toBe(loaded["damaged"]);
    view(to + 8, 1)[0]! ^= 1;
    expect(x.gcraLoad(at, to, 0)).toBe(loaded["otherConfiguration"]);
    view(to, 1)[0]! ^= 1;
    expect(x.gcraLoad(at, to, 0)).toBe(loaded["notASnapshot"]);
  });

  test("kinds and jitters of backoff", () => {
    const delay = (kind: string, jitter: string, attempt: number) => {
      x.backoffInit(at, named["backoffKind"]![kind]!, named["backoffJitter"]![jitter]!, 1_000, second, 2, 7);
      return x.backoffNext(at, attempt, 0);
    };
    const kinds = ["constant", "linear", "exponential", "fibonacci"];
    expect(kinds.map((kind) => delay(kind, "none", 4))).toEqual([1_000, 4_000, 8_000, 3_000]);
    expect(delay("constant", "full", 1)).toBeLessThan(1_000);
    expect(delay("constant", "equal", 1)).toBeGreaterThanOrEqual(500);
    expect(delay("constant", "decorrelated", 1)).toBeGreaterThan(1_000);
  });

  test("readings of a histogram and of a keyed limiter", () => {
    x.histogramInit(at, 3, 1_000);
    x.histogramRecord(at, 5);
    x.histogramRecord(at, 7);
    const { count, sum, least, most } = named["histogramReading"]!;
    expect([count!, sum!, least!, most!].map((what) => x.histogramRead(at, what))).toEqual([2, 12, 5, 7]);
    x.keyedInit(at, 8, 1, second, 1, 1, 2, 3, 4);
    view(at + 1_024, 8).fill(1);
    x.keyedTryAcquire(at, at + 1_024, 8, 1, 0);
    const { stored, evicted, buckets } = named["keyedReading"]!;
    expect([stored!, evicted!].map((what) => x.keyedRead(at, what))).toEqual([1, 0]);
    expect(x.keyedRead(at, buckets!)).toBeGreaterThan(1);
  });
});
