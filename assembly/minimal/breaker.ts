/**
 * The breaker of `breaker/breaker.ts` with consecutive failures, one probe at a time of which one closes, and a fixed open time, on
 * the same bytes. What the configuration says of other accountings, rates, slow calls, growth and jitter is not looked at.
 */

const SIZE: usize = 12;
const MAX_WAIT: usize = 56;
const OPEN: usize = 64;
const STATE: usize = 88;
const GENERATION: usize = 92;
const CLOCK: usize = 96;
const READING: usize = 104;
const UNTIL: usize = 112;
const PROBES_SINCE: usize = 120;
const PROBES: usize = 136;
const CALLS: usize = 144;
const FAILURES: usize = 148;

const OPEN_STATE: u32 = 1;
const HALF_OPEN_STATE: u32 = 2;
/** A second: a clock that steps back by more was set. */
const STEP_BACK: i64 = 1024 * 1000 * 1000;

/** The permit of the present generation. */
function token(at: usize): u32 {
  return load<u32>(at, GENERATION) & 0x3fffffff;
}

/** Starts a generation in `state`. */
function enter(at: usize, state: u32): void {
  store<u32>(at, state, STATE);
  store<u32>(at, load<u32>(at, GENERATION) + 1, GENERATION);
  store<u64>(at, 0, PROBES);
}

/** Opens at the instant `since`. */
function trip(at: usize, since: i64): void {
  enter(at, OPEN_STATE);
  store<i64>(at, since + load<i64>(at, OPEN), UNTIL);
}

/** Brings clock and state up to `now`. */
function tick(at: usize, now: i64): i64 {
  const passed = now - load<i64>(at, READING);
  let clock = load<i64>(at, CLOCK);
  if (passed > 0 || passed < -STEP_BACK) store<i64>(at, now, READING);
  if (passed > 0) store<i64>(at, (clock += passed), CLOCK);
  const end = load<i64>(at, PROBES_SINCE) + load<i64>(at, MAX_WAIT);
  if (load<u32>(at, PROBES) != 0 && clock >= end) trip(at, end);
  return clock;
}

/** Notes the failures in a row, which are the calls that count too. */
function count(at: usize, failures: u32): void {
  store<u32>(at, failures, CALLS);
  store<u32>(at, failures, FAILURES);
}

/** As in `breaker/breaker.ts`. */
export function breakerTryAcquire(at: usize, now: i64): i32 {
  const clock = tick(at, now);
  const state = load<u32>(at, STATE);
  if (state != 0) {
    // A half-open breaker has passed its open time.
    if (load<u32>(at, PROBES) != 0 || clock < load<i64>(at, UNTIL)) return -1;
    if (state == OPEN_STATE) enter(at, HALF_OPEN_STATE);
    store<i64>(at, clock, PROBES_SINCE);
    store<u32>(at, 1, PROBES);
  }
  return token(at);
}

/** As in `breaker/breaker.ts`. */
export function breakerSettle(at: usize, permit: u32, outcome: u32, span: i64, now: i64): i32 {
  if (permit != token(at)) return 2;
  const probe = load<u32>(at, STATE);
  const failures: u32 = outcome == 0 ? 0 : load<u32>(at, FAILURES) + 1;
  if (probe == 0) {
    if (outcome > 1) return 0;
    if (failures < load<u32>(at, SIZE)) {
      count(at, failures);
      return 0;
    }
  }
  if (now < 0) return -1;
  const clock = tick(at, now);
  if (permit != token(at)) return 3;
  if (outcome > 1) {
    store<u32>(at, 0, PROBES);
    return 0;
  }
  if (probe == 0 || outcome == 0) count(at, failures);
  if (outcome != 0) trip(at, clock);
  else enter(at, 0);
  return 1;
}
