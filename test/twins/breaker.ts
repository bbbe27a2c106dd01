/**
 * A circuit breaker that keeps every result and counts them all again for each decision. In BigInt ticks of 2^-10 µs; the rules
 * are those of docs/core.md, not of the core's code.
 */

import { type Random, seeded } from "../../ts/kernel/index.js";
import { MonotonicTwin } from "./clock.js";

export interface BreakerTwinOptions {
  readonly kind: "consecutive" | "count" | "time";
  /** Failures in a row, calls, or slices. */
  readonly size: number;
  readonly sliceTicks: bigint;
  /** Millionths; 0 is off. */
  readonly failureRate: number;
  readonly slowRate: number;
  readonly slowAfter: bigint;
  readonly minimumCalls: number;
  readonly permits: number;
  readonly successes: number;
  readonly maxWait: bigint;
  readonly open: bigint;
  readonly openMost: bigint;
  /** With 16 fraction bits. */
  readonly openFactor: bigint;
  readonly openJitter: bigint;
  readonly seed: number;
}

/** A permit of the twin. */
export interface TwinPermit {
  readonly generation: number;
  readonly slice: bigint;
}

interface Result {
  readonly failure: boolean;
  readonly slow: boolean;
  readonly slice: bigint;
}

const closed = 0;
const open = 1;
const halfOpen = 2;
const forcedOpen = 3;
const disabled = 4;

export class BreakerTwin {
  readonly #o: BreakerTwinOptions;
  readonly #clock = new MonotonicTwin();
  readonly #random: Random;
  #state = closed;
  #results: Result[] = [];
  #openings = 0;
  #until = 0n;
  #probes = 0;
  #good = 0;
  #probesSince = 0n;
  generation = 0;

  constructor(options: BreakerTwinOptions) {
    this.#o = options;
    this.#random = seeded(options.seed);
  }

  #enter(state: number): void {
    this.#state = state;
    this.generation++;
    this.#probes = 0;
    this.#good = 0;
  }

  #trip(since: bigint): void {
    this.#enter(open);
    let span = this.#o.open;
    for (let n = 0; n < this.#openings; n++) {
      span = (span * this.#o.openFactor) >> 16n;
      if (span > this.#o.openMost) span = this.#o.openMost;
    }
    this.#openings++;
    const share = (span * this.#o.openJitter) >> 16n;
    if (this.#o.openJitter > 0n) span -= (share * BigInt(this.#random.uint32())) >> 32n;
    this.#until = since + span;
  }

  #close(): void {
    this.#enter(closed);
    this.#results = [];
    this.#openings = 0;
  }

  /** What a timer would have done by now. */
  #tick(now: bigint): bigint {
    const clock = this.#clock.read(now);
    const end = this.#probesSince + this.#o.maxWait;
    if (this.#state === halfOpen && this.#probes > 0 && clock >= end) this.#trip(end);
    return clock;
  }

  #slice(): bigint {
    return this.#o.kind === "time" ? this.#clock.now / this.#o.sliceTicks : 0n;
  }

  /** The results that count at the moment. */
  #window(): Result[] {
    const { kind, size } = this.#o;
    if (kind === "time") {
      const oldest = this.#slice() - BigInt(size) + 1n;
      this.#results = this.#results.filter(({ slice }) => slice >= oldest);
    } else if (kind === "count") this.#results = this.#results.slice(-size);
    else this.#results = this.#results.slice(this.#results.findLastIndex(({ failure }) => !failure) + 1);
    return this.#results;
  }

  #reached(): boolean {
    const window = this.#window();
    const { kind, size, failureRate, slowRate, minimumCalls } = this.#o;
    if (kind === "consecutive") return window.length >= size;
    if (window.length < minimumCalls) return false;
    const failures = window.filter(({ failure }) => failure).length;
    const slow = window.filter((result) => result.slow).length;
    return (
      (failureRate > 0 && failures * 1e6 >= failureRate * window.length) ||
      (slowRate > 0 && slow * 1e6 >= slowRate * window.length)
    );
  }

  tryAcquire(now: bigint): TwinPermit | undefined {
    const clock = this.#tick(now);
    if (this.#state === forcedOpen || (this.#state === open && clock < this.#until)) return undefined;
    if (this.#state === open) this.#enter(halfOpen);
    if (this.#state === halfOpen) {
      const { permits, successes } = this.#o;
      if (this.#probes >= permits || this.#probes + this.#good >= Math.max(permits, successes)) return undefined;
      if (this.#probes === 0) this.#probesSince = clock;
      this.#probes++;
    }
    return { generation: this.generation, slice: this.#slice() };
  }

  /** Flags as the core's: 1 changed, 2 dropped. `span` below 0 means unmeasured. */
  settle(permit: TwinPermit, outcome: number, span: bigint, now: bigint): number {
    if (permit.generation !== this.generation || this.#state === disabled) {
      return permit.generation === this.generation ? 0 : 2;
    }
    const slow = this.#o.slowRate > 0 && span >= this.#o.slowAfter;
    if (this.#state === closed) {
      if (outcome === 2) return 0;
      if (this.#o.kind === "time") {
        this.#tick(now);
        if (permit.slice <= this.#slice() - BigInt(this.#o.size)) return 2;
      }
      this.#results.push({ failure: outcome === 1, slow, slice: permit.slice });
      if (!this.#reached()) return 0;
      this.#trip(this.#tick(now));
      return 1;
    }
    const clock = this.#tick(now);
    if (this.#state !== halfOpen) return 3;
    this.#probes--;
    if (outcome === 2) return 0;
    if (outcome === 1 || slow) {
      this.#trip(clock);
      return 1;
    }
    this.#good++;
    if (this.#good < this.#o.successes) return 0;
    this.#close();
    return 1;
  }

  state(now: bigint): number {
    const clock = this.#tick(now);
    return this.#state === open && clock >= this.#until ? halfOpen : this.#state;
  }

  /** Calls, failures and slow calls that count. */
  readings(now: bigint): [number, number, number] {
    this.#tick(now);
    const window = this.#window();
    const failures = window.filter(({ failure }) => failure).length;
    return [window.length, failures, this.#o.kind === "consecutive" ? 0 : window.filter(({ slow }) => slow).length];
  }

  /** Ticks, or -1 where nobody knows. */
  retryAfter(now: bigint): bigint {
    const clock = this.#tick(now);
    if (this.#state === open) return this.#until > clock ? this.#until - clock : 0n;
    if (this.#state === forcedOpen) return -1n;
    return this.#state === halfOpen && this.#probes >= this.#o.permits ? -1n : 0n;
  }

  force(state: number, now: bigint): void {
    this.#tick(now);
    if (state === forcedOpen || state === disabled) this.#enter(state);
    else this.#close();
  }
}
