import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { Structure } from "./structure.js";

/** Options of {@link RetryThrottle}. */
export interface RetryThrottleOptions {
  /** Tokens of a full throttle: 0.001 to 1,000,000, with three decimal digits. gRPC allows up to 1,000. */
  readonly maxTokens: number;
  /** Tokens that a success gives back: 0.001 to 1,000,000, with three decimal digits. */
  readonly tokenRatio: number;
}

/** Thousandths of a token; further digits are dropped, as gRPC does. */
function thousandths(name: string, value: number): number {
  // A little is added, so that 0.29 is 290 although 0.29 * 1000 is below it.
  const whole = Math.floor(value * 1000 + 1e-6);
  if (whole >= 1 && whole <= 1e9) return whole;
  throw invalidOption(name, value, "give a number from 0.001 to 1,000,000; three decimal digits count");
}

/**
 * Holds retries back while too many attempts fail: gRPC's retry throttle.
 *
 * Use it where a server's failures should stop the retries of all its callers within a few calls, and only then: it knows no time,
 * so a quiet hour changes nothing. Use {@link RetryBudgetMachine} to bound retries to a share of the calls of the last seconds.
 * Each failed attempt takes a token, each good one gives `tokenRatio` back, and while at most half of the tokens are left nobody
 * retries. First attempts are always sent. One word of memory, exact where threads share it.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: gRPC proposal A6, "gRPC Retry Design", section "Throttling Retry Attempts and Hedged RPCs".
 *
 * @see {@link AttemptLimit}
 * @example
 * ```ts
 * import { RetryThrottle } from "holdfast/core";
 *
 * const throttle = new RetryThrottle({ maxTokens: 4, tokenRatio: 0.5 });
 * throttle.recordFailure(); // => true
 * throttle.recordFailure(); // => false
 * throttle.recordSuccess();
 * throttle.tokens; // => 2.5
 * throttle.allows; // => true
 * ```
 */
export class RetryThrottle extends Structure<FullExports> {
  /** @internal */
  static override readonly kind: string = "RetryThrottle";

  constructor(options: RetryThrottleOptions, runtime: FullRuntime = fullRuntime()) {
    const maximum = thousandths("maxTokens", options.maxTokens);
    const ratio = thousandths("tokenRatio", options.tokenRatio);
    super(runtime.core.retryThrottleSize(), runtime);
    this.core.retryThrottleInit(this.at, maximum, ratio);
  }

  /** Counts a good attempt. */
  recordSuccess(): void {
    if (this.at === 0) throw this.disposed();
    this.core.retryThrottleSuccess(this.at);
  }

  /** Counts a failed attempt, or one whose server asked for no retry; returns whether a retry may be sent. */
  recordFailure(): boolean {
    if (this.at === 0) throw this.disposed();
    return this.core.retryThrottleFailure(this.at) === 1;
  }

  /** Whether a retry or a hedge may be sent. */
  get allows(): boolean {
    return this.core.retryThrottleAllows(this.live) === 1;
  }

  /** Tokens that are left. */
  get tokens(): number {
    return this.core.retryThrottleTokens(this.live) / 1000;
  }

  /** The tokens as bytes. */
  snapshot(): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.retryThrottleSave(at, to));
  }

  /** Goes on where {@link snapshot} was taken. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.retryThrottleLoad(at, from));
  }
}
