import { type Address, type CoreExports, defaultRuntime, type Runtime } from "../../bindings/index.js";
import { entropySeed, invalidOption, maxDurationMs } from "../kernel/index.js";
import { choice, duration, seed, whole, within } from "./options.js";
import { Structure, sealBytes } from "./structure.js";

const kinds = ["consecutive", "count", "time"] as const;

/** Which results a breaker looks at when it decides to open. */
export type BreakerAccounting =
  /** Failures in a row: 1 to 2^31 − 1. A success starts the count anew. */
  | { readonly kind: "consecutive"; readonly failures: number }
  /** The last `calls` completed calls: 1 to 262,144. */
  | { readonly kind: "count"; readonly calls: number }
  /** Calls started in the last `windowMs`, forgotten in `buckets` steps (1 to 4,096; default 10). */
  | { readonly kind: "time"; readonly windowMs: number; readonly buckets?: number | undefined };

/** The rest of the options of {@link BreakerMachine}. */
export interface BreakerRules {
  /** Share of failed calls, above 0 to 1, at which a window opens the breaker (at least, ≥). Kept to six decimals. Default: 0.5 unless `slowRate` is set. */
  readonly failureRate?: number | undefined;
  /** Share of slow calls, above 0 to 1, at which a window opens the breaker (≥). Default: slow calls are not looked at. */
  readonly slowRate?: number | undefined;
  /** A call that took at least this many milliseconds is slow. Default: 2,000. */
  readonly slowAfterMs?: number | undefined;
  /** Completed calls that the window must hold before a rate counts. Default: 20, or the window's calls if fewer. */
  readonly minimumCalls?: number | undefined;
  /** How long the breaker stays open, in milliseconds. Default: 5,000. */
  readonly openForMs?: number | undefined;
  /** Growth of the open time each time a probe fails: 1 to 256. Default: 1, no growth. */
  readonly openFactor?: number | undefined;
  /** Longest open time in milliseconds. Default: `openForMs`, or 60 times that with an `openFactor` above 1. */
  readonly openMaxMs?: number | undefined;
  /** Random share, 0 to 1, by which an open time may be shortened, so that many breakers do not probe together. Default: 0. */
  readonly openJitter?: number | undefined;
  /** Probes that may be out at once while half-open. Default: 3. */
  readonly halfOpenPermits?: number | undefined;
  /** Good probes that close the breaker. Default: `halfOpenPermits`. */
  readonly halfOpenSuccesses?: number | undefined;
  /** Milliseconds for which probes may be out without an end before the breaker opens again. Default: 10,000. */
  readonly halfOpenMaxWaitMs?: number | undefined;
  /** Seed of the jitter. Default: from the host's entropy. */
  readonly seed?: number | undefined;
}

/** Options of {@link BreakerMachine}. */
export type BreakerMachineOptions = BreakerAccounting & BreakerRules;

/** States, as {@link BreakerMachine.state} numbers them. */
export const breakerStates = ["closed", "open", "half-open", "forced-open", "disabled"] as const;

/** Name of a breaker's state. */
export type BreakerState = (typeof breakerStates)[number];

/** Where things stand in a breaker's memory, in words of 32 bits: see the layout in assembly/breaker/breaker.ts. */
const place = {
  kind: 2,
  size: 3,
  sliceLength: 4,
  failureRate: 6,
  open: 16,
  configurationEnd: 21,
  state: 22,
  openNext: 32,
  probes: 34,
} as const;

/** Outcomes for {@link BreakerMachine.settle}: the call was good, it failed, or it says nothing and only gives its permit back. */
export const outcome = { success: 0, failure: 1, ignored: 2 } as const;

/**
 * The decision of a circuit breaker: closed, open, half-open, forced open or disabled.
 *
 * Use it to build a policy of your own; else use `circuitBreaker`, which is built on it. It holds no clock: who calls it
 * brings the time, in milliseconds of one monotonic clock. A clock that steps back counts as standing still.
 *
 * - A permit is a number that carries the generation in which it was given. Each change of state starts a new generation,
 *   and results of older ones are dropped: a late result never counts in a state that did not admit its call.
 * - Consecutive and count accounting need no clock while the breaker is closed: {@link acquireClosed} gives a permit
 *   without one, and {@link settle} with `nowMs` NaN says -1 in the rare case that it needs the time.
 * - Half-open, one failed (or slow) probe opens the breaker again, and enough good ones close it; probes that never come
 *   back open it again after `halfOpenMaxWaitMs`.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: Nygard, "Release It!" (2007), §5.2; generations after gobreaker, windows after resilience4j.
 *
 * @example
 * ```ts
 * import { BreakerMachine, breakerStates, outcome } from "holdfast/core";
 *
 * const breaker = new BreakerMachine({ kind: "consecutive", failures: 1, openForMs: 1_000 });
 * const permit = breaker.tryAcquire(0);
 * breaker.settle(permit, outcome.failure, 12, 0); // => 1
 * breakerStates[breaker.state(0)]; // => "open"
 * breaker.tryAcquire(999); // => -1
 * breaker.retryAfterMs(999); // => 1
 * breaker.tryAcquire(1_000) >= 0; // => true
 * ```
 */
export class BreakerMachine extends Structure {
  constructor(options: BreakerMachineOptions, runtime?: Runtime);
  /** `aheadBytes` is room in front of the breaker, for classes that put something there. @internal */
  constructor(options: BreakerMachineOptions, runtime: Runtime, aheadBytes: number);
  constructor(options: BreakerMachineOptions, runtime: Runtime = defaultRuntime(), aheadBytes = 0) {
    const configuration = configurationOf(options);
    super(aheadBytes + runtime.core.breakerSize(configuration[0], configuration[1]), runtime);
    this.at += aheadBytes;
    this.core.breakerInit(this.at, ...configuration);
  }

  /**
   * Changes the rules and keeps what was counted: state, generation, window and permits that are out stay as they are. An open time
   * that runs ends when it would have; with other open times their series starts anew.
   *
   * @returns false, with nothing changed, where the window would have another shape (its kind, its calls, or the length of its
   * buckets): what was counted does not fit, so make a new machine.
   *
   * Errors: `INVALID_OPTION`, with nothing changed; `THREAD_UNSAFE` where threads share the memory; `DISPOSED`.
   */
  reconfigure(options: BreakerMachineOptions): boolean {
    const at = this.live;
    this.forOneThread("reconfigure", "make a new one and hand out its handle");
    const configuration = configurationOf(options);
    const [kind, size] = configuration;
    const words = new Int32Array(this.runtime.memory.buffer, at, (this.core.snapshotSize(at) - sealBytes) >>> 2);
    if (kind !== words[place.kind] || (kind !== 0 && size !== words[place.size])) return false;
    const before = words.slice();
    const same = (from: number, to: number) => {
      for (let word = from; word < to; word++) if (words[word] !== before[word]) return false;
      return true;
    };
    this.core.breakerInit(at, ...configuration);
    if (!same(place.sliceLength, place.failureRate)) {
      words.set(before);
      return false;
    }
    const series = words.slice(place.openNext, place.probes);
    const sameOpenTimes = same(place.open, place.configurationEnd);
    words.set(before.subarray(place.state), place.state);
    if (!sameOpenTimes) words.set(series, place.openNext);
    return true;
  }

  /**
   * Asks for a permit without reading a clock: a permit of at least 0; -1 where the breaker refuses for good (forced open);
   * -2 where the answer needs the time: ask {@link tryAcquire}.
   */
  acquireClosed(): number {
    if (this.at === 0) throw this.disposed();
    return this.core.breakerAcquireClosed(this.at);
  }

  /** Asks for a permit: a number of at least 0 to hand to {@link settle} once, or -1 where the breaker refuses. */
  tryAcquire(nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.breakerTryAcquire(this.at, nowMs * 1000);
  }

  /**
   * Tells the result of a call.
   *
   * @param permit what {@link tryAcquire} or {@link acquireClosed} gave; each permit is settled exactly once.
   * @param result 0 success, 1 failure, 2 neither: see {@link outcome}.
   * @param durationMs how long the call took; NaN where nobody measured, then it is not slow.
   * @param nowMs the time; NaN to try without.
   * @returns flags: 1 the state changed, 2 the result came too late and was dropped. Or -1: the answer needs the time,
   * nothing was changed, ask again with it.
   */
  settle(permit: number, result: number, durationMs: number, nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.breakerSettle(this.at, permit, result, durationMs * 1000, nowMs * 1000);
  }

  /** Index of the state in {@link breakerStates}; an open breaker whose time is over reads as half-open. */
  state(nowMs: number): number {
    return this.core.breakerState(this.live, nowMs * 1000);
  }

  /** Completed calls in the window (consecutive: failures in a row). */
  calls(nowMs: number): number {
    return this.core.breakerRead(this.live, 0, nowMs * 1000) >>> 0;
  }

  /** Failed calls in the window (consecutive: failures in a row). */
  failures(nowMs: number): number {
    return this.core.breakerRead(this.live, 1, nowMs * 1000) >>> 0;
  }

  /** Slow calls in the window. */
  slowCalls(nowMs: number): number {
    return this.core.breakerRead(this.live, 2, nowMs * 1000) >>> 0;
  }

  /** Share of failed calls in the window, 0 to 1; 0 where it is empty. */
  failureRate(nowMs: number): number {
    return this.failures(nowMs) / (this.calls(nowMs) || 1);
  }

  /** Share of slow calls in the window, 0 to 1; 0 where it is empty. */
  slowRate(nowMs: number): number {
    return this.slowCalls(nowMs) / (this.calls(nowMs) || 1);
  }

  /** Probes that are out. */
  probes(nowMs: number): number {
    return this.core.breakerRead(this.live, 3, nowMs * 1000) >>> 0;
  }

  /** Number of state changes so far. */
  get generation(): number {
    return this.core.breakerRead(this.live, 5, 0) >>> 0;
  }

  /** Milliseconds until a call may pass: 0 where it may try now, Infinity where nobody can know (forced open, all probes out). */
  retryAfterMs(nowMs: number): number {
    return this.core.breakerRetryAfter(this.live, nowMs * 1000) / 1000;
  }

  /** Sets what is left of the present open time, for callers who plan open times themselves; does nothing unless open. */
  openFor(spanMs: number, nowMs: number): void {
    this.core.breakerOpenFor(this.live, spanMs * 1000, nowMs * 1000);
  }

  /** Refuses everything until {@link reset} or {@link disable}; results of calls and probes that are out are dropped. */
  forceOpen(nowMs: number): void {
    this.core.breakerForce(this.live, 3, nowMs * 1000);
  }

  /** Admits everything and counts nothing until {@link reset} or {@link forceOpen}. */
  disable(nowMs: number): void {
    this.core.breakerForce(this.live, 4, nowMs * 1000);
  }

  /** Closes with an empty window, from any state. */
  reset(nowMs: number): void {
    this.core.breakerForce(this.live, 0, nowMs * 1000);
  }

  /** The state as bytes, with remaining times; half-open is kept as open with no time left. */
  snapshot(nowMs: number): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.breakerSave(at, to, nowMs * 1000));
  }

  /**
   * Goes on where {@link snapshot} was taken, at `nowMs` of this process. Permits given before are stale.
   * Throws `SNAPSHOT_INVALID` where the bytes are damaged or were taken with other options.
   */
  restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.breakerLoad(at, from, nowMs * 1000));
  }
}

/** What the core's `breakerInit` takes after the address. */
type Configuration = Parameters<CoreExports["breakerInit"]> extends [Address, ...infer Rest] ? Rest : never;

/** The options as the core wants them, checked. */
function configurationOf(options: BreakerMachineOptions): Configuration {
  const kind = choice("kind", options.kind, kinds);
  const size = sizeOf(options);
  const sliceMs = options.kind === "time" ? duration("windowMs", options.windowMs) / size : 0;
  const byRate = options.kind !== "consecutive";
  const failureRate = rate("failureRate", options.failureRate ?? (byRate && options.slowRate === undefined ? 0.5 : 0));
  const slowRate = rate("slowRate", options.slowRate ?? 0);
  if (byRate && failureRate + slowRate === 0) {
    throw invalidOption("failureRate", options.failureRate, "give a failureRate or a slowRate above 0");
  }
  const slowAfterMs = within("slowAfterMs", options.slowAfterMs ?? 2_000, 0, maxDurationMs);
  const mostCalls = options.kind === "count" ? size : 2 ** 31;
  const minimumCalls = whole("minimumCalls", options.minimumCalls ?? Math.min(20, mostCalls), 1, mostCalls);
  const openForMs = within("openForMs", options.openForMs ?? 5_000, 0, maxDurationMs);
  const openFactor = within("openFactor", options.openFactor ?? 1, 1, 256);
  const openMaxMs = within(
    "openMaxMs",
    options.openMaxMs ?? Math.min(openForMs * (openFactor > 1 ? 60 : 1), maxDurationMs),
    openForMs,
    maxDurationMs,
  );
  const openJitter = within("openJitter", options.openJitter ?? 0, 0, 1);
  const permits = whole("halfOpenPermits", options.halfOpenPermits ?? 3, 1, 2 ** 31);
  const successes = whole("halfOpenSuccesses", options.halfOpenSuccesses ?? permits, 1, 2 ** 31);
  const maxWaitMs = duration("halfOpenMaxWaitMs", options.halfOpenMaxWaitMs ?? 10_000);
  const from = seed("seed", options.seed ?? (openJitter === 0 ? 0 : entropySeed()));

  return [
    kind,
    size,
    sliceMs * 1000,
    failureRate,
    slowRate,
    slowAfterMs * 1000,
    minimumCalls,
    permits,
    successes,
    maxWaitMs * 1000,
    openForMs * 1000,
    openMaxMs * 1000,
    openFactor,
    openJitter,
    from,
  ];
}

function sizeOf(options: BreakerMachineOptions): number {
  if (options.kind === "consecutive") return whole("failures", options.failures, 1, 2 ** 31 - 1);
  if (options.kind === "count") return whole("calls", options.calls, 1, 2 ** 18);
  return whole("buckets", options.buckets ?? 10, 1, 4_096);
}

/** A share that is 0 (off) or at least a millionth. */
function rate(name: string, value: number): number {
  return value === 0 ? 0 : within(name, value, 1e-6, 1);
}
