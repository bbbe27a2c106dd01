/**
 * Every build of the core under one face, the one for JavaScript hosts. The embedded build speaks whole numbers (BigInt in
 * JavaScript); here its arguments and results are converted by the rules of `assembly/math/ticks.ts`, so that a test runs on all.
 */

import { readFileSync } from "node:fs";
import type { CoreExports } from "../../bindings/index.js";

export const buildNames = ["server", "browser", "edge", "embedded"] as const;
export type BuildName = (typeof buildNames)[number];

const root = new URL("../../", import.meta.url);

/** The bytes of a built module. */
export function wasmOf(name: BuildName): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`dist/wasm/${name}.wasm`, root)));
}

/** A build over a memory of its own, with an arena in it. */
export interface Build {
  readonly name: BuildName;
  readonly x: CoreExports;
  readonly memory: WebAssembly.Memory;
  /** Takes a block and fails the test where there is none. */
  alloc(bytes: number): number;
  bytes(at: number, length: number): Uint8Array;
}

const ticksMax = 2n ** 62n;

/** As `ticksFromUs`: to the nearest, half to even. */
export function ticksFromUs(us: number): bigint {
  const ticks = us * 1024;
  if (!(ticks > 0)) return 0n;
  if (ticks >= 2 ** 62) return ticksMax;
  const down = Math.floor(ticks);
  const rest = ticks - down;
  return BigInt(rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down);
}

const usFromTicks = (ticks: bigint): number => Number(ticks) / 1024;
const waitUs = (ticks: bigint): number => (ticks < 0n ? Number.POSITIVE_INFINITY : usFromTicks(ticks));

const whole = (value: number): bigint => {
  if (!(value >= 0)) return -1n;
  return value >= 2 ** 53 ? 2n ** 53n : BigInt(Math.ceil(value));
};

const parts = (value: number, of: number): number => {
  const scaled = value * of;
  if (!(scaled > 0)) return 0;
  if (scaled >= 2 ** 32 - 1) return 2 ** 32 - 1;
  const down = Math.floor(scaled);
  const rest = scaled - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
};

const instant = (us: number): bigint => (Number.isNaN(us) ? -1n : ticksFromUs(us));
const long = (low: number, high: number): bigint => BigInt.asIntN(64, BigInt(low >>> 0) | (BigInt(high >>> 0) << 32n));

// biome-ignore lint/suspicious/noExplicitAny: the raw exports of the embedded build have no types of their own
function floatFace(e: any): CoreExports {
  const t = ticksFromUs;
  return {
    ...e,
    gcraInit: (at, limit, period, burst, initial) =>
      e.gcraInit(at, whole(limit), t(period), whole(burst), whole(initial)),
    gcraTryAcquire: (at, weight, now) => waitUs(e.gcraTryAcquire(at, whole(weight), t(now))),
    gcraPeek: (at, weight, now) => waitUs(e.gcraPeek(at, whole(weight), t(now))),
    gcraRemaining: (at, now) => Number(e.gcraRemaining(at, t(now))),
    gcraResetAfter: (at, now) => usFromTicks(e.gcraResetAfter(at, t(now))),
    gcraRefund: (at, weight, now) => e.gcraRefund(at, whole(weight), t(now)),
    gcraReserve: (at, weight, now, patience) => waitUs(e.gcraReserve(at, whole(weight), t(now), t(patience))),
    gcraCancelReservation: (at, weight, due, now) => e.gcraCancelReservation(at, whole(weight), t(due), t(now)),
    gcraConfigure: (at, limit, period, burst, now) =>
      e.gcraConfigure(at, whole(limit), t(period), whole(burst), t(now)),
    gcraSave: (at, to, now) => e.gcraSave(at, to, t(now)),
    gcraLoad: (at, from, now) => e.gcraLoad(at, from, t(now)),
    breakerInit: (
      at,
      kind,
      size,
      slice,
      failure,
      slow,
      after,
      minimum,
      permits,
      good,
      wait,
      open,
      most,
      factor,
      jitter,
      seed,
    ) =>
      e.breakerInit(
        at,
        kind,
        size,
        t(slice),
        parts(failure, 1e6),
        parts(slow, 1e6),
        t(after),
        minimum,
        permits,
        good,
        t(wait),
        t(open),
        t(most),
        parts(factor, 65536),
        parts(jitter, 65536),
        seed,
      ),
    breakerTryAcquire: (at, now) => e.breakerTryAcquire(at, t(now)),
    breakerSettle: (at, permit, outcome, span, now) =>
      e.breakerSettle(at, permit, outcome, instant(span), instant(now)),
    breakerState: (at, now) => e.breakerState(at, t(now)),
    breakerRead: (at, what, now) => e.breakerRead(at, what, t(now)),
    breakerRetryAfter: (at, now) => waitUs(e.breakerRetryAfter(at, t(now))),
    breakerOpenFor: (at, span, now) => e.breakerOpenFor(at, t(span), t(now)),
    breakerForce: (at, state, now) => e.breakerForce(at, state, t(now)),
    breakerSave: (at, to, now) => e.breakerSave(at, to, t(now)),
    breakerLoad: (at, from, now) => e.breakerLoad(at, from, t(now)),
    backoffInit: (at, kind, jitter, base, most, factor, seed) =>
      e.backoffInit(at, kind, jitter, t(base), t(most), parts(factor, 65536), seed),
    backoffNext: (at, attempt, previous) => usFromTicks(e.backoffNext(at, attempt, t(previous))),
    budgetInit: (at, deposit, withdrawal, reserve, ttl) =>
      e.budgetInit(at, whole(deposit), whole(withdrawal), whole(reserve), t(ttl)),
    budgetDeposit: (at, now) => e.budgetDeposit(at, t(now)),
    budgetTryWithdraw: (at, now) => e.budgetTryWithdraw(at, t(now)),
    budgetBalance: (at, now) => Number(e.budgetBalance(at, t(now))),
    budgetSave: (at, to, now) => e.budgetSave(at, to, t(now)),
    budgetLoad: (at, from, now) => e.budgetLoad(at, from, t(now)),
    histogramSize: (bits, most) => e.histogramSize(bits, t(most)),
    histogramInit: (at, bits, most) => e.histogramInit(at, bits, t(most)),
    histogramRecord: (at, value) => {
      if (!Number.isNaN(value)) e.histogramRecord(at, t(value));
    },
    histogramRead: (at, what) => (what === 0 ? Number(e.histogramRead(at, 0)) : usFromTicks(e.histogramRead(at, what))),
    histogramQuantile: (at, q) => {
      const count = Number(e.histogramRead(at, 0));
      const rank = Math.ceil(q * count - 0.000001);
      return usFromTicks(e.histogramAtRank(at, BigInt(Math.max(1, Math.min(rank, count)))));
    },
    keyedInit: (at, keys, limit, period, burst, k0, k1, k2, k3) =>
      e.keyedInit(at, keys, whole(limit), t(period), whole(burst), long(k0, k1), long(k2, k3)),
    keyedTryAcquire: (at, key, length, weight, now) =>
      waitUs(e.keyedTryAcquire(at, key, length, whole(weight), t(now))),
    keyedPeek: (at, key, length, weight, now) => waitUs(e.keyedPeek(at, key, length, whole(weight), t(now))),
    keyedRemaining: (at, key, length, now) => Number(e.keyedRemaining(at, key, length, t(now))),
    keyedResetAfter: (at, key, length, now) => usFromTicks(e.keyedResetAfter(at, key, length, t(now))),
    keyedRefund: (at, key, length, weight, now) => e.keyedRefund(at, key, length, whole(weight), t(now)),
    keyedSave: (at, first, count, to, now) => e.keyedSave(at, first, count, to, t(now)),
    keyedLoad: (at, from, count, now) => e.keyedLoad(at, from, count, t(now)),
  } satisfies Partial<CoreExports> as CoreExports;
}

const modules = new Map<BuildName, WebAssembly.Module>();

/** Instantiates a build with `pages` pages of memory (the embedded one has exactly one), or over a memory that is there. */
export function openBuild(name: BuildName, pages = 32, given?: WebAssembly.Memory): Build {
  if (!modules.has(name)) modules.set(name, new WebAssembly.Module(wasmOf(name)));
  const size = name === "embedded" ? 1 : pages;
  const memory = given ?? new WebAssembly.Memory({ initial: size, maximum: size, shared: name === "server" });
  const { exports } = new WebAssembly.Instance(modules.get(name)!, { env: { memory } });
  const x = name === "embedded" ? floatFace(exports) : (exports as unknown as CoreExports);
  x.arenaInit(size * 65_536);
  return {
    name,
    x,
    memory,
    alloc(bytes) {
      const at = x.arenaAlloc(bytes) >>> 0;
      if (at === 0) throw new Error(`${name}: no room for ${bytes} bytes`);
      return at;
    },
    bytes: (at, length) => new Uint8Array(memory.buffer, at, length),
  };
}

/** All builds, each with a fresh memory. */
export function openBuilds(pages?: number): Build[] {
  return buildNames.map((name) => openBuild(name, pages));
}

/** Writes a text's UTF-8 bytes to `at` and returns their number. */
export function writeText(build: Build, at: number, text: string): number {
  const encoded = new TextEncoder().encode(text);
  build.bytes(at, encoded.length).set(encoded);
  return encoded.length;
}
