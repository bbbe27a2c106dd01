/**
 * Administration of limiters and breakers by numbers, texts and bytes, for bindings that carry managed values: AssemblyScript's
 * loader, the glue of its compiler, and as-bind. Times are milliseconds. A structure is its address; one of another kind at that
 * address ends in an abort that says so.
 */

import { breakerForce, breakerInit, breakerLoad, breakerRead, breakerSave, breakerSize, breakerState } from "../faces/breaker";
import {
  gcraConfigure, gcraInit, gcraLoad, gcraRefund, gcraRemaining, gcraResetAfter, gcraSave, gcraSize,
} from "../faces/gcra";
import { GCRA_MAGIC } from "../limiters/gcra";
import { arenaAlloc, arenaFree, arenaGeneration } from "../memory/arena";
import { snapshotSize } from "../memory/snapshot";

const BREAKER: u32 = 0x014b5242;
const MAX_WAIT_MS: f64 = 10000;

const states: StaticArray<string> = ["closed", "open", "half-open", "forced-open", "disabled"];

function limiter(at: u32): usize {
  assert(load<u32>(at) == GCRA_MAGIC, "there is no limiter at this address");
  return at;
}

function breaker(at: u32): usize {
  assert(load<u32>(at) == BREAKER, "there is no breaker at this address");
  return at;
}

/** Whether `bytes` could be a snapshot of the structure at `at`; loading looks at the rest. */
function fits(at: usize, bytes: Uint8Array): bool {
  return <u32>bytes.length == snapshotSize(at);
}

/** A limiter of `limit` permits each `periodMs` with room for `burst`; 0 where there is none with these numbers, or no memory for it. */
export function adminLimiterMake(limit: f64, periodMs: f64, burst: f64): u32 {
  const at = arenaAlloc(gcraSize());
  if (at == 0 || gcraInit(at, limit, periodMs * 1000, burst, burst) == 0) return <u32>at;
  arenaFree(at, arenaGeneration(at));
  return 0;
}

export function adminLimiterConfigure(at: u32, limit: f64, periodMs: f64, burst: f64, nowMs: f64): bool {
  return gcraConfigure(limiter(at), limit, periodMs * 1000, burst, nowMs * 1000) == 0;
}

export function adminLimiterRemaining(at: u32, nowMs: f64): f64 {
  return gcraRemaining(limiter(at), nowMs * 1000);
}

export function adminLimiterResetAfterMs(at: u32, nowMs: f64): f64 {
  return gcraResetAfter(limiter(at), nowMs * 1000) / 1000;
}

/** Gives all permits back. */
export function adminLimiterReset(at: u32, nowMs: f64): void {
  gcraRefund(limiter(at), f64.MAX_VALUE, nowMs * 1000);
}

export function adminLimiterSnapshot(at: u32, nowMs: f64): Uint8Array {
  const bytes = new Uint8Array(snapshotSize(limiter(at)));
  gcraSave(at, bytes.dataStart, nowMs * 1000);
  return bytes;
}

export function adminLimiterRestore(at: u32, snapshot: Uint8Array, nowMs: f64): bool {
  return fits(limiter(at), snapshot) && gcraLoad(at, snapshot.dataStart, nowMs * 1000) == 0;
}

/** A breaker that opens for `openForMs` after so many failures in a row; 0 as for limiters. */
export function adminBreakerMake(failures: u32, openForMs: f64): u32 {
  const bytes = breakerSize(0, failures);
  const at: usize = bytes == 0 ? 0 : arenaAlloc(bytes);
  if (at == 0) return 0;
  const openUs = openForMs * 1000;
  if (breakerInit(at, 0, failures, 0, 0, 0, 0, 1, 1, 1, MAX_WAIT_MS * 1000, openUs, openUs, 1, 0, 0) == 0) return <u32>at;
  arenaFree(at, arenaGeneration(at));
  return 0;
}

/** closed, open, half-open, forced-open or disabled. */
export function adminBreakerState(at: u32, nowMs: f64): string {
  return states[breakerState(breaker(at), nowMs * 1000)];
}

/** Calls, failures or slow calls in the window: `what` is 0, 1 or 2; see `breakerReading` in the ABI for the others. */
export function adminBreakerRead(at: u32, what: u32, nowMs: f64): f64 {
  return <f64>breakerRead(breaker(at), what, nowMs * 1000);
}

/** Brings it into a state by its name; false where no state is called so. */
export function adminBreakerForce(at: u32, state: string, nowMs: f64): bool {
  for (let i: u32 = 0; i < <u32>states.length; i++) {
    if (states[i] != state) continue;
    breakerForce(breaker(at), i, nowMs * 1000);
    return true;
  }
  return false;
}

/** Closes it, with an empty window. */
export function adminBreakerReset(at: u32, nowMs: f64): void {
  breakerForce(breaker(at), 0, nowMs * 1000);
}

export function adminBreakerSnapshot(at: u32, nowMs: f64): Uint8Array {
  const bytes = new Uint8Array(snapshotSize(breaker(at)));
  breakerSave(at, bytes.dataStart, nowMs * 1000);
  return bytes;
}

export function adminBreakerRestore(at: u32, snapshot: Uint8Array, nowMs: f64): bool {
  return fits(breaker(at), snapshot) && breakerLoad(at, snapshot.dataStart, nowMs * 1000) == 0;
}

/** Gives the memory of a structure back; false where nothing was taken there. */
export function adminFree(at: u32): bool {
  return arenaFree(at, arenaGeneration(at)) != 0;
}
