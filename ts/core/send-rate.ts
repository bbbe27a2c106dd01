import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { Structure } from "./structure.js";

/** Readings have 20 fraction bits. */
const one = 2 ** 20;

/**
 * Finds the rate at which a server that throttles its clients takes requests: the adaptive mode of the AWS SDKs.
 *
 * Use it where a server says "slow down" (429, 503 with Retry-After, a throttling error) but not by how much. Everything passes until
 * the first such response; then the rate falls to 0.7 of what was sent, returns along a cubic curve and looks for more, at most
 * twice what is sent. At least one request passes every two seconds; a rate is at most a million a second.
 *
 * Not for several threads at once: give each its own, or put calls through one.
 *
 * Errors: `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: botocore, `retries/adaptive.py` and `throttling.py`; RFC 9438 (CUBIC).
 *
 * @see {@link TokenBucket}
 * @example
 * ```ts
 * import { SendRate } from "holdfast/core";
 *
 * const rate = new SendRate();
 * for (let nowMs = 0; nowMs < 4_000; nowMs += 100) rate.record(false, nowMs);
 * Math.round(rate.measuredPerSecond(4_000)); // => 10
 * rate.record(true, 4_000);
 * Math.round(rate.allowedPerSecond(4_000)); // => 7
 * Math.round(rate.tryAcquire(4_000)); // => 143
 * ```
 */
export class SendRate extends Structure<FullExports> {
  constructor(runtime: FullRuntime = fullRuntime()) {
    super(runtime.core.sendRateSize(), runtime);
    this.core.sendRateInit(this.at);
  }

  /** Asks to send: 0, or the milliseconds until it would pass if the rate stays; then nothing was taken. */
  tryAcquire(nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.sendRateTryAcquire(this.at, nowMs * 1000) / 1000;
  }

  /** Tells of a response: whether it was a throttling one. Every attempt is told, also those that failed otherwise. */
  record(throttled: boolean, nowMs: number): void {
    if (this.at === 0) throw this.disposed();
    this.core.sendRateRecord(this.at, throttled ? 1 : 0, nowMs * 1000);
  }

  /** Requests a second that may be sent; Infinity until the first throttling response. */
  allowedPerSecond(nowMs: number): number {
    const at = this.live;
    if (this.core.sendRateRead(at, 3, nowMs * 1000) === 0) return Number.POSITIVE_INFINITY;
    return this.core.sendRateRead(at, 0, nowMs * 1000) / one;
  }

  /** Responses a second, as measured over half seconds and smoothed. */
  measuredPerSecond(nowMs: number): number {
    return this.core.sendRateRead(this.live, 1, nowMs * 1000) / one;
  }

  /** The state as bytes, with remaining times. */
  snapshot(nowMs: number): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.sendRateSave(at, to, nowMs * 1000));
  }

  /** Goes on where {@link snapshot} was taken, at `nowMs` of this process. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.sendRateLoad(at, from, nowMs * 1000));
  }
}
