import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { duration, whole, within } from "./options.js";
import { thresholdHalves, thresholdOfShare } from "./sampling-state.js";
import { Structure } from "./structure.js";
import { randomHigh, randomLow } from "./trace-sampler.js";

/** Options of {@link ErrorBiasedSampler}. */
export interface ErrorBiasedSamplerOptions {
  /** The share of ordinary traces to keep, 0 to 1. */
  readonly ratio: number;
  /** The share of failed traces to keep, 0 to 1. Default: 1. */
  readonly errorRatio?: number | undefined;
  /** Traces that took so long or longer, in milliseconds, are slow. Default: none is. */
  readonly slowAfterMs?: number | undefined;
  /** The share of slow traces to keep, 0 to 1. Default: `errorRatio`. */
  readonly slowRatio?: number | undefined;
  /** Hexadecimal digits of the thresholds, 1 to 12. Default: 4. */
  readonly digits?: number | undefined;
}

/** Classes of traces; one that is slow and failed is counted as failed. */
export type TraceClass = "ordinary" | "slow" | "failed";

const classes: readonly TraceClass[] = ["ordinary", "slow", "failed"];

/**
 * Keeps more of the traces that failed or were slow: it decides when a trace has ended, by a ratio for each kind.
 *
 * Use it behind a buffer of whole traces. Each kept trace comes with the number that it stands for, which differs by kind, so
 * that sums of these numbers count all traces, the failed and the slow ones without bias. Decisions are consistent: a process with higher ratios
 * keeps all that this one keeps.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: OpenTelemetry, "TraceState: Probability Sampling", downstream thresholds.
 *
 * @see {@link RatioSampler}
 * @example
 * ```ts
 * import { ErrorBiasedSampler } from "holdfast/core";
 *
 * const sampler = new ErrorBiasedSampler({ ratio: 0.25, slowAfterMs: 500, slowRatio: 0.5 });
 * const trace = "0123456789abcdef0190000000000000";
 * sampler.sample(trace, false, 20); // => 0
 * sampler.sample(trace, false, 900); // => 2
 * sampler.sample(trace, true, 20); // => 1
 * ```
 */
export class ErrorBiasedSampler extends Structure<FullExports> {
  /** @internal */
  static override readonly kind: string = "ErrorBiasedSampler";

  constructor(options: ErrorBiasedSamplerOptions, runtime: FullRuntime = fullRuntime()) {
    const digits = whole("digits", options.digits ?? 4, 1, 12);
    const errorRatio = options.errorRatio ?? 1;
    const halvesOf = (name: string, ratio: number): readonly [number, number] =>
      thresholdHalves(thresholdOfShare(runtime.core.samplingShareOf(within(name, ratio, 0, 1), digits)));
    const ordinary = halvesOf("ratio", options.ratio);
    const failed = halvesOf("errorRatio", errorRatio);
    const slow = halvesOf("slowRatio", options.slowRatio ?? errorRatio);
    const slowAfterUs =
      options.slowAfterMs === undefined ? Number.NaN : duration("slowAfterMs", options.slowAfterMs) * 1000;
    super(runtime.core.biasedSize(), runtime);
    this.core.biasedInit(this.at, ...ordinary, ...slow, ...failed, slowAfterUs);
  }

  /**
   * Decides on a trace that has ended.
   *
   * @param trace the trace id, 32 hexadecimal digits, or explicit randomness (`rv`), 14 digits.
   * @param failed whether it holds an error.
   * @param durationMs how long it took; NaN where that is not known.
   * @param head the threshold (`th`) of the sampler that it has passed already. Default: none.
   * @returns how many traces of its kind the kept one stands for, or 0 where it is dropped.
   */
  sample(trace: string, failed: boolean, durationMs: number, head?: string): number {
    if (this.at === 0) throw this.disposed();
    const [headLow, headHigh] = head === undefined ? noHead : thresholdHalves(head);
    const share = this.core.biasedDecide(
      this.at,
      randomLow(trace),
      randomHigh(trace),
      failed ? 1 : 0,
      durationMs * 1000,
      headLow,
      headHigh,
    );
    return share === 0 ? 0 : 2 ** 56 / share;
  }

  /** How many traces of a kind were decided on, modulo 2^32. */
  seen(kind: TraceClass): number {
    return this.core.biasedRead(this.live, classes.indexOf(kind), 0) >>> 0;
  }

  /** How many of them were kept, modulo 2^32. */
  kept(kind: TraceClass): number {
    return this.core.biasedRead(this.live, classes.indexOf(kind), 1) >>> 0;
  }

  /** The counts, as bytes. */
  snapshot(): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.biasedSave(at, to));
  }

  /** Replaces the counts by those of a {@link snapshot}. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.biasedLoad(at, from));
  }
}

const noHead = [0, 0] as const;
