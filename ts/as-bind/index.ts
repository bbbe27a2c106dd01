/**
 * Limiters and breakers administered through as-bind, for programs that bind their WebAssembly with it. It is a compatibility layer: as-bind has had
 * no release since 2021 and its own maintainers advise against it; docs/bindings.md says what it costs and why it is kept apart.
 */

import { type AsBind, instantiateWithAsBind } from "../../bindings/as-bind.js";

export type { AsBind, AsBindConverter, AsBindInstance } from "../../bindings/as-bind.js";

/**
 * What can be done through as-bind: numbers, texts and bytes. Times are milliseconds of one monotonic clock. A structure is its address,
 * in a memory of its own; a call with the address of something else ends in an error of the module.
 */
export interface Admin {
  /** A limiter of `limit` permits each `periodMs`, with room for `burst`; 0 where there is none with these numbers. */
  adminLimiterMake(limit: number, periodMs: number, burst: number): number;
  /** Changes rate and burst; false where the numbers make no limiter, and nothing was changed. */
  adminLimiterConfigure(limiter: number, limit: number, periodMs: number, burst: number, nowMs: number): boolean;
  /** Whole permits that are there. */
  adminLimiterRemaining(limiter: number, nowMs: number): number;
  /** Milliseconds until all permits are there again. */
  adminLimiterResetAfterMs(limiter: number, nowMs: number): number;
  /** Gives all permits back. */
  adminLimiterReset(limiter: number, nowMs: number): void;
  /** The same bytes as `TokenBucket`'s. */
  adminLimiterSnapshot(limiter: number, nowMs: number): Uint8Array;
  /** False where the bytes are no snapshot of a limiter with this configuration. */
  adminLimiterRestore(limiter: number, snapshot: Uint8Array, nowMs: number): boolean;
  /** A breaker that opens for `openForMs` after so many failures in a row; 0 where there is none with these numbers. */
  adminBreakerMake(failures: number, openForMs: number): number;
  /** `closed`, `open`, `half-open`, `forced-open` or `disabled`. */
  adminBreakerState(breaker: number, nowMs: number): string;
  /** 0 calls, 1 failures, 2 slow calls, 3 probes that are out, 4 good probes, 5 the generation. */
  adminBreakerRead(breaker: number, what: number, nowMs: number): number;
  /** Brings it into a state; false where no state is called so. */
  adminBreakerForce(breaker: number, state: string, nowMs: number): boolean;
  /** Closes it, with an empty window. */
  adminBreakerReset(breaker: number, nowMs: number): void;
  /** The same bytes as `BreakerMachine`'s. */
  adminBreakerSnapshot(breaker: number, nowMs: number): Uint8Array;
  /** False where the bytes are no snapshot of a breaker with this configuration. */
  adminBreakerRestore(breaker: number, snapshot: Uint8Array, nowMs: number): boolean;
  /** Gives the memory of a structure back; false where that was done already. */
  adminFree(structure: number): boolean;
  /** A structure's state as JSON, at most `most` values of each list; `holdfast/debug` has its type. */
  dumpAt(structure: number, bytes: number, most: number): string;
  /** Makes the arena that structures live in, of at most 16 MiB; call it once, first. */
  arenaInit(bytes: number): number;
}

const arenaBytes = 1 << 20;

/**
 * Opens the debug build through as-bind, with room for structures.
 *
 * Use it where as-bind is what a program has; else the classes of `holdfast/core` do all of this, and more. as-bind's converters for
 * texts, byte arrays, unsigned numbers and truth values are replaced by ones that fit AssemblyScript 0.28, for all modules of the
 * program that it binds.
 *
 * @param asBind all of `as-bind/dist/as-bind.esm.js` 0.8.2. Install it with npm's `overrides`, which docs/bindings.md shows.
 *
 * @example
 * ```ts
 * import * as asBind from "as-bind/dist/as-bind.esm.js";
 * import { openAdmin } from "holdfast/as-bind";
 *
 * const admin = openAdmin(asBind);
 * const breaker = admin.adminBreakerMake(5, 30_000);
 * admin.adminBreakerForce(breaker, "forced-open", 0); // => true
 * admin.adminBreakerState(breaker, 0); // => "forced-open"
 * ```
 */
export function openAdmin(asBind: AsBind): Admin {
  const admin = instantiateWithAsBind(asBind) as Admin;
  admin.arenaInit(arenaBytes);
  return admin;
}
