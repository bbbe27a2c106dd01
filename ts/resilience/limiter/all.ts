/** Several limits at once: a call takes its permits from all of them or from none. */

import {
  createFullRuntime,
  type FullRuntime,
  fullRuntime,
  HierarchicalLimiter,
  type HierarchyLevel,
  KeyedLimiter,
  KeyedWindowLimiter,
} from "../../core/index.js";
import { dispose, invalidOption } from "../../kernel/index.js";
import { wholeNumber } from "../options.js";
import type { KeyOptions, LimiterAlgorithm } from "./algorithm.js";
import { frame, unframe } from "./frame.js";
import type { Meter, Standing } from "./meter.js";
import type { Stackable } from "./stackable.js";

/** One of the limits of {@link all}. */
export interface AllLevel {
  /** What a refusal calls it. Default: the algorithm's kind. */
  readonly name?: string;
  /** Buckets, windows or a log; not `leakyBucketQueue` and `warmUp`, which cannot give a permit back. */
  readonly algorithm: LimiterAlgorithm;
  /**
   * Whose limit it is, in a limiter with keys: each key's (`key`), everybody's together (`everybody`), or that of the group that a
   * function tells of the key, such as its tenant. Default: `key`.
   */
  readonly by?: "key" | "everybody" | ((key: string) => string);
}

/** A table of so many keys needs a memory of its own: the core's default one has 16 MiB for everybody. */
const ownMemoryFromKeys = 65_536;
const bytesPerKey = 48;
const memoryExtraBytes = 262_144;

type Levels = readonly {
  readonly name: string;
  readonly algorithm: LimiterAlgorithm & Stackable;
  readonly by: AllLevel["by"];
}[];

/**
 * Several limits as one, such as 10 a second and 1 000 a day, or a user's within a tenant's within everybody's: nothing is taken unless
 * all allow. A refusal tells the longest wait and, as `refusedBy` of the decision, whose it is.
 *
 * @param levels algorithms, or `{ name, algorithm, by }`; put first what refuses most often.
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { manualClock, rateLimiter, tokenBucket } from "holdfast";
 * import { all, fixedWindow } from "holdfast/resilience/limiter";
 *
 * const algorithm = all(
 *   { name: "user", algorithm: tokenBucket({ limit: 2, perMs: 1_000 }) },
 *   { name: "tenant", algorithm: fixedWindow({ limit: 3, perMs: 60_000 }), by: (key) => key.split("/")[0]! },
 * );
 * const limiter = rateLimiter({ algorithm, keys: { max: 10_000 }, clock: manualClock() });
 * limiter.check("acme/ada", 2).allowed; // => true
 * limiter.check("acme/bob", 2).refusedBy; // => "tenant"
 * limiter.check("acme/bob").allowed; // => true
 * ```
 */
export function all(...levels: readonly (LimiterAlgorithm | AllLevel)[]): LimiterAlgorithm {
  const known = levels.map(levelOf);
  if (known.length === 0) throw invalidOption("levels", "none", "give at least one limit");
  const narrowest = known.map(({ algorithm }) => algorithm).reduce((a, b) => (b.burst < a.burst ? b : a));
  const { limit, perMs, burst } = narrowest;
  return {
    kind: "all",
    limit,
    perMs,
    burst,
    shape: known.map(({ algorithm, by }) => [
      algorithm.kind,
      ...algorithm.shape,
      typeof by === "function" ? "group" : by,
    ]),
    open: (keys) => new AllMeter(known, burst, keys),
  };
}

function levelOf(level: LimiterAlgorithm | AllLevel): Levels[number] {
  const { name, algorithm, by = "key" } = "algorithm" in level ? level : { name: level.kind, algorithm: level };
  if (!("level" in algorithm)) {
    throw invalidOption("levels", algorithm.kind, "give buckets, windows or logs: others cannot give a permit back");
  }
  return { name: name ?? algorithm.kind, algorithm: algorithm as LimiterAlgorithm & Stackable, by };
}

class AllMeter implements Meter {
  readonly bookings = undefined;
  readonly shape: readonly unknown[] = [];
  readonly #limiters: readonly HierarchyLevel["limiter"][];
  readonly #hierarchy: HierarchicalLimiter;
  /** The groups of a key, one for each level that has keys, in their order. */
  readonly #groups: readonly (undefined | ((key: string) => string))[];
  /** The keys of one call; the core copies them. */
  readonly #keys: string[] = [];
  readonly #capacity: number;

  constructor(levels: Levels, capacity: number, keys: KeyOptions | undefined) {
    if (keys?.limits !== undefined) {
      throw invalidOption(
        "keys.limits",
        "a function",
        "the limits of several levels cannot differ by key; give one level",
      );
    }
    const keyed = levels.filter(({ by }) => keys !== undefined && by !== "everybody");
    if (keys !== undefined && keyed.length === 0) throw invalidOption("keys", keys.max, "no level is kept by key");
    const maxKeys = keys && wholeNumber("keys.max", keys.max, 1);
    const runtime = runtimeFor(keyed.length * (maxKeys ?? 0));
    this.#groups = keyed.map(({ by }) => (typeof by === "function" ? by : undefined));
    this.#capacity = capacity;
    const limiters = levels.map((level) => ({
      name: level.name,
      limiter: level.algorithm.level(runtime, keyed.includes(level) ? maxKeys : undefined),
    }));
    this.#limiters = limiters.map(({ limiter }) => limiter);
    this.#hierarchy = new HierarchicalLimiter({ levels: limiters }, runtime);
  }

  get size(): number {
    const tables = this.#limiters.filter((one) => one instanceof KeyedLimiter || one instanceof KeyedWindowLimiter);
    return Math.max(1, ...tables.map((table) => table.size));
  }

  #keysOf(key: string): readonly string[] {
    for (let i = 0; i < this.#groups.length; i++) this.#keys[i] = this.#groups[i]?.(key) ?? key;
    return this.#keys;
  }

  tryAcquire(key: string, weight: number, nowMs: number): number {
    return this.#hierarchy.tryAcquire(weight, nowMs, this.#keysOf(key));
  }

  check(key: string, weight: number, nowMs: number): Standing {
    const waitMs = this.tryAcquire(key, weight, nowMs);
    const { refusedBy } = this.#hierarchy;
    const standing = {
      waitMs,
      remaining: this.#hierarchy.remaining(nowMs, this.#keys),
      resetAfterMs: this.#hierarchy.resetAfterMs(nowMs, this.#keys),
    };
    return waitMs === 0 || refusedBy === undefined ? standing : { ...standing, refusedBy };
  }

  peek(key: string, weight: number, nowMs: number): number {
    return this.#hierarchy.peek(weight, nowMs, this.#keysOf(key));
  }

  refund(key: string, weight: number, nowMs: number): void {
    this.#hierarchy.refund(weight, nowMs, this.#keysOf(key));
  }

  capacityOf(): number {
    return this.#capacity;
  }

  /** Levels may have gone or come, so that a change begins anew. */
  configure(): boolean {
    return false;
  }

  snapshot(nowMs: number): Uint8Array {
    return frame(this.#limiters.map((limiter) => limiter.snapshot(nowMs)));
  }

  restore(bytes: Uint8Array, nowMs: number): void {
    const parts = unframe(bytes, this.#limiters.length);
    const before = this.#limiters.map((limiter) => limiter.snapshot(nowMs));
    const load = (from: readonly Uint8Array[]) => {
      for (const [index, limiter] of this.#limiters.entries()) limiter.restore(from[index]!, nowMs);
    };
    try {
      load(parts);
    } catch (error) {
      // All levels or none: those before the one that failed go back to what they were.
      load(before);
      throw error;
    }
  }

  [dispose](): void {
    this.#hierarchy[dispose]();
    for (const limiter of this.#limiters) limiter[dispose]();
  }
}

/** All levels live in one memory. */
function runtimeFor(keys: number): FullRuntime {
  return keys < ownMemoryFromKeys
    ? fullRuntime()
    : createFullRuntime({ memoryBytes: keys * bytesPerKey + memoryExtraBytes });
}
