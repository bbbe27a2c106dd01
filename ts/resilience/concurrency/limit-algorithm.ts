/**
 * What every algorithm for an adaptive concurrency limit is: a state machine that is told of each call that ended and says
 * how many may be under way at once. It reads no clock and makes no calls; `bulkhead` drives it.
 */

import type { Random } from "../../kernel/index.js";
import { snapshotInvalid } from "../errors.js";
import { wholeNumber } from "../options.js";
import type { LatencyTarget } from "../target/latency-target.js";

/** One call that ended and that says something about the dependency. */
export interface LimitSample {
  /** When it ended, in the clock's milliseconds; never earlier than the sample before. */
  readonly atMs: number;
  /** How long it took, without any wait for a slot. */
  readonly rttMs: number;
  /** Calls that were under way when it ended, itself included. */
  readonly inFlight: number;
  /** Whether the dependency did not keep up: it refused the call, or did not answer in time. */
  readonly dropped: boolean;
}

/** The state machine. */
export interface LimitAlgorithm {
  /** Calls at once that are allowed now: a whole number from 1. */
  readonly limit: number;
  /** Learns from one call. The sample is valid only during this call: the caller uses the object again. */
  onSample(sample: LimitSample): void;
  /** What it has learnt, as numbers; NaN stands for what is not known. */
  save(): readonly number[];
  /** Takes over what another one with the same options had learnt; `SNAPSHOT_INVALID` for anything else. */
  load(learnt: readonly number[]): void;
}

/** An algorithm with its options; make one with `aimd`, `vegas` or `gradient2`. */
export interface AdaptiveLimit {
  /** Which algorithm. */
  readonly kind: string;
  /** The options, so that a snapshot is only taken over by one with the same. */
  readonly config: string;
  /** Whose latencies it reads; the calls of its bulkhead feed it. */
  readonly target?: LatencyTarget | undefined;
  /**
   * A state machine of its own for each bulkhead.
   *
   * @param from the limit to begin with in the place of `initial`, within the bounds: one that already holds.
   */
  begin(random: Random, from?: number): LimitAlgorithm;
}

/** Where an adaptive limit starts and between what it stays. */
export interface LimitBounds {
  /** Calls at once to begin with. Default: 20. */
  readonly initial?: number;
  /** Never fewer, so that there is always something to learn from. Default: 1. */
  readonly min?: number;
  /** Never more. */
  readonly max?: number;
}

/** Bounds, checked and with defaults. */
export function boundsOf(bounds: LimitBounds, defaultMax: number): Required<LimitBounds> {
  const max = wholeNumber("max", bounds.max ?? defaultMax, 1, 1_000_000);
  const min = wholeNumber("min", bounds.min ?? 1, 1, max);
  return { min, max, initial: wholeNumber("initial", bounds.initial ?? Math.min(Math.max(20, min), max), min, max) };
}

/** A limit within its bounds. */
export function bounded(limit: number, { min, max }: Required<LimitBounds>): number {
  return Math.min(max, Math.max(min, limit));
}

/** Whether a limit matters at all: where less than half of it is used, nothing can be learnt about a larger one. */
export function inUse(limit: number, inFlight: number): boolean {
  return 2 * inFlight >= limit;
}

/** The learnt limit out of a snapshot, checked. */
export function learntLimit(limit: number | undefined, { min, max }: Required<LimitBounds>): number {
  if (limit === undefined || !(limit >= min && limit <= max)) {
    throw snapshotInvalid(`the snapshot's limit is ${limit}, ours is from ${min} to ${max}`, { limit });
  }
  return limit;
}
