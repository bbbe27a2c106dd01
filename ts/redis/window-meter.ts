/**
 * The sliding window as a script: of the window before, the share counts that a window ending now still covers (Cloudflare, "How we built
 * rate limiting capable of scaling to millions of domains", 2017).
 *
 * The state is the number of a window and what was taken in the one before and in it; windows follow each other from 1970 on, so that
 * all clients mean the same. The share is compared as a fraction: `count * length / of` is rounded down without ever making a product above 2^52,
 * by splitting the length into quotient and remainder. A limiter at rest is no key at all.
 *
 * The decision is the core's (`assembly/limiters/window.ts`) in whole microseconds; `test/servers` compares their answers.
 */

import type { RemoteMeter, Reply, Standing } from "./remote-meter.js";

const source = `local limit, length, weight = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local number = math.floor(now / length)
local rest = (number + 1) * length - now
local previous, current, ahead, moved = 0, 0, false, false
local word = redis.call('GET', KEYS[1])
if word then
  local of, before, taken = string.match(word, '^(%d+) (%d+) (%d+)$')
  if not of then return redis.error_reply('WRONGSTATE the key holds something else than a limiter') end
  before, taken = tonumber(before), tonumber(taken)
  local passed = number - tonumber(of)
  if passed == 1 then
    previous = taken
  elseif passed <= 0 then
    previous, current = before, taken
    -- The clock stepped back. Just over the edge of a window, the counts stay in the one that has begun; from further, they come along.
    ahead = passed == -1 and rest * 8 <= length
  end
  moved = passed ~= 0 and not ahead
end
if ahead then number, rest = number + 1, length end
local begin = number * length

-- count * length / of, rounded down, for counts up to \`of\`.
local function share(count, of)
  return math.floor(length / of) * count + math.floor(length % of * count / of)
end
local function fits(free)
  return free >= 0 and (free >= previous or rest <= share(free, previous))
end

local wait = 0
if weight > 0 then
  local free = limit - current - weight
  if fits(free) then
    current = current + weight
  elseif free >= 0 then
    wait = begin + length - share(free, previous) - now
  else
    wait = begin + 2 * length - share(limit - weight, current) - now
  end
elseif weight < 0 then
  local taken = ahead and 0 or math.min(-weight, current)
  current = current - taken
  previous = previous - math.min(-weight - taken, previous)
end

local reset = 0
if current > 0 then
  reset = begin + 2 * length - now
elseif previous > 0 then
  reset = begin + length - now
end
if weight ~= 0 and (wait == 0 or moved) then
  if reset == 0 then
    redis.call('DEL', KEYS[1])
  else
    -- Expiry is counted from the beginning of the millisecond: two more, so that nothing is forgotten that still counts.
    redis.call('SET', KEYS[1], string.format('%.0f %.0f %.0f', number, previous, current), 'PX', math.ceil(reset / 1000) + 2)
  end
end

-- The least number of permits that covers the share; the estimate may be one off.
local covered = math.ceil(previous * (rest / length))
if covered > 0 and rest <= share(covered - 1, previous) then
  covered = covered - 1
elseif previous > 0 and rest > share(covered, previous) then
  covered = covered + 1
end
return {wait, math.max(0, limit - current - covered), reset}`;

/** @internal The script; see the head of this file. */
export const windowScript = { source, sha1: "4437532527506e5f48e26b183564ba1dac5b1b05" };

/** The sliding window. */
export class WindowMeter implements RemoteMeter {
  readonly script = windowScript;
  /** Counts of windows of different lengths cannot be read as each other's. */
  readonly tag: string;
  readonly limit: number;
  readonly #head: readonly string[];

  constructor(limit: number, lengthUs: number) {
    this.tag = `window-${lengthUs}`;
    this.limit = limit;
    this.#head = [String(limit), String(lengthUs)];
  }

  args(weight: number): readonly string[] {
    return [...this.#head, String(weight)];
  }

  standing([waitUs, remaining, resetUs]: Reply): Standing {
    return { waitMs: waitUs / 1000, remaining, resetAfterMs: resetUs / 1000 };
  }
}
