/**
 * A bucket for each key, each with a rate of its own if need be, in one table of the core.
 *
 * What the table keeps for a key is a time: how long until its bucket is at rest again. A rate says how much time a permit costs, and a
 * burst how much may be owed. So a key's limit belongs to the question and not to the state, and a change of it needs no
 * change of the table: permits are counted in a small unit of time, `unit` of which are one permit of the algorithm's own rate, and
 * a permit of another rate weighs more of them or fewer.
 *
 * A burst that takes less time than the table allows is the same question asked with the difference on top (`slack`), before
 * the permits are taken; that is a second look into the table, which keys with the usual burst (`limit` permits, the same period) do not need.
 *
 * The algorithm's own rate is exact. The cost of a permit of another rate is rounded down to whole units, which for usual limits is less than a part in
 * a million.
 */

import { KeyedLimiter } from "../../core/index.js";
import { type HoldfastError, invalidOption } from "../../kernel/index.js";
import { durationMs, wholeNumber } from "../options.js";
import type { AlgorithmKind, KeyOptions, Rate } from "./algorithm.js";
import { KeyedTableMeter } from "./keyed-table-meter.js";
import type { Standing } from "./meter.js";

/** Bounds of the core: units of a full burst, units of a period, and units a microsecond (`assembly/limiters/rate.ts`). */
const burstMax = 2 ** 32 - 1;
const limitMax = 2 ** 40;
const unitsPerUs = 2 ** 18;
/** How many divisors are tried to find a large one. */
const triesMax = 10_000;

function greatestCommonDivisor(a: number, b: number): number {
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}

/** A large divisor of `whole` that is at most `room`. */
function divisorOf(whole: number, room: number): number {
  const first = Math.ceil(whole / room);
  for (let by = first; by < first + triesMax; by++) if (whole % by === 0) return whole / by;
  return 1;
}

/**
 * How many units a permit is made of: many, and so that the core counts a unit exactly, which is so where a unit takes p / q microseconds with
 * q of at most 2^18. A permit takes period / limit; a part that divides its numerator costs nothing, the rest goes to q.
 */
function unitsOf(limit: number, perMs: number, burst: number): number {
  // What the core will refuse has no units.
  if (!(limit > 0 && perMs > 0 && limit * perMs < Number.POSITIVE_INFINITY)) return 1;
  const room = Math.max(
    1,
    Math.floor(Math.min(burstMax / burst, limitMax / limit, (perMs * 1_000 * unitsPerUs) / limit)),
  );
  let scale = 1;
  while (scale < 1e6 && !Number.isInteger(limit * scale)) scale *= 10;
  const periodUs = Math.round(perMs * 1_000 * scale);
  const permits = Math.round(limit * scale);
  const common = greatestCommonDivisor(periodUs, permits);
  const part = divisorOf(periodUs / common, room);
  return part * Math.max(1, Math.floor(Math.min((unitsPerUs * common) / permits, room / part)));
}

/** What a rate means in units. */
interface Terms {
  /** Units of a permit. */
  readonly cost: number;
  /** Units by which a full burst is less than what the table allows. */
  readonly slack: number;
  readonly burst: number;
}

export class KeyedRates extends KeyedTableMeter<Terms, KeyedLimiter> {
  readonly #kind: AlgorithmKind;
  protected readonly table: KeyedLimiter;
  /** Units that come back in a period of the algorithm's own rate, that period, and units that a key may owe. */
  readonly #units: number;
  readonly #periodMs: number;
  readonly #window: number;
  protected own: Terms;

  constructor(kind: AlgorithmKind, rate: Required<Rate>, keys: KeyOptions) {
    super(keys);
    const { limit, perMs, burst } = rate;
    const windowMs = keys.windowMs === undefined ? 0 : durationMs("keys.windowMs", keys.windowMs);
    const permits = Math.max(burst, Math.ceil((windowMs * limit) / perMs));
    const unit = unitsOf(limit, perMs, permits);
    this.#kind = kind;
    // The core refuses numbers that are out of range, before they are used here.
    this.table = new KeyedLimiter({
      limit: limit * unit,
      perMs,
      burst: permits * unit,
      maxKeys: wholeNumber("keys.max", keys.max, 1),
    });
    this.#units = limit * unit;
    this.#periodMs = perMs;
    this.#window = permits * unit;
    this.own = { cost: unit, slack: (permits - burst) * unit, burst };
  }

  override get shape(): readonly unknown[] {
    return [this.#units, this.#periodMs, this.#window];
  }

  /** A rate in units; `undefined` where its burst does not fit. */
  protected override termsOf({
    limit,
    perMs,
    burst = this.#kind === "gcra" ? 1 : Math.max(1, Math.ceil(limit)),
  }: Rate): Terms | undefined {
    if (!(limit > 0 && perMs > 0 && Number.isInteger(burst) && burst >= 1)) {
      throw invalidOption(
        "limit",
        limit,
        `give a limit above 0 in a time above 0, and a whole burst of at least 1, not ${burst}`,
      );
    }
    const cost = Math.max(1, Math.floor((this.#units / limit) * (perMs / this.#periodMs)));
    const slack = this.#window - burst * cost;
    return slack >= 0 ? { cost, slack, burst } : undefined;
  }

  protected override misfit(rate: Rate): HoldfastError {
    return invalidOption(
      "burst",
      rate.burst ?? rate.limit,
      `a full burst would take longer than ${(this.#window / this.#units) * this.#periodMs} ms to come back; make the limiter with keys.windowMs`,
    );
  }

  override tryAcquire(key: string, weight: number, nowMs: number): number {
    const terms = this.terms(key);
    const beyond = this.#beyond(terms, key, weight, nowMs);
    return beyond === 0 ? this.table.tryAcquire(key, Math.ceil(weight) * terms.cost, nowMs) : beyond;
  }

  override check(key: string, weight: number, nowMs: number): Standing {
    const terms = this.terms(key);
    const { cost, slack } = terms;
    const beyond = this.#beyond(terms, key, weight, nowMs);
    // A question for nothing always passes, and tells how things stand.
    const { waitMs, remaining, resetAfterMs } = this.table.check(
      key,
      beyond === 0 ? Math.ceil(weight) * cost : 0,
      nowMs,
    );
    const left = Math.max(0, Math.floor((remaining - slack) / cost));
    return { waitMs: beyond === 0 ? waitMs : beyond, remaining: left, resetAfterMs };
  }

  /** The wait where a key's burst is less than the table's; 0 where the table itself decides. */
  #beyond({ cost, slack, burst }: Terms, key: string, weight: number, nowMs: number): number {
    if (weight > burst) return Number.POSITIVE_INFINITY;
    return slack === 0 || !(weight > 0) ? 0 : this.table.peek(key, Math.ceil(weight) * cost + slack, nowMs);
  }

  override peek(key: string, weight: number, nowMs: number): number {
    const { cost, slack, burst } = this.terms(key);
    if (weight > burst) return Number.POSITIVE_INFINITY;
    return weight > 0
      ? this.table.peek(key, Math.ceil(weight) * cost + slack, nowMs)
      : this.table.peek(key, weight, nowMs);
  }

  override capacityOf(key: string): number {
    return this.terms(key).burst;
  }
}
