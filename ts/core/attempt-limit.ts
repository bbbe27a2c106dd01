import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { whole, within } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link AttemptLimit}. */
export interface AttemptLimitOptions {
  /** Attempts that no call exceeds, the first included: 1 to 64. */
  readonly maxAttempts: number;
  /**
   * How much load attempts may make on average, as a multiple of the calls: 1 (no retry once anything fails) to 256. Default: 1.2,
   * which is what a retry budget of 0.2 allows.
   */
  readonly maxLoad?: number | undefined;
  /** Results that the average remembers: 1 to 4,096. Default: 100. */
  readonly window?: number | undefined;
}

/**
 * Says how many attempts a call may make, by how attempts fared of late.
 *
 * Use it so that retries are many while failures are rare, when they help and cost nothing, and none in an outage, when they are all that
 * a server gets. If a share q of attempts fails, n attempts a call multiply the load by 1 + q + q² + … + q^(n−1); the limit is the largest n
 * that keeps this at or below `maxLoad`. q is an exponentially weighted average, without a time. One word of memory, exact where
 * threads share it.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: Google, "Site Reliability Engineering" (2016), chapters 21 and 22, on retries that multiply load; the sum is a geometric one.
 *
 * @see {@link RetryThrottle}
 * @example
 * ```ts
 * import { AttemptLimit } from "holdfast/core";
 *
 * const limit = new AttemptLimit({ maxAttempts: 5 });
 * limit.allowed; // => 5
 * for (let n = 0; n < 50; n++) limit.record(n % 6 !== 0);
 * limit.allowed; // => 2
 * for (let n = 0; n < 50; n++) limit.record(false);
 * limit.allowed; // => 1
 * ```
 */
export class AttemptLimit extends Structure<FullExports> {
  /** @internal */
  static override readonly kind: string = "AttemptLimit";

  constructor(options: AttemptLimitOptions, runtime: FullRuntime = fullRuntime()) {
    const maxAttempts = whole("maxAttempts", options.maxAttempts, 1, 64);
    const maxLoad = within("maxLoad", options.maxLoad ?? 1.2, 1, 256);
    const window = whole("window", options.window ?? 100, 1, 4_096);
    super(runtime.core.attemptLimitSize(), runtime);
    this.core.attemptLimitInit(this.at, maxAttempts, window, maxLoad);
  }

  /** Counts the result of an attempt, a first one or a retry. */
  record(success: boolean): void {
    if (this.at === 0) throw this.disposed();
    this.core.attemptLimitRecord(this.at, success ? 0 : 1);
  }

  /** Attempts that a call may make in all, 1 to `maxAttempts`. */
  get allowed(): number {
    if (this.at === 0) throw this.disposed();
    return this.core.attemptLimitAllowed(this.at);
  }

  /** The share of attempts that failed of late, 0 to 1. */
  get failureRate(): number {
    return this.core.attemptLimitFailureShare(this.live) / 2 ** 30;
  }

  /** What is known of the attempts, as bytes. */
  snapshot(): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.attemptLimitSave(at, to));
  }

  /** Goes on where {@link snapshot} was taken. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.attemptLimitLoad(at, from));
  }
}
