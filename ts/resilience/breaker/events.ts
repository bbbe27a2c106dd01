/** What a circuit breaker tells, by itself and when it is asked. */

import type { BreakerState } from "../../core/index.js";
import type { PolicyEvents } from "../policy.js";
import type { Probed } from "./health-probe.js";

/** Where a breaker stands. `half-open` lets a few probes through; `forced-open` and `disabled` are set by hand. */
export type CircuitState = BreakerState;

/**
 * Why a breaker changed its state: a threshold was reached, time elapsed, the probes have a verdict, the health probe found the
 * dependency healthy, somebody did it by hand, a snapshot was restored, or whoever shares the breaker changed it elsewhere.
 */
export type TransitionReason =
  | "threshold"
  | "elapsed"
  | "probes"
  | "health-probe"
  | "manual"
  | "restored"
  | "elsewhere";

/** A change of state. */
export interface Transition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  readonly reason: TransitionReason;
  /** Counts the changes; results of calls from an earlier generation never count. */
  readonly generation: number;
  /** The clock's milliseconds. */
  readonly atMs: number;
}

/** Events of a breaker. */
export interface CircuitBreakerEvents extends PolicyEvents {
  transition: Transition;
  /** A result came from an earlier generation, or after its permit was reclaimed, and was not counted. */
  late: { readonly generation: number };
  /** The health probe has asked the dependency. */
  probed: Probed;
  /** A permit was held longer than `maxHoldMs` and was taken back. */
  reclaimed: { readonly policy: string; readonly owner: string | undefined; readonly heldMs: number };
  /** A permit was settled a second time; the second was ignored. It is a mistake in the caller's code. */
  settledTwice: { readonly policy: string; readonly owner: string | undefined };
}

/** What a breaker has seen in its window, and what it would do next. */
export interface BreakerStats {
  readonly state: CircuitState;
  readonly generation: number;
  /** Completed calls in the window. */
  readonly calls: number;
  /** From 0 to 1; 0 where there are no calls. */
  readonly failureRate: number;
  readonly slowRate: number;
  /** The failure rate that opens it now: the option's, or what an adaptive machine has learnt. */
  readonly failureThreshold: number;
  /** Probes that are out. */
  readonly probes: number;
  /** The share of calls that a slow start admits now; 1 where there is none. */
  readonly admittedShare: number;
  /** Isolations that are held. */
  readonly isolations: number;
}
