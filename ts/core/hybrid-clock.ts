import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { HoldfastError } from "../kernel/index.js";
import { whole, within } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link HybridClock}. */
export interface HybridClockOptions {
  /** How far a remote clock may be ahead of this one's wall time, in milliseconds: 0 (any) to 86,400,000. Default: 500. */
  readonly maxOffsetMs?: number | undefined;
  /**
   * Bits of the counter beside the microseconds: 4 to 20. Default: 12, which last from 1970 to 2112; more where you count from a later
   * epoch. All nodes must have the same.
   */
  readonly logicalBits?: number | undefined;
}

/** An instant of a {@link HybridClock}: ordered by wall time, then by the counter. */
export interface HybridTimestamp {
  /** Wall time in milliseconds, to the microsecond. */
  readonly wallMs: number;
  /** Counts the events within one microsecond. */
  readonly logical: number;
}

/** Where the core keeps the options: bits as they are, the offset in microseconds. */
const logicalBitsOffset = 8;
const maxOffsetOffset = 16;

const dayMs = 86_400_000;
const maxWallMs = 2 ** 52 / 1000;

/** What each refusal of the core is called, and what to do about it. */
const refusals: Readonly<Record<number, readonly [code: string, retryable: boolean, text: string]>> = {
  1: [
    "CLOCK_LEAPT",
    false,
    "the physical clock leapt forward by half of maxOffsetMs or more; call armLeapCheck to accept its reading",
  ],
  2: ["CLOCK_BOUND", true, "the clock has reached its upper bound; make a later one durable, then call setUpperBound"],
  3: [
    "CLOCK_EXHAUSTED",
    false,
    "there is no later timestamp with so many logicalBits; give wall times of a later epoch",
  ],
};

/**
 * A hybrid logical clock: timestamps close to wall time that never repeat or go back, and that order every event after
 * those it could have been caused by, across nodes.
 *
 * Use it for versions and transactions over several nodes: put `now()` on what you send, `update()` with what you receive. The
 * rules are CockroachDB's: a remote timestamp more than `maxOffsetMs` ahead is refused and the error says by how much; a
 * wall clock that steps back is bridged by the counter, and counted in `stepsBack` where it was more than a tenth of `maxOffsetMs`; a leap
 * forward of half of it is refused while the check is armed; no timestamp passes an upper bound that you have set. After a restart begin
 * with `forward()` to the bound that you had made durable, or wait it out. A timestamp is one 64-bit word, moved by one
 * compare-and-swap, so threads share a clock. A full counter carries into the microseconds.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`; `CLOCK_OFFSET` with `aheadMs`, `CLOCK_LEAPT`, `CLOCK_BOUND`,
 * `CLOCK_EXHAUSTED`. A refused call changes nothing.
 * Source: Kulkarni et al., "Logical Physical Clocks" (OPODIS 2014); the rules of CockroachDB's `pkg/util/hlc`.
 *
 * @see {@link VectorClock}, which also tells concurrent events apart
 * @example
 * ```ts
 * import { HybridClock } from "holdfast/core";
 *
 * const clock = new HybridClock();
 * clock.now(1_000); // => { wallMs: 1_000, logical: 0 }
 * clock.now(990); // => { wallMs: 1_000, logical: 1 }
 * clock.update({ wallMs: 1_200, logical: 7 }, 1_001);
 * clock.now(1_002); // => { wallMs: 1_200, logical: 8 }
 * clock.update({ wallMs: 9_000, logical: 0 }, 1_003); // => throws CLOCK_OFFSET
 * ```
 */
export class HybridClock extends Structure<FullExports> {
  /** @internal */
  static override readonly kind: string = "HybridClock";

  /** @internal */
  protected maxOffsetMs!: number;
  /** @internal */
  protected logicalBits!: number;
  /** @internal */
  protected counters!: number;
  /** Microseconds in one step of the upper half of a timestamp. @internal */
  protected highUs!: number;
  /** Where the core writes timestamps: two halves, the low one first; each thread has its own. @internal */
  protected to!: number;
  /** @internal */
  protected halves!: Uint32Array;

  constructor(options: HybridClockOptions = {}, runtime: FullRuntime = fullRuntime()) {
    const maxOffsetMs = within("maxOffsetMs", options.maxOffsetMs ?? 500, 0, dayMs);
    const logicalBits = whole("logicalBits", options.logicalBits ?? 12, 4, 20);
    super(runtime.core.hybridSize(), runtime);
    this.core.hybridInit(this.at, logicalBits, maxOffsetMs * 1000);
    this.attached();
  }

  /** @internal */
  protected override attached(): void {
    const { runtime } = this;
    const configuration = new DataView(runtime.memory.buffer, this.at);
    this.logicalBits = configuration.getUint32(logicalBitsOffset, true);
    this.maxOffsetMs = Number(configuration.getBigInt64(maxOffsetOffset, true)) / 1000;
    this.counters = 2 ** this.logicalBits;
    this.highUs = 2 ** (32 - this.logicalBits);
    this.to = runtime.scratch.byteOffset;
    this.halves = new Uint32Array(runtime.memory.buffer, this.to, 2);
  }

  /**
   * The timestamp of an event here, greater than every one before it.
   *
   * @param wallMs wall time in milliseconds; NaN and everything before 0 reads as 0.
   */
  now(wallMs: number): HybridTimestamp {
    if (this.at === 0) throw this.disposed();
    const status = this.core.hybridNow(this.at, wallMs * 1000, 1, this.to);
    if (status !== 0) throw this.refusalOf(status, wallMs);
    return this.written();
  }

  /** The timestamps of `count` events at once (1 to 65,536): one step of the clock, whatever the count. */
  nowMany(count: number, wallMs: number): HybridTimestamp[] {
    whole("count", count, 1, 65_536);
    const status = this.core.hybridNow(this.live, wallMs * 1000, count, this.to);
    if (status !== 0) throw this.refusalOf(status, wallMs);
    const first = this.written();
    const firstUs = Math.round(first.wallMs * 1000);
    return Array.from({ length: count }, (_, index) => {
      const logical = first.logical + index;
      const carried = Math.floor(logical / this.counters);
      return { wallMs: (firstUs + carried) / 1000, logical: logical % this.counters };
    });
  }

  /**
   * Takes over the timestamp of a message: every later one here is greater. It is no event itself: call {@link now} for that.
   *
   * @param wallMs this node's wall time in milliseconds.
   */
  update(remote: HybridTimestamp, wallMs: number): void {
    const at = this.live;
    const [low, high] = this.packed(remote);
    const status = this.core.hybridUpdate(at, low, high, wallMs * 1000, this.to);
    if (status === 4) {
      const aheadMs = (this.halves[1]! * 2 ** 32 + this.halves[0]!) / 1000;
      throw new HoldfastError(
        "CLOCK_OFFSET",
        `the remote clock is ${aheadMs} ms ahead of this node's wall time, which is more than maxOffsetMs (${this.maxOffsetMs}); its timestamp was not taken over`,
        { details: { aheadMs, maxOffsetMs: this.maxOffsetMs, remote, wallMs } },
      );
    }
    if (status !== 0) throw this.refusalOf(status, wallMs);
  }

  /** Takes over a timestamp however far ahead it is: one of this node's own, from before a restart. */
  forward(stamp: HybridTimestamp): void {
    const at = this.live;
    const [low, high] = this.packed(stamp);
    const status = this.core.hybridForward(at, low, high);
    if (status !== 0) throw this.refusalOf(status, stamp.wallMs);
  }

  /** The last timestamp that was given or taken over. */
  get last(): HybridTimestamp {
    this.core.hybridLast(this.live, this.to);
    return this.written();
  }

  /** Lets the clock go on up to `wallMs`, which you have made durable; 0 for no bound. */
  setUpperBound(wallMs: number): void {
    this.core.hybridSetBound(this.live, within("wallMs", wallMs, 0, maxWallMs) * 1000);
  }

  /**
   * From now on refuses to go on after the wall clock leapt forward by half of `maxOffsetMs` or more between two readings; call
   * {@link observe} now and then where events are rare. Also accepts a leap that was refused.
   */
  armLeapCheck(wallMs: number): void {
    this.core.hybridArm(this.live, 1, wallMs * 1000);
  }

  disarmLeapCheck(wallMs: number): void {
    this.core.hybridArm(this.live, 0, wallMs * 1000);
  }

  /** Notes a reading of the wall clock without an event. Throws `CLOCK_LEAPT`. */
  observe(wallMs: number): void {
    const status = this.core.hybridObserve(this.live, wallMs * 1000);
    if (status !== 0) throw this.refusalOf(status, wallMs);
  }

  /** How often the wall clock was seen to step back by more than a tenth of `maxOffsetMs`. */
  get stepsBack(): number {
    return this.core.hybridStepsBack(this.live) >>> 0;
  }

  /** Below 0, 0 or above 0, as `a` is before, at or after `b`; fits `sort`. */
  static compare(a: HybridTimestamp, b: HybridTimestamp): number {
    return a.wallMs === b.wallMs ? a.logical - b.logical : a.wallMs - b.wallMs;
  }

  /** Where the clock stands, as bytes. */
  snapshot(): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.hybridSave(at, to));
  }

  /** Goes on from a {@link snapshot}, or from where the clock is if that is later. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.hybridLoad(at, from));
  }

  /** The timestamp that the core wrote. @internal */
  protected written(): HybridTimestamp {
    const low = this.halves[0]!;
    const us = this.halves[1]! * this.highUs + (low >>> this.logicalBits);
    return { wallMs: us / 1000, logical: low & (this.counters - 1) };
  }

  /** The halves of a timestamp. @internal */
  protected packed({ wallMs, logical }: HybridTimestamp): readonly [low: number, high: number] {
    const us = Math.round(within("wallMs", wallMs, 0, (2 ** 32 * this.highUs - 1) / 1000) * 1000);
    whole("logical", logical, 0, this.counters - 1);
    return [(us % this.highUs) * this.counters + logical, Math.floor(us / this.highUs)];
  }

  /** @internal */
  protected refusalOf(status: number, wallMs: number): HoldfastError {
    const [code, retryable, text] = refusals[status]!;
    return new HoldfastError(code, text, { retryable, details: { wallMs, maxOffsetMs: this.maxOffsetMs } });
  }
}
