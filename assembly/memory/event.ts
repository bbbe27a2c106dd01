/**
 * Waiting for a condition that other threads bring about, without a lock and without a lost wake-up: an eventcount in one
 * 32-bit word. Bit 0 says that somebody waits, the bits above count how often waiters were woken.
 *
 * Who waits: looks, and finds the condition unmet; `eventPrepare` sets bit 0 and gives the word; looks AGAIN; then sleeps for
 * as long as the word is still that one. Who brings the condition about does that first and calls `signal` then. All of these
 * are sequentially consistent, so either the second look comes after the change and sees it, or `signal` comes after bit
 * 0 was set and moves the word, and then the sleeper is woken or does not fall asleep (Dekker's argument; Kogan, "Eventcounts",
 * comp.programming.threads; Reed and Kanodia, "Synchronization with Eventcounts and Sequencers", CACM 22:2, 1979).
 *
 * `signal` with nobody waiting is one load. It wakes all: a waiter that gave up, or died, can then swallow no wake-up meant for
 * another, and a bit left behind by a dead one costs one needless call. A count of waiters would need both repaired.
 */

import { cas32, load32, or32 } from "./atomic";

/*
 * The build that is translated to C has its host sleep and wake: there the memory is a file that several processes map, and the
 * operating system's own waiting takes the place of the instructions. Both work as the instructions do.
 */

// @ts-ignore: decorator
@external("env", "wait")
declare function hostWait(event: usize, ticket: u32, nanoseconds: i64): i32;

// @ts-ignore: decorator
@external("env", "notify")
declare function hostNotify(event: usize): void;

/** Says that the caller is about to wait; returns the ticket to wait with, after looking once more. */
export function eventPrepare(event: usize): u32 {
  return or32(event, 1) | 1;
}

/**
 * Sleeps while the event still shows `ticket`, at most `timeoutTicks`. Returns 0 woken, 1 the event had moved on already, or this
 * build has no threads that could move it, 2 the time was over. Traps where the host forbids its thread to sleep.
 */
export function eventWait(event: usize, ticket: u32, timeoutTicks: i64): i32 {
  if (ASC_FEATURE_THREADS) {
    // A tick is 1000/1024 ns; beyond 2^52 ticks (50 days) it is for ever.
    const nanoseconds = timeoutTicks >= 1 << 52 ? -1 : (timeoutTicks * 1000) >> 10;
    if (isDefined(HOST_WAITS)) return hostWait(event, ticket, nanoseconds);
    return atomic.wait<i32>(event, ticket, nanoseconds);
  }
  return 1;
}

/** Wakes everybody who waits; call it after the change that they wait for. */
// @ts-ignore: decorator
@inline
export function signal(event: usize): void {
  const word = load32(event);
  if ((word & 1) != 0) wake(event, word);
}

/** The same as a call, for whoever makes a change by other means. */
export function eventSignal(event: usize): void {
  signal(event);
}

/**
 * Moves the event on. Where another signal was quicker nothing is left to do: it wakes whoever slept by `word`, and who prepares
 * after it looks after the caller's change.
 */
function wake(event: usize, word: u32): void {
  if (cas32(event, word, word + 1) != word) return;
  if (isDefined(HOST_WAITS)) hostNotify(event);
  else if (ASC_FEATURE_THREADS) atomic.notify(event, -1);
}
