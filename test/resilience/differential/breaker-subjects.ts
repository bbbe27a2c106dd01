/** Breakers of three makes, seen the same way: calls that are begun and ended from outside, and a state. */

import * as cockatiel from "cockatiel";
import Opossum from "opossum";
import { RejectedError } from "../../../ts/kernel/index.js";
import { type CircuitBreakerOptions, circuitBreaker } from "../../../ts/resilience/index.js";
import { type Subject, turn } from "./compare.js";

/** One step of a trace. Calls are numbered from 0 in the order in which they begin. */
export type BreakerStep =
  | { readonly begin: number }
  | { readonly end: number; readonly ok: boolean }
  | { readonly waitMs: number };

/** What became of the call that the step began: its function runs, it was refused, or neither yet. */
type Begun = "runs" | "refused" | "waits";

/** What can be seen from outside. */
export interface BreakerSeen {
  readonly begun?: Begun;
  readonly state: string;
  /** Calls and failures that the breaker has before it. */
  readonly calls: number;
  readonly failures: number;
  /** Results that it dropped because they were late. */
  readonly late: number;
  /** How often it has closed after having been open. */
  readonly closings: number;
}

/** A breaker of any make. */
interface Guard {
  execute(fn: () => Promise<unknown>): Promise<unknown>;
  isRefusal(error: unknown): boolean;
  look(): Omit<BreakerSeen, "begun">;
  end(): void;
}

interface Held {
  settle: ((ok: boolean) => void) | undefined;
  begun: Begun;
}

/** Runs the steps of a trace through a breaker. */
class Guarded implements Subject<BreakerStep, BreakerSeen> {
  readonly #guard: Guard;
  readonly #calls: Held[] = [];

  constructor(guard: Guard) {
    this.#guard = guard;
  }

  async take(step: BreakerStep): Promise<BreakerSeen> {
    if ("begin" in step) this.#begin(step.begin);
    if ("end" in step) this.#calls[step.end]?.settle?.(step.ok);
    await turn();
    if ("begin" in step) return { begun: this.#calls[step.begin]!.begun, ...this.look() };
    return this.look();
  }

  #begin(number: number): void {
    const held: Held = { settle: undefined, begun: "waits" };
    this.#calls[number] = held;
    const work = () =>
      new Promise((resolve, reject) => {
        held.begun = "runs";
        held.settle = (ok) => (ok ? resolve("up") : reject(new Error("down")));
      });
    this.#guard.execute(work).catch((error: unknown) => {
      if (this.#guard.isRefusal(error)) held.begun = "refused";
    });
  }

  look(): BreakerSeen {
    return this.#guard.look();
  }

  end(): void {
    this.#guard.end();
  }
}

/** Ours. */
export function holdfast(options: CircuitBreakerOptions): Subject<BreakerStep, BreakerSeen> {
  const breaker = circuitBreaker({ openJitter: 0, halfOpen: { permits: 1 }, ...options });
  let late = 0;
  let closings = 0;
  breaker.on("late", () => late++);
  breaker.on("transition", ({ to }) => {
    if (to === "closed") closings++;
  });
  return new Guarded({
    execute: (fn) => breaker.execute(fn),
    isRefusal: (error) => error instanceof RejectedError,
    look: () => {
      const { state, calls, failureRate } = breaker.stats;
      return { state, calls, failures: Math.round(failureRate * calls) || 0, late, closings };
    },
    end: () => {},
  });
}

const cockatielStates = ["closed", "open", "half-open", "forced-open"];

/** Cockatiel's, with one of its ways of counting. */
export function cockatielBreaker(breaker: cockatiel.IBreaker, openForMs: number): Subject<BreakerStep, BreakerSeen> {
  const policy = cockatiel.circuitBreaker(cockatiel.handleAll, { halfOpenAfter: openForMs, breaker });
  let closings = 0;
  policy.onReset(() => closings++);
  return new Guarded({
    execute: (fn) => policy.execute(fn),
    isRefusal: cockatiel.isBrokenCircuitError,
    look: () => ({ state: cockatielStates[policy.state]!, calls: 0, failures: 0, late: 0, closings }),
    end: () => {},
  });
}

/** Opossum's options, as far as they matter here. */
interface OpossumOptions {
  readonly resetTimeout: number;
  readonly errorThresholdPercentage: number;
  readonly volumeThreshold: number;
  readonly rollingCountTimeout: number;
}

/** Opossum's. */
export function opossum(options: OpossumOptions): Subject<BreakerStep, BreakerSeen> {
  const breaker = new Opossum((fn: () => Promise<unknown>) => fn(), { timeout: false, ...options });
  let closings = 0;
  breaker.on("close", () => closings++);
  return new Guarded({
    execute: (fn) => breaker.fire(fn),
    isRefusal: (error) => (error as { code?: string }).code === "EOPENBREAKER",
    look: () => ({
      state: breaker.closed ? "closed" : breaker.halfOpen ? "half-open" : "open",
      calls: breaker.stats.fires,
      failures: breaker.stats.failures,
      late: 0,
      closings,
    }),
    end: () => breaker.shutdown(),
  });
}
