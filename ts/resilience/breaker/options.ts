/** The options of a circuit breaker, and what they mean to its machine: checked, with defaults. */

import type { BreakerAccounting, BreakerMachine, BreakerMachineOptions, BreakerRules } from "../../core/index.js";
import { invalidOption, type Random, systemRandom } from "../../kernel/index.js";
import type { FailureTest } from "../handle.js";
import { durationMs, ratio, wholeNumber } from "../options.js";
import type { PolicyOptions } from "../policy.js";
import { isLive, type LiveQuantile } from "../target/quantile.js";
import { type HealthProbeOptions, type HealthProbeSettings, healthProbeSettings } from "./health-probe.js";
import { type SlowStartOptions, type SlowStartSettings, slowStartSettings } from "./slow-start.js";

/** The last `calls` calls count. */
export interface CountWindow {
  readonly kind: "count";
  readonly calls: number;
}

/** The calls of the last `windowMs` milliseconds count, forgotten a bucket at a time. */
export interface TimeWindow {
  readonly kind: "time";
  readonly windowMs: number;
  readonly buckets: number;
}

/** A window over the last `calls` completed calls (1 to 10 000). */
export function count(calls: number): CountWindow {
  return { kind: "count", calls };
}

/** A window over the last `windowMs` milliseconds, kept in `buckets` parts (1 to 128, default 10). */
export function time(windowMs: number, options: { readonly buckets?: number } = {}): TimeWindow {
  return { kind: "time", windowMs, buckets: options.buckets ?? 10 };
}

/** The probation after the open time. */
export interface HalfOpenOptions {
  /** Calls that may try at once. Default: 3. */
  readonly permits?: number;
  /** Good probes that close the breaker; one bad probe opens it again. Default: `permits`. */
  readonly successes?: number;
  /** The breaker opens again when its probes have no verdict after so many milliseconds. Default: 10 000. */
  readonly maxWaitMs?: number;
}

/** Makes the machine that decides; a breaker asks for one when it is made, and again when its window changes its shape. */
export type MakeMachine = (options: BreakerMachineOptions) => BreakerMachine;

/** Options of {@link circuitBreaker}. Give `consecutiveFailures`, or a `window`; without either the window is `count(100)`. */
export interface CircuitBreakerOptions extends PolicyOptions {
  /** Opens after so many failures in a row. */
  readonly consecutiveFailures?: number;
  /** Opens by rates over these calls. */
  readonly window?: CountWindow | TimeWindow;
  /** Opens when failures / calls reaches this share (at equality too). Default: 0.5. */
  readonly failureRate?: number;
  /** Opens when slow calls / calls reaches this share (at equality too). Default: off. */
  readonly slowRate?: number;
  /**
   * A call that takes so long is slow, in milliseconds; or a live {@link quantile}, as it stands when the call ends. Needed with
   * `slowRate`.
   */
  readonly slowAfterMs?: number | LiveQuantile;
  /** Completed calls in the window before a rate means anything. Default: 20, or the whole window where that is smaller. */
  readonly minimumCalls?: number;
  /** How long it stays open, in milliseconds. Default: 5 000. */
  readonly openForMs?: number;
  /** What the open time is multiplied by each time the probes fail, from 1 to 256. Default: 1, no growth. */
  readonly openFactor?: number;
  /** The longest open time, in milliseconds. Default: `openForMs`, or 60 times that where it grows. */
  readonly openMaxMs?: number;
  /** Share by which an open time may be shortened at random, from 0 to 1, so that many breakers do not probe together. Default: 0.1. */
  readonly openJitter?: number;
  /** The probation after the open time. */
  readonly halfOpen?: HalfOpenOptions;
  /** After closing, admits a share of the calls that grows from a little to all. Default: off, all at once. */
  readonly slowStart?: SlowStartOptions;
  /** While open, asks the dependency itself whether it is back. Default: off, calls find it out when the open time is over. */
  readonly probe?: HealthProbeOptions;
  /** How long a permit of {@link CircuitBreaker.tryAcquire} may be held, in milliseconds, before it is taken back. Default: for ever. */
  readonly maxHoldMs?: number;
  /**
   * What counts as a failure. Default: every error but bugs (`isProgrammingError` of `holdfast/errors`), which count as nothing.
   * Refusals by inner policies and aborts by the caller never count.
   */
  readonly isFailure?: FailureTest;
  /**
   * Makes another machine of `holdfast/core`: `AdaptiveBreakerMachine`, whose threshold is learnt, or `SharedBreakerMachine`, which
   * threads or processes share. They need the full core, which a plain breaker does without. Default: `BreakerMachine`.
   */
  readonly machine?: MakeMachine;
  /** Where the jitter of the open time and the draws of the slow start come from. */
  readonly random?: Random;
}

/** What follows from the options. */
export interface BreakerSettings {
  readonly rules: BreakerMachineOptions;
  /** The options that shape what a snapshot holds. */
  readonly config: string;
  /** Whether a call's start and end matter: for slow calls, and to file results by time. */
  readonly timed: boolean;
  /** What tells slow calls apart where the machine's own threshold does not. */
  readonly slowAfter: LiveQuantile | undefined;
  readonly halfOpenPermits: number;
  readonly slowStart: SlowStartSettings | undefined;
  readonly probe: HealthProbeSettings | undefined;
  readonly maxHoldMs: number | undefined;
}

/**
 * Where the threshold is live the machine has this one, and is told durations on the right side of it. The machine's own cannot follow:
 * its snapshots are bound to its rules, and a machine that threads share does not change them.
 */
const slowMarkMs = 1;

/** What a machine with a live threshold is told of a call that took so long. */
export function markedMs(tookMs: number, slowAfterMs: number | undefined): number {
  return slowAfterMs !== undefined && tookMs >= slowAfterMs ? Math.max(tookMs, slowMarkMs) : 0;
}

/** Checks the options; throws `INVALID_OPTION`. */
export function settingsOf(options: CircuitBreakerOptions): BreakerSettings {
  const { random = systemRandom, slowStart, probe, maxHoldMs } = options;
  const halfOpenPermits = wholeNumber("halfOpen.permits", options.halfOpen?.permits ?? 3, 1, 10_000);
  const slowAfter = isLive(options.slowAfterMs) ? options.slowAfterMs : undefined;
  const rules = { ...accounting(options), ...rulesOf(options, halfOpenPermits) };
  const settings = {
    rules,
    timed: rules.kind === "time" || rules.slowRate !== undefined,
    slowAfter,
    halfOpenPermits,
    slowStart: slowStart && slowStartSettings(slowStart),
    probe: probe && healthProbeSettings(probe, random),
    maxHoldMs: maxHoldMs === undefined ? undefined : durationMs("maxHoldMs", maxHoldMs),
  };
  return { ...settings, config: JSON.stringify([{ ...rules, slowAfter: slowAfter?.config }, settings.slowStart]) };
}

function accounting(options: CircuitBreakerOptions): BreakerAccounting & Pick<BreakerRules, "minimumCalls"> {
  const { consecutiveFailures, window = count(100), minimumCalls } = options;
  if (consecutiveFailures !== undefined) {
    if (options.window !== undefined) {
      throw invalidOption("window", window.kind, "give either consecutiveFailures or a window, not both");
    }
    return { kind: "consecutive", failures: wholeNumber("consecutiveFailures", consecutiveFailures, 1, 1_000_000) };
  }
  if (window.kind === "count") {
    const calls = wholeNumber("window.calls", window.calls, 1, 10_000);
    const minimum = wholeNumber("minimumCalls", minimumCalls ?? Math.min(20, calls), 1, calls);
    return { kind: "count", calls, minimumCalls: minimum };
  }
  return {
    kind: "time",
    windowMs: durationMs("window.windowMs", window.windowMs),
    buckets: wholeNumber("window.buckets", window.buckets, 1, 128),
    minimumCalls: wholeNumber("minimumCalls", minimumCalls ?? 20, 1),
  };
}

function rulesOf(options: CircuitBreakerOptions, halfOpenPermits: number): BreakerRules {
  const { halfOpen = {}, openFactor = 1 } = options;
  const openForMs = durationMs("openForMs", options.openForMs ?? 5_000);
  return {
    ...slowRules(options),
    failureRate: ratio("failureRate", options.failureRate ?? 0.5),
    openForMs,
    openFactor,
    openMaxMs: options.openMaxMs ?? openForMs * (openFactor > 1 ? 60 : 1),
    openJitter: options.openJitter ?? 0.1,
    halfOpenPermits,
    halfOpenSuccesses: wholeNumber("halfOpen.successes", halfOpen.successes ?? halfOpenPermits, 1, 10_000),
    halfOpenMaxWaitMs: durationMs("halfOpen.maxWaitMs", halfOpen.maxWaitMs ?? 10_000),
  };
}

function slowRules({ slowRate, slowAfterMs }: CircuitBreakerOptions): Pick<BreakerRules, "slowRate" | "slowAfterMs"> {
  if (slowRate === undefined && slowAfterMs === undefined) return {};
  if (slowAfterMs === undefined) {
    throw invalidOption("slowAfterMs", undefined, "slowRate needs it: how many milliseconds make a call slow");
  }
  return {
    slowRate: ratio("slowRate", slowRate ?? 1),
    slowAfterMs: isLive(slowAfterMs) ? slowMarkMs : durationMs("slowAfterMs", slowAfterMs),
  };
}
