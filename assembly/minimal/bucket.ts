/** The token bucket of `limiters/gcra.ts`, on the same bytes. Nothing here books ahead, so its word is never further ahead than the window. */

const COST: usize = 8;
const WINDOW: usize = 16;
const UNIT: usize = 24;
const BURST: usize = 28;
const OPENING: usize = 32;
const WORD: usize = 40;
const UNSTARTED: i64 = i64.MIN_VALUE;

/** As in `limiters/gcra.ts`; a burst must last less than 71 years of its sub-ticks, 2^51. */
export function gcraTryAcquire(at: usize, weight: i64, now: i64): i64 {
  if (<u64>(weight - 1) >= <u64>load<u32>(at, BURST)) return weight == 0 ? 0 : -1;
  const unit = <i64>load<u32>(at, UNIT);
  const instant = (now >> 10) * unit + (((now & 1023) * unit) >> 10);
  const window = load<i64>(at, WINDOW);
  const word = load<i64>(at, WORD);
  let owed = word - instant;
  if (word == UNSTARTED) owed = load<i64>(at, OPENING);
  if (owed < 0) owed = 0;
  if (owed > window) owed = window;
  let over = owed + weight * load<i64>(at, COST) - window;
  if (over <= 0) {
    owed = over + window;
    over = 0;
  }
  // A refusal writes the word as it was, or brings it near where the clock stepped back.
  store<i64>(at, instant + owed, WORD);
  return ((over << 10) + unit - 1) / unit;
}
