/**
 * Snapshots of structures that count time by a clock of their own (`math/monotonic.ts`), its two words being the first behind
 * the configuration. Such a snapshot needs no remaining times: the clock in it stands still until it is loaded.
 */

import { monotonic, resumeAt } from "../math/monotonic";
import { LOADED, configurationEnd, loadState, saveState } from "./snapshot";

/** Writes a snapshot as of `now`. */
export function saveClocked(at: usize, to: usize, now: i64): void {
  monotonic(at + configurationEnd(at), now);
  saveState(at, to);
}

/** Loads a snapshot; the clock goes on from `now`, and no time has passed in between. Returns 0, or why it was not loaded. */
export function loadClocked(at: usize, from: usize, now: i64): i32 {
  const status = loadState(at, from);
  if (status == LOADED) resumeAt(at + configurationEnd(at), now);
  return status;
}
