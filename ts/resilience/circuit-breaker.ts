/**
 * Circuit breaker: stop calling what fails, look again after a while.
 *
 * The state machine is the core's (`assembly/breaker`): this file reads the clock where the machine needs the time,
 * tells outcomes apart and reports transitions. In the closed state with a count of calls or of consecutive failures
 * the machine needs no time, so no clock is read.
 */

import { BreakerMachine } from "../core/index.js";
import { isProgrammingError } from "../errors/index.js";
import { disposable, dispose, invalidOption, type Random, systemRandom } from "../kernel/index.js";
import { type Call, caller, failed, succeeded } from "./call.js";
import { BrokenCircuitError, IsolatedCircuitError, neverStarted } from "./errors.js";
import type { FailureTest } from "./handle.js";
import { done, type LoneLayer } from "./layer.js";
import { LayerPolicy } from "./layer-policy.js";
import { durationMs, ratio, wholeNumber } from "./options.js";
import type { PolicyEvents, PolicyOptions } from "./policy.js";

/** The states, in the core's order. `half-open` lets a few probes through; the last two are set by hand. */
const states = ["closed", "open", "half-open", "forced-open", "disabled"] as const;

/** Where a breaker stands. */
export type CircuitState = (typeof states)[number];

/** Outcomes as the core counts them. */
const success = 0;
const failure = 1;
const ignored = 2;

/** What {@link BreakerMachine.settle} answers: bits, or a request for the time. */
const changed = 1;
const late = 2;
const needsTime = -1;

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

/** Options of {@link circuitBreaker}. Give `consecutiveFailures`, or a `window`; without either the window is `count(100)`. */
export interface CircuitBreakerOptions extends PolicyOptions {
  /** Opens after so many failures in a row. */
  readonly consecutiveFailures?: number;
  /** Opens by rates over these calls. */
  readonly window?: CountWindow | TimeWindow;
  /** Opens when failures / calls reaches this share (at equality too). Default: 0.5. */
  readonly failureRate?: number;
  /** Opens when slow calls / calls reaches this share. Default: off. */
  readonly slowRate?: number;
  /** A call that takes so long is slow, in milliseconds. Needed with `slowRate`. */
  readonly slowAfterMs?: number;
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
  /** The probation: `permits` calls at once may try (default 3); it opens again if they have no verdict after `maxWaitMs` (default 10 000). */
  readonly halfOpen?: { readonly permits?: number; readonly maxWaitMs?: number };
  /**
   * What counts as a failure. Default: every error but bugs (`isProgrammingError` of `holdfast/errors`), which count as nothing.
   * Refusals by inner policies and aborts by the caller never count.
   */
  readonly isFailure?: FailureTest;
  /** Where the jitter of a growing open time is seeded from. */
  readonly random?: Random;
}

/** A change of state. */
export interface Transition {
  readonly from: CircuitState;
  readonly to: CircuitState;
  /** Why: `threshold`, `elapsed`, `probes`, `manual`. */
  readonly reason: string;
  /** Counts the changes; results of calls from an earlier generation never count. */
  readonly generation: number;
  /** The clock's milliseconds. */
  readonly atMs: number;
}

/** Events of a breaker. */
export interface CircuitBreakerEvents extends PolicyEvents {
  transition: Transition;
  /** A result came from an earlier generation and was not counted. */
  late: { readonly generation: number };
  /** A permit was settled a second time; the second was ignored. It is a mistake in the caller's code. */
  settledTwice: { readonly policy: string };
}

/** What a breaker has seen in its window. */
export interface BreakerStats {
  readonly state: CircuitState;
  readonly generation: number;
  /** Completed calls in the window. */
  readonly calls: number;
  /** From 0 to 1; NaN where there are no calls. */
  readonly failureRate: number;
  readonly slowRate: number;
}

/**
 * Leave to make one call, taken by hand. Settle it exactly once; a permit that goes out of scope (`using`) unsettled is
 * ignored, which gives a probe's place back and counts for nothing.
 */
export class Permit implements Disposable {
  readonly #breaker: CircuitBreaker;
  readonly #token: number;
  readonly #startedMs: number;
  #settled = false;

  /** @internal */
  constructor(breaker: CircuitBreaker, token: number, startedMs: number) {
    this.#breaker = breaker;
    this.#token = token;
    this.#startedMs = startedMs;
  }

  /** The call succeeded. */
  success(): void {
    this.#settle(success);
  }

  /** The call failed. */
  failure(): void {
    this.#settle(failure);
  }

  /** The call says nothing about the dependency (the client went away, say). */
  ignore(): void {
    this.#settle(ignored);
  }

  #settle(outcome: number): void {
    if (this.#settled) {
      this.#breaker.reportSettledTwice();
      return;
    }
    this.#settled = true;
    this.#breaker.settle(this.#token, outcome, this.#startedMs, Number.NaN);
  }

  [dispose](): void {
    if (!this.#settled) this.#settle(ignored);
  }
}

/** What a call holds while its duration matters. */
interface TimedPermit {
  readonly token: number;
  readonly startedMs: number;
}

/** See {@link circuitBreaker}. */
export class CircuitBreaker extends LayerPolicy<CircuitBreakerEvents, CircuitBreakerOptions> implements LoneLayer {
  readonly kind = "circuit-breaker";
  #machine: BreakerMachine;
  #isFailure: FailureTest | undefined;
  /** Whether a call's start and end matter: for slow calls, and to file results by time. @internal */
  timed: boolean;
  #config: string;
  #permits: number;
  #isolations = 0;
  #lastState: CircuitState = "closed";

  constructor(options: CircuitBreakerOptions = {}) {
    super("circuit-breaker", options);
    const machine = machineOptions(options);
    this.#config = JSON.stringify(machine);
    this.#machine = new BreakerMachine({ ...machine, seed: (options.random ?? systemRandom).uint32() });
    this.#isFailure = options.isFailure;
    this.#permits = machine.halfOpenPermits;
    this.timed = isTimed(machine);
  }

  /** With other numbers the breaker begins anew, closed; where only `isFailure` changes it stays as it is. */
  protected override adopt(options: CircuitBreakerOptions): void {
    const machine = machineOptions(options);
    const config = JSON.stringify(machine);
    if (config !== this.#config) {
      const next = new BreakerMachine({ ...machine, seed: (options.random ?? systemRandom).uint32() });
      this.#machine[dispose]();
      this.#machine = next;
      this.#config = config;
      this.#permits = machine.halfOpenPermits;
      this.timed = isTimed(machine);
      this.#reportTransition("manual", this.clock.now());
    }
    this.#isFailure = options.isFailure;
  }

  /** Where the breaker stands now. An open breaker whose time is over reads `half-open`: the next call may try. */
  get state(): CircuitState {
    return states[this.#machine.state(this.clock.now())]!;
  }

  /** Milliseconds until an open breaker may be tried, 0 in any other state, `Infinity` while it is forced open. */
  get retryAfterMs(): number {
    return this.#machine.retryAfterMs(this.clock.now());
  }

  /** What the window holds now. */
  get stats(): BreakerStats {
    const nowMs = this.clock.now();
    return {
      state: states[this.#machine.state(nowMs)]!,
      generation: this.#machine.generation,
      calls: this.#machine.calls(nowMs),
      failureRate: this.#machine.failureRate(nowMs),
      slowRate: this.#machine.slowRate(nowMs),
    };
  }

  /**
   * Asks leave for one call that the caller makes itself; `undefined` if the breaker refuses.
   *
   * @example
   * ```ts
   * import { circuitBreaker } from "holdfast";
   *
   * const breaker = circuitBreaker({ consecutiveFailures: 1 });
   * const permit = breaker.tryAcquire();
   * permit?.failure();
   * breaker.tryAcquire(); // => undefined
   * ```
   */
  tryAcquire(): Permit | undefined {
    const startedMs = this.timed ? this.clock.now() : Number.NaN;
    const token = this.#acquire(startedMs);
    return token < 0 ? undefined : new Permit(this, token, startedMs);
  }

  #acquire(nowMs: number): number {
    const token = this.#machine.acquireClosed();
    if (token >= 0) return token;
    const known = Number.isNaN(nowMs) ? this.clock.now() : nowMs;
    const answer = this.#machine.tryAcquire(known);
    // Admitted while closed, or refused while open: nothing changed.
    const usual = answer < 0 ? "open" : "closed";
    if (this.#lastState !== usual) this.#reportTransition("elapsed", known);
    return answer;
  }

  /** @internal Files the result of one permit. */
  settle(token: number, outcome: number, startedMs: number, nowMs: number): void {
    let endMs = this.timed && Number.isNaN(nowMs) ? this.clock.now() : nowMs;
    const tookMs = this.timed ? endMs - startedMs : 0;
    let answer = this.#machine.settle(token, outcome, tookMs, this.timed ? endMs : Number.NaN);
    if (answer === 0) return;
    if (answer === needsTime) {
      if (Number.isNaN(endMs)) endMs = this.clock.now();
      answer = this.#machine.settle(token, outcome, tookMs, endMs);
    }
    if ((answer & late) !== 0 && this.events.has("late"))
      this.events.emit("late", { generation: this.#machine.generation });
    if ((answer & changed) !== 0)
      this.#reportTransition(this.#lastState === "half-open" ? "probes" : "threshold", endMs);
  }

  /** @internal */
  reportSettledTwice(): void {
    this.events.emit("settledTwice", { policy: this.name });
  }

  #reportTransition(reason: string, atMs: number): void {
    const from = this.#lastState;
    const to = states[this.#machine.state(atMs)]!;
    if (from === to) return;
    this.#lastState = to;
    if (!this.events.has("transition")) return;
    this.events.emit("transition", { from, to, reason, generation: this.#machine.generation, atMs });
  }

  /** @internal */
  enter(call: Call, index: number): undefined {
    const startedMs = this.timed ? call.nowMs() : Number.NaN;
    const token = this.#acquire(startedMs);
    if (token < 0) call.fail(this.refusal(this.#rejection(call)), this.name);
    else call.keep(index, this.timed ? ({ token, startedMs } satisfies TimedPermit) : token);
    return undefined;
  }

  /** @internal */
  leave(call: Call, index: number): typeof done {
    const outcome = this.#judge(call, index);
    if (this.timed) {
      const { token, startedMs } = call.slot(index) as TimedPermit;
      this.settle(token, outcome, startedMs, call.nowMs());
    } else {
      this.settle(call.slot(index) as number, outcome, Number.NaN, Number.NaN);
    }
    return done;
  }

  /** @internal */
  admit(startedMs: number): number {
    return this.#acquire(startedMs);
  }

  /** @internal */
  pass(ticket: number, startedMs: number): boolean {
    if (this.#isFailure !== undefined) return false;
    this.settle(ticket, success, startedMs, Number.NaN);
    return true;
  }

  /** @internal */
  resume(call: Call, ticket: number, startedMs: number): void {
    call.keep(0, this.timed ? ({ token: ticket, startedMs } satisfies TimedPermit) : ticket);
  }

  /**
   * A caller who aborts says nothing about the dependency, nor does a refusal from further in: nothing reached it.
   * A deadline from further out does: the dependency had its chance and used the whole of it. A bug in the function says
   * nothing either, unless `isFailure` says that it does.
   */
  #judge(call: Call, index: number): number {
    if (call.status === failed) {
      if (call.interrupter < index) return call.interrupter === caller ? ignored : failure;
      if (neverStarted(call.result)) return ignored;
    }
    if (this.#isFailure === undefined) {
      if (call.status === succeeded) return success;
      return isProgrammingError(call.result) ? ignored : failure;
    }
    try {
      return this.#isFailure(call.outcome) ? failure : success;
    } catch (error) {
      call.fail(error);
      return failure;
    }
  }

  /** @internal */
  enterShadow(call: Call, index: number): void {
    const startedMs = this.timed ? call.nowMs() : Number.NaN;
    const token = this.#acquire(startedMs);
    if (token < 0) this.shadow("reject", this.#rejection(call));
    call.keep(index, { token, startedMs } satisfies TimedPermit);
  }

  /** @internal A call that would have been refused says nothing: the breaker that acts had not seen it. */
  leaveShadow(call: Call, index: number): void {
    const { token, startedMs } = call.slot(index) as TimedPermit;
    if (token < 0) return;
    const outcome = this.#judge(call, index);
    this.settle(token, outcome, startedMs, this.timed ? call.nowMs() : Number.NaN);
  }

  #rejection(call: Call): BrokenCircuitError | IsolatedCircuitError {
    const generation = this.#machine.generation;
    const retryAfterMs = this.#machine.retryAfterMs(call.nowMs());
    if (this.#lastState === "forced-open") {
      return new IsolatedCircuitError({ policy: this.name, rule: "isolated", generation });
    }
    if (this.#lastState === "open") {
      return new BrokenCircuitError({ policy: this.name, rule: "open", retryAfterMs, generation });
    }
    const permits = this.#permits;
    const fields = { policy: this.name, rule: "half-open-full", observed: permits, threshold: permits, generation };
    return new BrokenCircuitError({ ...fields, retryAfterMs });
  }

  /**
   * Opens the breaker by hand until the result is disposed; several isolations hold until the last is. Then it is
   * closed, with an empty window.
   *
   * @example
   * ```ts
   * import { circuitBreaker } from "holdfast";
   *
   * const breaker = circuitBreaker();
   * const hold = breaker.isolate();
   * breaker.state; // => "forced-open"
   * hold[Symbol.dispose]();
   * breaker.state; // => "closed"
   * ```
   */
  isolate(): Disposable {
    this.#isolations++;
    if (this.#isolations === 1) this.#byHand((nowMs) => this.#machine.forceOpen(nowMs));
    return disposable(() => {
      this.#isolations--;
      if (this.#isolations === 0) this.reset();
    });
  }

  /** Lets every call through and counts nothing, until {@link reset}. */
  disable(): void {
    this.#byHand((nowMs) => this.#machine.disable(nowMs));
  }

  /** Closes the breaker, with an empty window. */
  reset(): void {
    this.#byHand((nowMs) => this.#machine.reset(nowMs));
  }

  #byHand(act: (nowMs: number) => void): void {
    const nowMs = this.clock.now();
    act(nowMs);
    this.#reportTransition("manual", nowMs);
  }

  protected override config(): string {
    return this.#config;
  }

  /** Half-open is kept as open, since probes do not survive. */
  protected override save(nowMs: number): Uint8Array {
    return this.#machine.snapshot(nowMs);
  }

  protected override load(state: Uint8Array, nowMs: number): void {
    this.#machine.restore(state, nowMs);
    this.#reportTransition("manual", nowMs);
  }

  /** Gives the core's memory back; the breaker cannot be used afterwards. */
  [dispose](): void {
    this.#machine[dispose]();
  }
}

function isTimed(machine: ReturnType<typeof machineOptions>): boolean {
  return machine.kind === "time" || "slowRate" in machine;
}

/** What the core needs, checked and with defaults. */
function machineOptions(options: CircuitBreakerOptions) {
  const { consecutiveFailures, window } = options;
  if (consecutiveFailures !== undefined && window !== undefined) {
    throw invalidOption("window", window.kind, "give either consecutiveFailures or a window, not both");
  }
  const openForMs = durationMs("openForMs", options.openForMs ?? 5_000);
  const rules = {
    ...slowOptions(options),
    failureRate: ratio("failureRate", options.failureRate ?? 0.5),
    openForMs,
    openFactor: options.openFactor ?? 1,
    openMaxMs: options.openMaxMs ?? openForMs * ((options.openFactor ?? 1) > 1 ? 60 : 1),
    openJitter: options.openJitter ?? 0.1,
    halfOpenPermits: wholeNumber("halfOpen.permits", options.halfOpen?.permits ?? 3, 1, 10_000),
    halfOpenMaxWaitMs: durationMs("halfOpen.maxWaitMs", options.halfOpen?.maxWaitMs ?? 10_000),
  };
  if (consecutiveFailures !== undefined) {
    const failures = wholeNumber("consecutiveFailures", consecutiveFailures, 1, 1_000_000);
    return { kind: "consecutive" as const, failures, ...rules };
  }
  return { ...windowOptions(window ?? count(100), options.minimumCalls), ...rules };
}

function windowOptions(window: CountWindow | TimeWindow, minimum: number | undefined) {
  if (window.kind === "count") {
    const calls = wholeNumber("window.calls", window.calls, 1, 10_000);
    const minimumCalls = wholeNumber("minimumCalls", minimum ?? Math.min(20, calls), 1, calls);
    return { kind: "count" as const, calls, minimumCalls };
  }
  const windowMs = durationMs("window.windowMs", window.windowMs);
  const buckets = wholeNumber("window.buckets", window.buckets, 1, 128);
  return { kind: "time" as const, windowMs, buckets, minimumCalls: wholeNumber("minimumCalls", minimum ?? 20, 1) };
}

function slowOptions({ slowRate, slowAfterMs }: CircuitBreakerOptions) {
  if (slowRate === undefined && slowAfterMs === undefined) return {};
  if (slowAfterMs === undefined) {
    throw invalidOption("slowAfterMs", undefined, "slowRate needs it: how many milliseconds make a call slow");
  }
  return { slowRate: ratio("slowRate", slowRate ?? 1), slowAfterMs: durationMs("slowAfterMs", slowAfterMs) };
}

/**
 * Stops calling a dependency that fails, and looks again after a while.
 *
 * Use one for each thing that fails on its own (a host, not a fleet). While it is open, calls reject with a
 * {@link BrokenCircuitError} (`CIRCUIT_OPEN`) that carries `retryAfterMs`. Rates open it at equality; only completed
 * calls count, filed where they started; results that come after a change of state never count. The design follows
 * Nygard, "Release It!", chapter 5, and the sliding windows of resilience4j, with a generation in every permit.
 *
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { circuitBreaker, manualClock, time } from "holdfast";
 *
 * const clock = manualClock();
 * const breaker = circuitBreaker({ window: time(10_000), failureRate: 0.5, minimumCalls: 2, openForMs: 1_000, clock });
 * const down = () => { throw new Error("down"); };
 * await breaker.tryExecute(down);
 * await breaker.tryExecute(down);
 * breaker.state; // => "open"
 * await clock.advance(1_000);
 * await breaker.execute(() => "back"); // => "back"
 * ```
 */
export function circuitBreaker(options: CircuitBreakerOptions = {}): CircuitBreaker {
  return new CircuitBreaker(options);
}
