/** CockroachDB's hybrid logical clock as its source tells it: wall time and counter apart, one rule after the other. Microseconds in BigInt. */

/** Why a clock gives no timestamp, as the core numbers it. */
export const hybridStatus = { jumped: 1, beyondBound: 2, exhausted: 3, tooFarAhead: 4 } as const;

export class HybridTwin {
  wall = 0n;
  logical = 0n;
  stepsBack = 0;
  bound = 0n;
  armed = false;
  #reading = 0n;
  readonly #counters: bigint;
  readonly #wallEnd: bigint;
  readonly #offsetMax: bigint;

  constructor(logicalBits: number, offsetMax: bigint) {
    this.#counters = 1n << BigInt(logicalBits);
    this.#wallEnd = 1n << BigInt(64 - logicalBits);
    this.#offsetMax = offsetMax;
  }

  /** The timestamp as one number. */
  pack(wall = this.wall, logical = this.logical): bigint {
    return wall * this.#counters + logical;
  }

  arm(armed: boolean, physical: bigint): void {
    this.armed = armed;
    this.#reading = physical;
  }

  /** Notes a reading; false for a leap. */
  observe(physical: bigint): boolean {
    if (this.#offsetMax === 0n) return true;
    const forward = physical - this.#reading;
    if (this.#reading !== 0n && forward !== 0n) {
      if (this.armed && forward >= this.#offsetMax / 2n) return false;
      if (-forward > this.#offsetMax / 10n) this.stepsBack++;
    }
    this.#reading = physical;
    return true;
  }

  /** The next `count` timestamps, or why there are none. */
  now(physical: bigint, count = 1): bigint[] | number {
    if (!this.observe(physical)) return hybridStatus.jumped;
    if (physical >= this.#wallEnd) return hybridStatus.exhausted;
    let [wall, logical] = [this.wall, this.logical];
    const given: bigint[] = [];
    while (given.length < count) {
      if (wall >= physical) logical++;
      else [wall, logical] = [physical, 0n];
      if (logical === this.#counters) [wall, logical] = [wall + 1n, 0n];
      if (wall === this.#wallEnd) return hybridStatus.exhausted;
      given.push(this.pack(wall, logical));
    }
    if (this.bound !== 0n && wall > this.bound) return hybridStatus.beyondBound;
    [this.wall, this.logical] = [wall, logical];
    return given;
  }

  /** Takes over a timestamp, unchecked. */
  forward(wall: bigint, logical: bigint): number {
    const later = wall > this.wall || (wall === this.wall && logical > this.logical);
    if (!later) return 0;
    if (this.bound !== 0n && wall > this.bound) return hybridStatus.beyondBound;
    [this.wall, this.logical] = [wall, logical];
    return 0;
  }

  /** Takes over a timestamp that is not too far ahead; else says how far it is. */
  update(wall: bigint, logical: bigint, physical: bigint): number | bigint {
    if (!this.observe(physical)) return hybridStatus.jumped;
    const ahead = wall - physical;
    if (this.#offsetMax > 0n && ahead > this.#offsetMax) return ahead;
    if (ahead >= 0n) return this.forward(wall, logical);
    return physical >= this.#wallEnd ? hybridStatus.exhausted : this.forward(physical, 0n);
  }
}
