/**
 * Finding dead threads where nobody reports them: each thread counts up in the registry, and looks whether the others do. No
 * thread's clock is compared with another's: what counts is how long, by one's own, the other's count stood still.
 */

import type { Timer } from "../ts/kernel/index.js";
import type { SharedRuntime } from "./shared-runtime.js";

/** Looks in the time of a lease; a thread is found dead at most a quarter later. */
const looks = 4;

/** A running lease. */
export interface Lease {
  stop(): void;
}

/** What was seen of an owner, and when it changed last. */
interface Seen {
  readonly word: number;
  readonly beats: number;
  readonly atMs: number;
}

/** Threads that may work on one memory at a time: the core's numbers are 1 to this. */
export const owners = 62;

/** Starts giving and watching signs of life; it does not keep the process alive. */
export function startLease({ core, clock, handle, owner }: SharedRuntime, leaseMs: number): Lease {
  const seen = new Map<number, Seen>();
  const look = (other: number): void => {
    const word = core.registryOwner(handle.registry, other, 0);
    const beats = core.registryOwner(handle.registry, other, 2);
    const before = seen.get(other);
    if (before?.word !== word || before.beats !== beats) seen.set(other, { word, beats, atMs: clock.now() });
    else if (clock.now() - before.atMs >= leaseMs) core.registryReclaim(handle.registry, other, word);
  };
  const beat = (): void => {
    core.registryBeat(handle.registry, owner);
    for (let other = 1; other <= owners; other++) if (other !== owner) look(other);
    timer = clock.schedule(beat, leaseMs / looks, { keepAlive: false });
  };
  let timer: Timer = clock.schedule(beat, 0, { keepAlive: false });
  return { stop: () => timer.cancel() };
}
