/** The usual policies in the usual order, from one description. */

import { type Clock, dispose, invalidOption, type Random, systemClock, systemRandom } from "../kernel/index.js";
import { exponential } from "./backoff.js";
import { type CircuitBreaker, circuitBreaker } from "./breaker/circuit-breaker.js";
import type { CircuitBreakerOptions } from "./breaker/options.js";
import { type Bulkhead, type BulkheadOptions, bulkhead } from "./bulkhead.js";
import { type Cache, type CacheOptions, cache } from "./cache.js";
import { type Coalesce, type CoalesceOptions, coalesce } from "./coalesce.js";
import { Composite, checkedClock } from "./compose.js";
import { type Fallback, type FallbackOptions, fallback } from "./fallback.js";
import { type Hedge, type HedgeOptions, hedge } from "./hedge.js";
import { BasePolicy, type Policy, type PolicyOptions } from "./policy.js";
import { type RateLimiter, type RateLimiterOptions, rateLimiter } from "./rate-limiter.js";
import { type RetryOptions, type RetryPolicy, retry } from "./retry.js";
import { type RetryBudget, retryBudget } from "./retry-budget.js";
import { type AdaptiveThrottle, type AdaptiveThrottleOptions, adaptiveThrottle } from "./shedding/adaptive-throttle.js";
import { type Timeout, type TimeoutOptions, timeout } from "./timeout.js";

/** A policy that stands already (perhaps shared with other pipelines), or the options of one that the pipeline makes and owns. */
type Part<P extends Policy, Options> = P | Omit<Options, "name" | "clock">;

/** What a pipeline consists of; each part may be left out. */
export interface PipelineOptions extends Pick<PolicyOptions, "mode"> {
  /** Outermost: the answer when all else fails. */
  readonly fallback?: Part<Fallback, FallbackOptions>;
  /** Answers that are remembered for a while; needs the `key` of each call. */
  readonly cache?: Part<Cache, CacheOptions>;
  /** One execution for calls of the same `key` that overlap. */
  readonly coalesce?: Part<Coalesce, CoalesceOptions>;
  /** The deadline of the whole call, retries and waits included. */
  readonly timeout?: Part<Timeout, TimeoutOptions>;
  /** Further attempts. `budget: false` means none; by default retries and hedges together may add 20 % and ten a second. */
  readonly retry?: Part<RetryPolicy, RetryOptions>;
  /** Attempts beside a slow one. */
  readonly hedge?: Part<Hedge, HedgeOptions>;
  /** Sees each attempt. */
  readonly breaker?: Part<CircuitBreaker, CircuitBreakerOptions>;
  /** Holds attempts back while the dependency accepts too few. */
  readonly throttle?: Part<AdaptiveThrottle, AdaptiveThrottleOptions>;
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

/** Makes one part from its options. */
type Make = (options: never, shared: Shared) => Policy;

/** What the parts that a pipeline makes have in common. */
interface Shared {
  readonly clock: Clock;
  readonly random: Random;
  /** What pays for retries and hedges where nothing else was said; made once, so that it outlives a change of the retry. */
  readonly budget: () => RetryBudget;
}

/** The parts, outermost first: the word for each, and how it is made. */
const recipe: { readonly [Part in PartName]: Make } = {
  fallback: (options: FallbackOptions) => fallback(options),
  cache: (options: CacheOptions, { random }) => cache({ random, ...options }),
  coalesce: (options: CoalesceOptions) => coalesce(options),
  timeout: (options: TimeoutOptions) => timeout(options),
  retry: (options: RetryOptions, { random, budget }) =>
    retry({
      backoff: exponential({ baseMs: 100, jitter: "decorrelated", random }),
      ...options,
      budget: options.budget ?? budget(),
    }),
  hedge: (options: HedgeOptions, { budget }) => hedge({ ...options, budget: options.budget ?? budget() }),
  breaker: (options: CircuitBreakerOptions, { random }) => circuitBreaker({ random, ...options }),
  throttle: (options: AdaptiveThrottleOptions, { random }) => adaptiveThrottle({ random, ...options }),
  rateLimiter: (options: RateLimiterOptions) => rateLimiter(options),
  bulkhead: (options: BulkheadOptions) => bulkhead(options),
  attemptTimeout: (options: TimeoutOptions) => timeout(options),
};

/** The parts of a pipeline. */
export type PartName = Exclude<keyof PipelineOptions, "clock" | "random" | "mode">;

const partNames = Object.keys(recipe) as readonly PartName[];

/** A part that stands in the pipeline. */
interface Standing {
  readonly policy: Policy;
  /** What it was made from; the policy itself where it was passed in. */
  readonly from: object;
}

/** See {@link pipeline}. */
export class Pipeline extends Composite<PipelineOptions & PolicyOptions> implements Disposable {
  readonly kind = "pipeline";
  readonly #shared: Shared;
  #budget: RetryBudget | undefined;
  #standing: ReadonlyMap<PartName, Standing> = new Map();

  /** @internal */
  constructor(name: string, options: PipelineOptions) {
    const { clock = systemClock, random = systemRandom } = options;
    super("pipeline", { ...options, name, clock });
    const budget = () => (this.#budget ??= retryBudget({ clock }));
    this.#shared = { clock, random, budget };
    this.adopt(options);
  }

  /** A part by its name, or `undefined` where the pipeline has none. */
  part(name: PartName): Policy | undefined {
    return this.#standing.get(name)?.policy;
  }

  /**
   * The options of a part replace those that it had; the part keeps its state as its own `reconfigure` says. A new part is
   * made, one that is gone serves the calls that it has let in.
   */
  protected override adopt(options: PipelineOptions): void {
    const given = partNames.flatMap((part) => (options[part] === undefined ? [] : [[part, options[part]] as const]));
    const before = this.#standing;
    // All are made, those too that will only be changed: that checks every option before the first takes effect.
    const made = given.map(([part, from]) => {
      const old = before.get(part);
      return [part, from === old?.from ? old : { policy: this.#made(part, from), from }] as const;
    });
    const policies = made.map(([part, { policy, from }]) => kept(before.get(part), policy, from) ?? policy);
    if (checkedClock(policies) !== this.clock) {
      throw invalidOption("clock", policies[0]!.name, "a part has another clock than the pipeline; give both the same");
    }
    this.#standing = new Map(
      made.map(([part, standing], at) => {
        const policy = policies[at]!;
        if (policy !== standing.policy) {
          replaceOptions(policy as BasePolicy<never>, (standing.policy as BasePolicy<never>).options);
          disposeOf(standing.policy);
        }
        return [part, { policy, from: standing.from }];
      }),
    );
    this.take(policies);
  }

  #made(part: PartName, from: object): Policy {
    if (from instanceof BasePolicy) return from;
    const named = { ...from, name: `${this.name}.${kebab(part)}`, clock: this.#shared.clock };
    return recipe[part](named as never, this.#shared);
  }

  /** Gives back what the parts hold that this pipeline made; parts that were passed in stay. */
  [dispose](): void {
    for (const { policy, from } of this.#standing.values()) if (policy !== from) disposeOf(policy);
    this.#budget?.[dispose]();
  }
}

/** The part that stood there, where it can go on with other options. */
function kept(old: Standing | undefined, made: Policy, from: object): Policy | undefined {
  const both = old !== undefined && old.policy !== old.from && made !== from;
  return both ? old.policy : undefined;
}

/** Gives a policy these options and no others. */
function replaceOptions(policy: BasePolicy<never>, options: object): void {
  const gone = Object.fromEntries(Object.keys(policy.options).map((option) => [option, undefined]));
  policy.reconfigure({ ...gone, ...options });
}

function disposeOf(policy: Policy): void {
  if (dispose in policy) (policy as unknown as Disposable)[dispose]();
}

/** `attemptTimeout` as it stands in names: `attempt-timeout`. */
function kebab(part: PartName): string {
  return part.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/**
 * A pipeline of policies in the order that serves most callers, from the outside in: fallback, cache, coalesce, timeout,
 * retry, hedge, breaker, throttle, rate limiter, bulkhead, attempt timeout.
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
  return new Pipeline(name, options);
}
