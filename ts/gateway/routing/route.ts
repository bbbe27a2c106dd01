/** A route as it runs: what it matches, where it leads, and the state of its protections. */

import { KeyedLimiter } from "../../core/index.js";
import type { ConcurrencyView, LimiterView, RouteView } from "../../dashboard/index.js";
import { type Clock, dispose, type Random } from "../../kernel/index.js";
import {
  type Backoff,
  type Bulkhead,
  bulkhead,
  exponential,
  type RetryBudget,
  retryBudget,
} from "../../resilience/index.js";
import type {
  ConcurrencyConfig,
  LimitsConfig,
  RateLimitConfig,
  RetryConfig,
  RouteConfig,
} from "../config/gateway-spec.js";
import { rateLimitPolicy } from "../http/rate-limit-headers.js";
import type { Traffic } from "../observe/traffic.js";
import type { Carrier, Shared } from "../shared.js";
import type { Instance } from "../upstream/instance.js";
import type { Matchable } from "./router.js";

/** A route's keyed limiter with what its headers and the dashboard tell. */
export class RouteLimiter {
  readonly keys: KeyedLimiter;
  readonly limit: number;
  readonly perMs: number;
  readonly burst: number;
  readonly maxKeys: number;
  /** The RateLimit-Policy header. */
  readonly policy: string;
  /** Name in lower case of the header that is the key, or undefined for the client's address. */
  readonly keyHeader: string | undefined;
  allowed = 0;
  rejected = 0;
  /** The busiest key of this second and of the one before, 0 to 1. */
  #level = 0;
  #lastLevel = 0;

  constructor(name: string, config: RateLimitConfig) {
    const { limit, perMs, burst = config.limit, maxKeys } = config;
    this.limit = limit;
    this.perMs = perMs;
    this.burst = burst;
    this.maxKeys = maxKeys;
    this.policy = rateLimitPolicy(name, limit, perMs);
    this.keyHeader = config.key === "client" ? undefined : config.key.slice("header:".length).toLowerCase();
    this.keys = new KeyedLimiter({ algorithm: config.algorithm, limit, perMs, burst, maxKeys });
  }

  /** Notes a decision. */
  decided(allowed: boolean, remaining: number): void {
    if (allowed) this.allowed++;
    else this.rejected++;
    const level = allowed ? 1 - remaining / this.burst : 1;
    if (level > this.#level) this.#level = level;
  }

  /** Lets a second pass. */
  turn(): void {
    this.#lastLevel = this.#level;
    this.#level = 0;
  }

  view(): LimiterView {
    const { limit, perMs, burst, maxKeys, allowed, rejected } = this;
    const level = Math.min(1, Math.max(0, this.#level, this.#lastLevel));
    return { limit, perMs, burst, keys: this.keys.size, maxKeys, allowed, rejected, level };
  }

  dispose(): void {
    this.keys[dispose]();
  }
}

/** A route's rules for retries. */
export class RouteRetry {
  readonly attempts: number;
  readonly methods: ReadonlySet<string>;
  readonly statuses: ReadonlySet<number>;
  readonly replayBytes: number;
  readonly budget: RetryBudget;
  readonly #backoff: Backoff | undefined;

  constructor(config: RetryConfig, clock: Clock, random: Random) {
    this.attempts = config.attempts;
    this.methods = new Set(config.methods);
    this.statuses = new Set(config.statuses);
    this.replayBytes = config.replayBytes;
    this.budget = retryBudget({ ratio: config.budgetRatio, minPerSecond: config.budgetPerSecond, clock });
    const { backoffMs, maxBackoffMs } = config;
    // Full jitter draws from zero to the ceiling, so a mean of `backoff` needs twice that as the first ceiling.
    this.#backoff =
      backoffMs === 0
        ? undefined
        : exponential({ baseMs: 2 * backoffMs, maxMs: Math.max(2 * backoffMs, maxBackoffMs), random });
  }

  /** The wait before attempt number `attempt` (2 is the first retry). */
  delayMs(attempt: number): number {
    return this.#backoff?.delayMs(attempt - 1) ?? 0;
  }

  dispose(): void {
    this.budget[dispose]();
  }
}

/** What a route is built with. */
export interface RouteParts {
  readonly carrier: Carrier;
  readonly clock: Clock;
  readonly random: Random;
  readonly limits: LimitsConfig;
  /** Already held for this route, as are the instances. */
  readonly traffic: Shared<Traffic>;
  readonly instances: readonly Shared<Instance>[];
}

function matchText(hosts: readonly string[], path: string): string {
  return hosts.length === 0 ? path : `${hosts.join(",")}${path}`;
}

/** What is given back when the route's last request has ended. */
type Held = Pick<Shared<unknown>, "release">;

/** See the top of this file. A route never changes; a reload makes new ones that share what stayed the same. */
export class Route implements Matchable {
  readonly name: string;
  readonly hosts: readonly string[];
  readonly pathPrefix: string;
  readonly replacement: string | undefined;
  readonly preserveHost: boolean;
  readonly upstream: string;
  readonly instances: readonly Instance[];
  readonly traffic: Traffic;
  /** Milliseconds, or 0 for none. */
  readonly timeoutMs: number;
  readonly perTryTimeoutMs: number;
  readonly idleTimeoutMs: number;
  readonly bodyBytes: number;
  readonly heedsBreakers: boolean;
  readonly limiter: RouteLimiter | undefined;
  readonly concurrency: Bulkhead | undefined;
  readonly retry: RouteRetry | undefined;
  readonly #held: readonly Held[];
  #inFlight = 0;
  #retired = false;

  constructor(config: RouteConfig, parts: RouteParts) {
    const { carrier, clock, random } = parts;
    this.name = config.name;
    this.hosts = config.match.hosts.map((host) => host.toLowerCase());
    this.pathPrefix = config.match.path;
    this.replacement = config.stripPrefix ? "/" : config.rewritePrefix;
    this.preserveHost = config.preserveHost;
    this.upstream = config.upstream;
    this.instances = parts.instances.map((instance) => instance.value);
    this.traffic = parts.traffic.value;
    this.timeoutMs = config.timeoutMs === "off" ? 0 : config.timeoutMs;
    this.perTryTimeoutMs = config.perTryTimeoutMs === "off" ? 0 : config.perTryTimeoutMs;
    this.idleTimeoutMs = config.idleTimeoutMs === "off" ? 0 : config.idleTimeoutMs;
    this.bodyBytes = config.bodyBytes ?? parts.limits.bodyBytes;
    this.heedsBreakers = config.breaker;
    const held: Held[] = [parts.traffic, ...parts.instances];
    const obtain = <T extends { dispose(): void }>(kind: string, part: unknown, make: () => T): T => {
      const shared = carrier.obtain(`route ${config.name} ${kind}`, part, make, (value) => value.dispose());
      held.push(shared);
      return shared.value;
    };
    const { rateLimit, retry, concurrency } = config;
    this.limiter = rateLimit && obtain("limiter", rateLimit, () => new RouteLimiter(config.name, rateLimit));
    this.retry = retry === "off" ? undefined : obtain("retry", retry, () => new RouteRetry(retry, clock, random));
    this.concurrency =
      concurrency &&
      obtain("concurrency", concurrency, () => new Concurrency(config.name, concurrency, clock)).bulkhead;
    this.#held = held;
  }

  /** A request takes this route. */
  enter(): void {
    this.#inFlight++;
    this.traffic.started();
  }

  /** A request that took this route has ended. */
  leave(): void {
    this.#inFlight--;
    if (this.#retired && this.#inFlight === 0) this.#release();
  }

  /** No further request takes this route; its parts are given back once the last one has ended. */
  retire(): void {
    this.#retired = true;
    if (this.#inFlight === 0) this.#release();
  }

  #release(): void {
    for (const shared of this.#held) shared.release();
  }

  /** Lets a second pass. */
  turn(): void {
    this.limiter?.turn();
  }

  /** What the dashboard shows. */
  view(): RouteView {
    const { concurrency } = this;
    const places: ConcurrencyView | undefined = concurrency && {
      limit: concurrency.limit,
      inUse: concurrency.inUse,
      queued: concurrency.queued,
    };
    return {
      name: this.name,
      match: matchText(this.hosts, this.pathPrefix),
      upstream: this.upstream,
      traffic: this.traffic.view(),
      ...(this.limiter === undefined ? {} : { limiter: this.limiter.view() }),
      ...(places === undefined ? {} : { concurrency: places }),
      breaker: this.heedsBreakers && this.instances.some((instance) => instance.breaker !== undefined),
    };
  }
}

/** Makes a bulkhead disposable like the other parts. */
class Concurrency {
  readonly bulkhead: Bulkhead;

  constructor(name: string, config: ConcurrencyConfig, clock: Clock) {
    this.bulkhead = bulkhead({
      name,
      clock,
      limit: config.limit,
      queue: { size: config.queue, maxWaitMs: config.maxWaitMs },
    });
  }

  dispose(): void {
    this.bulkhead[dispose]();
  }
}
