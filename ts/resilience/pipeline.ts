/** The usual policies in the usual order, from one description. */

import { type Clock, dispose, type Random, systemClock, systemRandom } from "../kernel/index.js";
import { exponential } from "./backoff.js";
import { type Bulkhead, type BulkheadOptions, bulkhead } from "./bulkhead.js";
import { type CircuitBreaker, type CircuitBreakerOptions, circuitBreaker } from "./circuit-breaker.js";
import { Composition } from "./compose.js";
import { type Fallback, type FallbackOptions, fallback } from "./fallback.js";
import { BasePolicy, type Policy } from "./policy.js";
import { type RateLimiter, type RateLimiterOptions, rateLimiter } from "./rate-limiter.js";
import { type RetryOptions, type RetryPolicy, retry } from "./retry.js";
import { type RetryBudget, retryBudget } from "./retry-budget.js";
import { type Timeout, type TimeoutOptions, timeout } from "./timeout.js";

/** A policy that stands already (perhaps shared with other pipelines), or the options of one that the pipeline makes and owns. */
type Part<P extends Policy, Options> = P | Omit<Options, "name" | "clock">;

/** What a pipeline consists of; each part may be left out. */
export interface PipelineOptions {
  /** Outermost: the answer when all else fails. */
  readonly fallback?: Part<Fallback, FallbackOptions>;
  /** The deadline of the whole call, retries and waits included. */
  readonly timeout?: Part<Timeout, TimeoutOptions>;
  /** Further attempts. `budget: undefined` given on purpose means none; by default retries may add 20 %. */
  readonly retry?: Part<RetryPolicy, RetryOptions>;
  /** Sees each attempt. */
  readonly breaker?: Part<CircuitBreaker, CircuitBreakerOptions>;
  /** Counts each attempt that the breaker lets pass. */
  readonly rateLimiter?: Part<RateLimiter, RateLimiterOptions>;
  /** Bounds attempts under way, including cut ones whose work goes on. */
  readonly bulkhead?: Part<Bulkhead, BulkheadOptions>;
  /** Innermost: the deadline of each attempt. */
  readonly attemptTimeout?: Part<Timeout, TimeoutOptions>;
  /** The clock of all parts that the pipeline makes. */
  readonly clock?: Clock;
  /** The random source of all parts that the pipeline makes. */
  readonly random?: Random;
}

/** See {@link pipeline}. */
export class Pipeline extends Composition implements Disposable {
  override readonly kind = "pipeline";
  readonly #owned: readonly Disposable[];

  /** @internal */
  constructor(name: string, policies: readonly Policy[], owned: readonly Disposable[]) {
    super({ name, policies });
    this.#owned = owned;
  }

  /** Gives back what the parts hold that this pipeline made; parts that were passed in stay. */
  [dispose](): void {
    for (const part of this.#owned) part[dispose]();
  }
}

/**
 * A pipeline of policies in the order that serves most callers, from the outside in: fallback, timeout, retry, breaker,
 * rate limiter, bulkhead, attempt timeout.
 *
 * @param name appears in errors, events and metrics; parts are named after it (`users.retry`).
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { exponential, pipeline } from "holdfast";
 *
 * const users = pipeline("users", {
 *   timeout: { timeoutMs: 5_000 },
 *   retry: { attempts: 3, backoff: exponential({ baseMs: 100, maxMs: 2_000 }) },
 *   breaker: { consecutiveFailures: 5, openForMs: 10_000 },
 *   bulkhead: { limit: 50 },
 *   attemptTimeout: { timeoutMs: 1_000 },
 * });
 * await users.execute(async ({ attempt }) => `user 7, attempt ${attempt}`); // => "user 7, attempt 1"
 * ```
 */
export function pipeline(name: string, options: PipelineOptions): Pipeline {
  const { clock = systemClock, random = systemRandom } = options;
  const policies: Policy[] = [];
  const owned: Disposable[] = [];

  /** Adds a part: as it is, or made from its options. */
  function add<P extends Policy, Options extends object>(
    word: string,
    part: P | Options | undefined,
    make: (options: Options & { name: string; clock: Clock; random: Random }) => P,
  ): void {
    if (part === undefined) return;
    if (part instanceof BasePolicy) {
      policies.push(part);
      return;
    }
    const made = make({ ...(part as Options), name: `${name}.${word}`, clock, random });
    policies.push(made);
    if (dispose in made) owned.push(made as unknown as Disposable);
  }

  add("fallback", options.fallback, fallback);
  add("timeout", options.timeout, timeout);
  add("retry", options.retry, (given) => {
    const budget = "budget" in given ? given.budget : ownBudget(owned, clock);
    return retry({ backoff: exponential({ baseMs: 100, jitter: "decorrelated", random }), ...given, budget });
  });
  add("breaker", options.breaker, circuitBreaker);
  add("rate-limiter", options.rateLimiter, rateLimiter);
  add("bulkhead", options.bulkhead, bulkhead);
  add("attempt-timeout", options.attemptTimeout, timeout);
  return new Pipeline(name, policies, owned);
}

function ownBudget(owned: Disposable[], clock: Clock): RetryBudget {
  const budget = retryBudget({ clock });
  owned.push(budget);
  return budget;
}
