import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { choice, whole, within } from "./options.js";
import { Structure } from "./structure.js";

/** What makes an instance an outlier: a low success rate or a high latency beside its peers, or a failure rate that is too high for any. */
export type OutlierMeasure = "success-rate" | "latency" | "failure-rate";

const measures: readonly OutlierMeasure[] = ["success-rate", "latency", "failure-rate"];

/** Options of {@link OutlierDetector}. */
export interface OutlierDetectorOptions {
  /** Instances in the group, at most: 1 to 4,096. */
  readonly maxInstances: number;
  /** Default: `success-rate`. */
  readonly measure?: OutlierMeasure | undefined;
  /** Standard deviations from the mean that make an outlier: 0 to 1,000, kept to three decimals. Default: 1.9. */
  readonly deviations?: number | undefined;
  /** With `failure-rate`, the share of failed calls that makes an outlier: above 0 to 1. Default: 0.85. */
  readonly failureRate?: number | undefined;
  /** Calls that an instance must have had to be looked at: 1 to 2^32 − 1. Default: 100; 50 with `failure-rate`. */
  readonly minimumCalls?: number | undefined;
  /** Instances with so many calls that there must be: 0 to 4,096. Default: 5. */
  readonly minimumInstances?: number | undefined;
  /** Share of the group that may be ejected at a time, in whole hundredths; one always may. Default: 0.1. */
  readonly maxEjected?: number | undefined;
}

/** What {@link OutlierDetector.find} says. */
export interface Outliers {
  /** Indices of the instances to eject, the worst of those found, in ascending order. */
  readonly indices: readonly number[];
  /** All outliers found, also those beyond the limit. */
  readonly found: number;
  /** The success rate below which, the latency above which, or the failure rate from which an instance is an outlier; undefined where too few had enough calls. */
  readonly threshold: number | undefined;
}

/**
 * Finds the instances of a group that do worse than their peers.
 *
 * Use it from time to time (Envoy: every 10 s) over the counts of the last interval, to take an instance out that fails or crawls
 * while others do not; a breaker for each instance sees only its own. When all are bad nobody is an outlier by success rate or
 * latency: that is the service, not an instance. Whole-number arithmetic, equal on every host.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`.
 * Source: Envoy, `outlier_detection.proto`: success rate (mean − 1.9 deviations), failure percentage, maximum ejection percentage.
 *
 * @example
 * ```ts
 * import { OutlierDetector } from "holdfast/core";
 *
 * const detector = new OutlierDetector({ maxInstances: 100 });
 * const calls = [200, 200, 200, 200, 200, 10];
 * const successes = [199, 198, 200, 90, 200, 0];
 * detector.find(calls, successes).indices; // => [3]
 * ```
 */
export class OutlierDetector extends Structure<FullExports> {
  readonly #measure: number;
  readonly #scale: number;
  readonly #factor: number;
  readonly #minimumCalls: number;
  readonly #minimumInstances: number;
  readonly #percent: number;
  readonly #maxInstances: number;

  constructor(options: OutlierDetectorOptions, runtime: FullRuntime = fullRuntime()) {
    const maxInstances = whole("maxInstances", options.maxInstances, 1, 4_096);
    const measure = choice("measure", options.measure ?? "success-rate", measures);
    const deviations = within("deviations", options.deviations ?? 1.9, 0, 1_000);
    const failureRate = within("failureRate", options.failureRate ?? 0.85, 1e-6, 1);
    const minimumCalls = whole("minimumCalls", options.minimumCalls ?? (measure === 2 ? 50 : 100), 1, 2 ** 32 - 1);
    const minimumInstances = whole("minimumInstances", options.minimumInstances ?? 5, 0, 4_096);
    const maxEjected = within("maxEjected", options.maxEjected ?? 0.1, 0, 1);
    // Eight bytes an instance, and the answer behind them.
    super(8 * maxInstances + runtime.core.outlierSize(maxInstances), runtime);
    this.#measure = measure;
    this.#scale = measure === 1 ? 1 : 1e6;
    this.#factor = Math.round(measure === 2 ? failureRate * 1e6 : deviations * 1000);
    this.#minimumCalls = minimumCalls;
    this.#minimumInstances = minimumInstances;
    this.#percent = Math.round(maxEjected * 100);
    this.#maxInstances = maxInstances;
  }

  /**
   * Finds outliers.
   *
   * @param calls completed calls of each instance in the interval; 0 for one that is ejected at the moment.
   * @param values successes of each instance; with `latency`, what an average call of it took, in whole units of your choice.
   * @param ejected how many are ejected at the moment. Default: 0.
   */
  find(calls: ArrayLike<number>, values: ArrayLike<number>, ejected = 0): Outliers {
    const at = this.live;
    const count = whole("calls.length", calls.length, 0, this.#maxInstances);
    whole("values.length", values.length, count, count);
    const bytes = this.runtime.view(at, 8 * this.#maxInstances + this.core.outlierSize(this.#maxInstances));
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
    for (let index = 0; index < count; index++) {
      words[2 * index] = counted(calls[index]!);
      words[2 * index + 1] = counted(values[index]!);
    }
    const answer = 2 * this.#maxInstances;
    const room = this.core.outlierRoom(count, ejected, this.#percent);
    this.core.outlierFind(
      at,
      count,
      this.#measure,
      this.#minimumCalls,
      this.#minimumInstances,
      this.#factor,
      room,
      at + 4 * answer,
    );
    const threshold = words[answer]!;
    const indices: number[] = [];
    for (let index = 0; index < count; index++) {
      if ((words[answer + 2 + (index >>> 5)]! >>> (index & 31)) & 1) indices.push(index);
    }
    return {
      indices,
      found: words[answer + 1]!,
      threshold: threshold === 2 ** 32 - 1 ? undefined : threshold / this.#scale,
    };
  }
}

/** A count as the core takes it: a whole number of 32 bits. */
function counted(value: number): number {
  return value > 0 ? Math.min(Math.round(value), 2 ** 32 - 1) : 0;
}
