/**
 * GCRA, and so the token bucket, as a script.
 *
 * The state is the theoretical arrival time of ITU-T I.371 (virtual scheduling): the instant at which the limiter will be at rest. It is
 * written as whole microseconds of the server's clock and, where there are some, parts, `unit` of which make a microsecond; a permit costs a
 * whole number of parts, so that a rate such as 3 in a second never drifts. Lua counts in doubles: every number here is a whole one below
 * 2^52, where sums are exact and the rounded-down quotient of two such numbers is, too. Numbers that go to a command are written
 * out by the server with 17 digits; by Lua itself they would get 14, two too few. A limiter at rest is no key at all.
 *
 * The decision is the core's (`assembly/limiters/gcra.ts`), step for step; `test/servers` compares their answers.
 */

import { invalidOption } from "../kernel/index.js";
import type { RemoteMeter, Reply, Standing } from "./remote-meter.js";

const source = `local unit, cost, window, need = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3]), tonumber(ARGV[4])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local owed, ahead = 0, false
local word = redis.call('GET', KEYS[1])
if word then
  local us, part = tonumber(word), 0
  if not us then
    local of
    us, part, of = string.match(word, '^(%d+) (%d+) (%d+)$')
    if not us then return redis.error_reply('WRONGSTATE the key holds something else than a limiter') end
    us, part = tonumber(us), tonumber(part)
    -- Parts of another rate: the next whole microsecond is as good.
    if tonumber(of) ~= unit then us, part = us + 1, 0 end
  end
  owed = (us - now) * unit + part
  if owed < 0 then
    owed = 0
  elseif owed > window then
    -- Further ahead than anybody can have brought it: the clock stepped back, or the burst is smaller now. It costs one burst and no more.
    owed, ahead = window, true
  end
end
local after, over = owed + need, 0
if after < 0 then
  after = 0
elseif after > window then
  after, over = owed, after - window
end
if need ~= 0 and (over == 0 or ahead) then
  if after == 0 then
    redis.call('DEL', KEYS[1])
  else
    local part = after % unit
    local us = (after - part) / unit
    word = part == 0 and now + us or string.format('%.0f %.0f %.0f', now + us, part, unit)
    -- Expiry is counted from the beginning of the millisecond: two more, so that no limiter is forgotten before it is at rest.
    redis.call('SET', KEYS[1], word, 'PX', math.ceil(us / 1000) + 2)
  end
end
return {over, math.floor((window - after) / cost), after}`;

/** @internal The script; see the head of this file. */
export const gcraScript = { source, sha1: "427395d6c18354a629aee93b820a56acc826abce" };

/** Parts of a microsecond, and what a permit and a full burst cost in them. */
interface ExactRate {
  readonly unit: number;
  readonly cost: number;
  readonly window: number;
}

/** A full burst stays below it, so that the sum of two does below 2^52. */
const windowMax = 2 ** 51;
const unitMax = 2 ** 18;

/**
 * `cost / unit = periodUs / limit`, exact where that fraction, reduced, keeps to the bounds above; else the best convergent of its continued
 * fraction that does, which is off by less than `1 / (unit * unitMax)` of a microsecond a permit, or by less than one part in `cost` (Khinchin, "Continued
 * Fractions", 1964, theorem 9). The core does the same (`assembly/limiters/rate.ts`) with room for larger bursts.
 */
function exactRate(limit: number, periodUs: number, burst: number): ExactRate | undefined {
  const costMax = Math.floor(windowMax / burst);
  let [a, b] = [periodUs, limit];
  let [p0, q0, p1, q1] = [0, 1, 1, 0];
  while (b !== 0) {
    const whole = Math.floor(a / b);
    if (whole > Math.floor((costMax - p0) / p1) || (q1 !== 0 && whole > Math.floor((unitMax - q0) / q1))) break;
    [p0, q0, p1, q1] = [p1, q1, whole * p1 + p0, whole * q1 + q0];
    [a, b] = [b, a % b];
  }
  return p1 === 0 || q1 === 0 ? undefined : { unit: q1, cost: p1, window: p1 * burst };
}

/** GCRA with a burst, which is also the token bucket. */
export class GcraMeter implements RemoteMeter {
  readonly script = gcraScript;
  readonly tag = "gcra";
  readonly limit: number;
  readonly #rate: ExactRate;
  readonly #head: readonly string[];

  constructor(limit: number, periodUs: number, burst: number) {
    const rate = exactRate(limit, periodUs, burst);
    if (rate === undefined) {
      throw invalidOption(
        "algorithm.limit",
        limit,
        `with ${limit} in ${periodUs} µs and a burst of ${burst} it cannot be counted exactly: a permit must take at least 4 picoseconds, and a full burst at most 70 years`,
      );
    }
    this.limit = burst;
    this.#rate = rate;
    this.#head = [rate.unit, rate.cost, rate.window].map(String);
  }

  args(weight: number): readonly string[] {
    return [...this.#head, String(weight * this.#rate.cost)];
  }

  standing([over, remaining, owed]: Reply): Standing {
    return { waitMs: this.#ms(over), remaining, resetAfterMs: this.#ms(owed) };
  }

  /** Milliseconds from parts, rounded up to 2^-10 µs, the core's tick. */
  #ms(parts: number): number {
    const { unit } = this.#rate;
    const rest = parts % unit;
    return ((parts - rest) / unit + Math.ceil((rest * 1024) / unit) / 1024) / 1000;
  }
}
