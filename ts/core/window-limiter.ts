import type { Address, FullExports, FullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { duration, whole } from "./options.js";
import { Structure } from "./structure.js";

/** How many permits a window has, and how long it is. */
export interface WindowOptions {
  /** Permits in each window, a whole number. */
  readonly limit: number;
  /** Length of the window in milliseconds: above 0, at most 365 days. */
  readonly perMs: number;
}

/** Kinds of windows, by the core's numbers, and the largest limit of each. */
export const windowKinds = {
  fixed: { number: 0, limitMax: 2 ** 32 - 1 },
  sliding: { number: 1, limitMax: 2 ** 24 - 1 },
} as const;

/** Checks a window; the limit and the length in microseconds. */
export function windowOf(options: WindowOptions, limitMax: number): readonly [limit: number, lengthUs: number] {
  return [whole("limit", options.limit, 1, limitMax), duration("perMs", options.perMs) * 1000];
}

/** The error of a window that the core refused: one shorter than a tick. */
export function windowRefused({ perMs }: WindowOptions): Error {
  return invalidOption("perMs", perMs, "give a window of at least a nanosecond");
}

/** What the two window counters have in common; they differ in how they see the window before. */
export abstract class WindowLimiter extends Structure<FullExports> {
  /** @internal */
  protected constructor(options: WindowOptions, kind: keyof typeof windowKinds, runtime: FullRuntime) {
    const { number, limitMax } = windowKinds[kind];
    const [limit, lengthUs] = windowOf(options, limitMax);
    super(runtime.core.windowCounterSize(), runtime);
    if (this.core.windowCounterInit(this.at, number, limit, lengthUs) !== 0) {
      this.dispose();
      throw windowRefused(options);
    }
  }

  /**
   * Takes `weight` permits if they fit into the window.
   *
   * @param weight whole number of permits; fractions are rounded up, 0 always passes, NaN and negative weights never do.
   * @param nowMs the time, in milliseconds of one monotonic clock. NaN and everything before 0 reads as 0.
   * @returns 0 when they fitted; else the milliseconds after which the same call would pass if nobody else came
   * between; Infinity where the weight is above the limit and can never pass. A refusal takes nothing.
   */
  tryAcquire(weight: number, nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.windowCounterTryAcquire(this.at, weight, nowMs * 1000) / 1000;
  }

  /** What {@link tryAcquire} would return; takes nothing. */
  peek(weight: number, nowMs: number): number {
    return this.core.windowCounterPeek(this.live, weight, nowMs * 1000) / 1000;
  }

  /** Whole permits that fit. */
  remaining(nowMs: number): number {
    return this.core.windowCounterRemaining(this.live, nowMs * 1000);
  }

  /** Milliseconds until nothing that was taken counts any more. */
  resetAfterMs(nowMs: number): number {
    return this.core.windowCounterResetAfter(this.live, nowMs * 1000) / 1000;
  }

  /** Gives `weight` permits back, for work that was not done after all; at most those that still count. */
  refund(weight: number, nowMs: number): void {
    this.core.windowCounterRefund(this.live, weight, nowMs * 1000);
  }

  /**
   * Changes limit and length. A window begins now, and the degree of filling stays: what was half full is half full. Throws
   * `INVALID_OPTION`, and changes nothing then; `THREAD_UNSAFE` in a shared runtime, where a new limiter takes the place of the old one.
   */
  configure(options: WindowOptions, nowMs: number): void {
    this.forOneThread("configure", "make another one and pass its handle");
    const [limit, lengthUs] = windowOf(options, windowKinds[this.windows()].limitMax);
    if (this.core.windowCounterConfigure(this.live, limit, lengthUs, nowMs * 1000) !== 0) throw windowRefused(options);
  }

  /** @internal */
  protected abstract windows(): keyof typeof windowKinds;

  /** The counts as bytes, with the time since the window began. */
  snapshot(nowMs: number): Uint8Array {
    const at = this.live;
    return this.copyOut((to: Address) => this.core.windowCounterSave(at, to, nowMs * 1000));
  }

  /** Goes on where {@link snapshot} was taken, at `nowMs` of this process. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.windowCounterLoad(at, from, nowMs * 1000));
  }
}
