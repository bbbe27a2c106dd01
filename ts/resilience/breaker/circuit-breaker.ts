/**
 * Circuit breaker: stop calling what fails, look again after a while.
 *
 * The state machine is the core's (`assembly/breaker`): this file reads the clock where the machine needs the time,
 * tells outcomes apart and reports transitions. In the closed state with a count of calls or of consecutive failures
 * the machine needs no time, so no clock is read.
 */

import { BreakerMachine, breakerStates, outcome } from "../../core/index.js";
import { deadlinesOf, disposable, dispose, systemRandom } from "../../kernel/index.js";
import type { Call } from "../call.js";
import { BrokenCircuitError, IsolatedCircuitError } from "../errors.js";
import { judge, resultOf } from "../judgement.js";
import { done, type LoneLayer } from "../layer.js";
import { LayerPolicy } from "../layer-policy.js";
import type { LatencyTarget } from "../target/latency-target.js";
import { isLive } from "../target/quantile.js";
import type { BreakerStats, CircuitBreakerEvents, CircuitState, TransitionReason } from "./events.js";
import { HealthProbe, type Probed } from "./health-probe.js";
import { type BreakerSettings, type CircuitBreakerOptions, markedMs, settingsOf } from "./options.js";
import { Hold, Permit, type PermitOptions } from "./permit.js";
import { packState, unpackState } from "./saved-state.js";
import { SlowStart, type SlowStartRefusal } from "./slow-start.js";

/** What {@link BreakerMachine.settle} answers: bits, or a request for the time. */
const changed = 1;
const late = 2;
const needsTime = -1;

/** Permits of a machine are numbers below this. */
const ticketsOfOne = 2 ** 30;

/** The ticket of a permit that counts for nothing. */
const untracked = -1;

/** What a call holds while its duration matters. */
interface TimedTicket {
  readonly ticket: number;
  readonly startedMs: number;
}

/** See {@link circuitBreaker}. */
export class CircuitBreaker extends LayerPolicy<CircuitBreakerEvents, CircuitBreakerOptions> implements LoneLayer {
  readonly kind = "circuit-breaker";
  /** Whether a call's start and end matter: for slow calls, and to file results by time. @internal */
  timed: boolean;
  #settings: BreakerSettings;
  #machine: BreakerMachine;
  /**
   * Where the tickets of the present machine begin. A machine whose window has changed its shape is replaced; tickets of the one
   * before are below the base, so that no result reaches a machine that did not admit its call. Infinite once disposed.
   */
  #base = 0;
  /** Changes of state that machines before this one have seen. */
  #generations = 0;
  /** The state when it was last looked at. */
  #seen: CircuitState = "closed";
  /** Whether calls pass without a further look: closed or disabled, and no slow start under way. */
  #plain = true;
  #slowStart: SlowStart | undefined;
  /** Why the slow start refused the call that asked last. */
  #refused: SlowStartRefusal | undefined;
  #probe: HealthProbe | undefined;
  /** The isolations that are held, and why. */
  readonly #isolations = new Map<Disposable, string | undefined>();
  /** Whether it is forced open beyond its isolations, and why. */
  #forced = false;
  #forcedBecause: string | undefined;

  constructor(options: CircuitBreakerOptions = {}) {
    super("circuit-breaker", options);
    this.#settings = settingsOf(options);
    this.#machine = this.#make(options, this.#settings);
    this.#probe = this.#probing(this.#settings);
    this.timed = this.#settings.timed;
    // A machine that is shared may be in any state already.
    if (options.machine !== undefined) this.#look("elsewhere", this.clock.now());
  }

  protected override targetsOf({ slowAfterMs }: CircuitBreakerOptions): readonly LatencyTarget[] {
    return isLive(slowAfterMs) ? [slowAfterMs.target] : [];
  }

  #make(options: CircuitBreakerOptions, { rules }: BreakerSettings): BreakerMachine {
    const seeded = { ...rules, seed: (options.random ?? systemRandom).uint32() };
    return options.machine === undefined ? new BreakerMachine(seeded) : options.machine(seeded);
  }

  #probing({ probe }: BreakerSettings): HealthProbe | undefined {
    if (probe === undefined) return undefined;
    const wanted = () => this.state === "open";
    return new HealthProbe(probe, { clock: this.clock, wanted, found: (probed) => this.#found(probed) });
  }

  /**
   * Rules change in place. Only where the window has another shape, a machine with an empty window takes over, in the same state:
   * an open breaker stays open for the time that was left.
   */
  protected override adopt(options: CircuitBreakerOptions): void {
    const next = settingsOf(options);
    const nowMs = this.clock.now();
    const { random = systemRandom } = options;
    const sameMaker = options.machine === this.options.machine;
    if (!sameMaker) this.#replace(this.#make(options, next));
    else if (!sameRules(next, this.#settings) && !this.#machine.reconfigure(next.rules)) {
      this.#reshape(options, next, nowMs);
    }
    this.timed = next.timed;
    if (options.probe !== this.options.probe) {
      this.#probe?.stop();
      this.#probe = this.#probing(next);
      if (this.#seen === "open") this.#probe?.start();
    }
    if (this.#slowStart !== undefined) {
      const startedMs = nowMs - this.#slowStart.elapsedMs(nowMs);
      this.#begin(next.slowStart && new SlowStart(next.slowStart, startedMs, random));
    }
    this.#settings = next;
    if (sameMaker) return;
    if (this.#isolations.size > 0) this.#machine.forceOpen(nowMs);
    this.#look("elsewhere", nowMs);
  }

  /** A machine cannot be made in any state: it is brought there by one failure under rules to which one is enough. */
  #reshape(options: CircuitBreakerOptions, next: BreakerSettings, nowMs: number): void {
    const { rules } = next;
    const { state, retryAfterMs } = this;
    const touchy = rules.kind === "consecutive" ? { ...rules, failures: 1 } : { ...rules, minimumCalls: 1 };
    const machine = this.#make(options, { ...next, rules: touchy });
    if (state === "open" || state === "half-open") {
      machine.settle(machine.tryAcquire(nowMs), outcome.failure, 0, nowMs);
      machine.openFor(state === "open" ? retryAfterMs : 0, nowMs);
    }
    machine.reconfigure(rules);
    if (state === "forced-open") machine.forceOpen(nowMs);
    if (state === "disabled") machine.disable(nowMs);
    this.#replace(machine);
    this.#seen = state;
  }

  #replace(machine: BreakerMachine): void {
    this.#generations += this.#machine.generation + 1;
    this.#base += ticketsOfOne;
    this.#machine[dispose]();
    this.#machine = machine;
  }

  /** Where the breaker stands now. An open breaker whose time is over reads `half-open`: the next call may try. */
  get state(): CircuitState {
    return breakerStates[this.#machine.state(this.clock.now())]!;
  }

  /** Milliseconds until an open breaker may be tried, 0 in any other state, `Infinity` while it is forced open. */
  get retryAfterMs(): number {
    return this.#machine.retryAfterMs(this.clock.now());
  }

  /** What the window holds now. */
  get stats(): BreakerStats {
    const nowMs = this.clock.now();
    const machine = this.#machine;
    return {
      state: breakerStates[machine.state(nowMs)]!,
      generation: this.#changes,
      calls: machine.calls(nowMs),
      failureRate: machine.failureRate(nowMs),
      slowRate: machine.slowRate(nowMs),
      failureThreshold: this.#failureThreshold,
      probes: machine.probes(nowMs),
      admittedShare: this.#slowStart?.share(nowMs) ?? 1,
      isolations: this.#isolations.size,
    };
  }

  /** Changes of state so far. */
  get #changes(): number {
    return this.#generations + this.#machine.generation;
  }

  /** An adaptive machine says its threshold; others have the option's. */
  get #failureThreshold(): number {
    return (this.#machine as { threshold?: number }).threshold ?? this.#settings.rules.failureRate!;
  }

  /**
   * Asks leave for one call that the caller makes itself; `undefined` if the breaker refuses.
   *
   * @param options `owner`, who takes the permit: events about it say so.
   *
   * @example
   * ```ts
   * import { circuitBreaker } from "holdfast";
   *
   * const breaker = circuitBreaker({ consecutiveFailures: 1 });
   * const permit = breaker.tryAcquire({ owner: "import job" });
   * permit?.failure();
   * breaker.tryAcquire(); // => undefined
   * ```
   */
  tryAcquire(options?: PermitOptions): Permit | undefined {
    if (this.mode === "off") return new Permit(this, untracked, Number.NaN, options?.owner);
    const startedMs = this.timed ? this.clock.now() : Number.NaN;
    const ticket = this.#acquire(startedMs);
    if (ticket < 0) {
      if (this.mode === "enforce") return undefined;
      this.shadow("reject", this.#rejection(this.clock.now()));
    }
    const permit = new Permit(this, ticket, startedMs, options?.owner);
    const { maxHoldMs } = this.#settings;
    if (maxHoldMs !== undefined) this.#hold(permit, maxHoldMs, startedMs);
    return permit;
  }

  #hold(permit: Permit, maxHoldMs: number, startedMs: number): void {
    const nowMs = Number.isNaN(startedMs) ? this.clock.now() : startedMs;
    const deadlines = deadlinesOf(this.clock);
    const hold = new Hold(() => {
      permit.reclaim();
      const heldMs = this.clock.now() - nowMs;
      this.events.emit("reclaimed", { policy: this.name, owner: permit.owner, heldMs });
    });
    deadlines.set(hold, maxHoldMs, nowMs);
    permit.onSettled(() => deadlines.cancel(hold));
  }

  /** @internal The usual way in: for a breaker that lets everything pass, as far as was seen. */
  admit(startedMs: number): number {
    if (!this.#plain) return -1;
    const machine = this.#machine;
    const token = this.timed ? machine.tryAcquire(startedMs) : machine.acquireClosed();
    return token < 0 ? -1 : this.#base + token;
  }

  /** A ticket, or a number below 0 where the call is refused. */
  #acquire(startedMs: number): number {
    const ticket = this.admit(startedMs);
    return ticket < 0 ? this.#ask(Number.isNaN(startedMs) ? this.clock.now() : startedMs) : ticket;
  }

  /** The way in where anything may have happened since the last look. */
  #ask(nowMs: number): number {
    this.#refused = this.#slowStart?.refuses(nowMs);
    if (this.#refused !== undefined) return -1;
    if (this.#slowStart?.isOver(nowMs)) this.#begin(undefined);
    const token = this.#machine.tryAcquire(nowMs);
    // Admitted while closed, or refused while open: nothing changed.
    if (this.#seen !== (token < 0 ? "open" : "closed")) this.#look(undefined, nowMs);
    return token < 0 ? -1 : this.#base + token;
  }

  /** @internal Files the result of one permit. */
  settle(ticket: number, result: number, startedMs: number, nowMs: number): void {
    const token = ticket - this.#base;
    if (token < 0) {
      if (ticket !== untracked && this.#base < Number.POSITIVE_INFINITY) this.settledLate();
      return;
    }
    const { timed } = this;
    let endMs = timed && Number.isNaN(nowMs) ? this.clock.now() : nowMs;
    const tookMs = timed ? this.#tookMs(startedMs, endMs) : 0;
    let answer = this.#machine.settle(token, result, tookMs, timed ? endMs : Number.NaN);
    if (answer === 0) return;
    if (answer === needsTime) {
      if (Number.isNaN(endMs)) endMs = this.clock.now();
      answer = this.#machine.settle(token, result, tookMs, endMs);
    }
    if ((answer & late) !== 0) this.settledLate();
    if ((answer & changed) !== 0) this.#look(this.#seen === "half-open" ? "probes" : "threshold", endMs);
  }

  #tookMs(startedMs: number, endMs: number): number {
    const { slowAfter } = this.#settings;
    const tookMs = endMs - startedMs;
    return slowAfter === undefined ? tookMs : markedMs(tookMs, slowAfter.durationMs(endMs));
  }

  /** @internal */
  settledLate(): void {
    if (this.events.has("late")) this.events.emit("late", { generation: this.#changes });
  }

  /** @internal */
  settledAgain({ owner }: Permit): void {
    this.events.emit("settledTwice", { policy: this.name, owner });
  }

  /**
   * Looks where the machine stands, and acts on a change: slow start and health probe begin and end with it. A change that nobody
   * here has made is the work of time, between open and half-open, or of whoever else uses the machine.
   */
  #look(reason: TransitionReason | undefined, atMs: number): void {
    const from = this.#seen;
    const to = breakerStates[this.#machine.state(atMs)]!;
    if (from === to) return;
    this.#seen = to;
    const { slowStart } = this.#settings;
    const { random = systemRandom } = this.options;
    const ramps = slowStart !== undefined && to === "closed";
    this.#begin(ramps ? new SlowStart(slowStart, atMs, random) : undefined);
    if (to === "open") this.#probe?.start();
    else this.#probe?.stop();
    if (!this.events.has("transition")) return;
    const why = reason ?? (tried(from) && tried(to) ? "elapsed" : "elsewhere");
    this.events.emit("transition", { from, to, reason: why, generation: this.#changes, atMs });
  }

  /** Begins a slow start, or ends it. */
  #begin(slowStart: SlowStart | undefined): void {
    this.#slowStart = slowStart;
    this.#plain = (this.#seen === "closed" || this.#seen === "disabled") && slowStart === undefined;
  }

  #found(probed: Probed): void {
    if (probed.healthy) {
      const nowMs = this.clock.now();
      if (this.#settings.probe?.onHealthy === "close") this.#machine.reset(nowMs);
      else this.#machine.openFor(0, nowMs);
      this.#look("health-probe", nowMs);
    }
    if (this.events.has("probed")) this.events.emit("probed", probed);
  }

  /** @internal */
  enter(call: Call, index: number): undefined {
    const startedMs = this.timed ? call.nowMs() : Number.NaN;
    const ticket = this.#acquire(startedMs);
    if (ticket < 0) call.fail(this.refusal(this.#rejection(call.nowMs())), this.name);
    else this.#keep(call, index, ticket, startedMs);
    return undefined;
  }

  #keep(call: Call, index: number, ticket: number, startedMs: number): void {
    call.keep(index, this.timed ? ({ ticket, startedMs } satisfies TimedTicket) : ticket);
  }

  /** @internal */
  leave(call: Call, index: number): typeof done {
    let result: number = outcome.failure;
    try {
      result = judge(call, index, this.options.isFailure);
    } catch (error) {
      call.fail(error);
    }
    this.#settleKept(call, index, result);
    return done;
  }

  #settleKept(call: Call, index: number, result: number): void {
    const kept = call.slot(index) as TimedTicket | number;
    if (typeof kept === "number") this.settle(kept, result, Number.NaN, Number.NaN);
    else this.settle(kept.ticket, result, kept.startedMs, call.nowMs());
  }

  /** @internal */
  pass(ticket: number, startedMs: number): boolean {
    if (this.options.isFailure !== undefined) return false;
    this.settle(ticket, outcome.success, startedMs, Number.NaN);
    return true;
  }

  /** @internal Alone a call has no caller who aborts and no deadline from further out. */
  fail(ticket: number, startedMs: number, error: unknown): boolean {
    if (this.options.isFailure !== undefined) return false;
    this.settle(ticket, resultOf(error), startedMs, Number.NaN);
    return true;
  }

  /** @internal */
  resume(call: Call, ticket: number, startedMs: number): void {
    this.#keep(call, 0, ticket, startedMs);
  }

  /** @internal */
  enterShadow(call: Call, index: number): void {
    const startedMs = this.timed ? call.nowMs() : Number.NaN;
    const ticket = this.#acquire(startedMs);
    if (ticket < 0) this.shadow("reject", this.#rejection(call.nowMs()));
    this.#keep(call, index, ticket, startedMs);
  }

  /** @internal A call that would have been refused counts for nothing: the breaker that acts had not seen its result either. */
  leaveShadow(call: Call, index: number): void {
    let result: number = outcome.failure;
    try {
      result = judge(call, index, this.options.isFailure);
    } finally {
      this.#settleKept(call, index, result);
    }
  }

  #rejection(nowMs: number): BrokenCircuitError | IsolatedCircuitError {
    const policy = this.name;
    const generation = this.#changes;
    if (this.#seen === "forced-open") {
      return new IsolatedCircuitError({ policy, rule: "isolated", generation, reason: this.#because });
    }
    if (this.#refused !== undefined) {
      const { drawn, share } = this.#refused;
      return new BrokenCircuitError({ policy, rule: "slow-start", observed: drawn, threshold: share, generation });
    }
    const retryAfterMs = this.#machine.retryAfterMs(nowMs);
    if (this.#seen === "open") return new BrokenCircuitError({ policy, rule: "open", retryAfterMs, generation });
    const observed = this.#settings.halfOpenPermits;
    const rule = "half-open-full";
    return new BrokenCircuitError({ policy, rule, observed, threshold: observed, retryAfterMs, generation });
  }

  /** Why the breaker is forced open: the newest reason that was given. */
  get #because(): string | undefined {
    return [...this.#isolations.values()].findLast((reason) => reason !== undefined) ?? this.#forcedBecause;
  }

  /**
   * Opens the breaker by hand until the result is disposed; several isolations hold until the last is. Then it is
   * closed, with an empty window. `reset`, `forceOpen` and `disable` end all isolations.
   *
   * @param reason appears in the refusals.
   *
   * @example
   * ```ts
   * import { circuitBreaker } from "holdfast";
   *
   * const breaker = circuitBreaker();
   * const hold = breaker.isolate("deployment");
   * breaker.state; // => "forced-open"
   * hold[Symbol.dispose]();
   * breaker.state; // => "closed"
   * ```
   */
  isolate(reason?: string): Disposable {
    const hold = disposable(() => {
      if (!this.#isolations.delete(hold) || this.#isolations.size > 0 || this.#forced) return;
      this.#byHand((nowMs) => this.#machine.reset(nowMs));
    });
    this.#isolations.set(hold, reason);
    if (this.#seen !== "forced-open") this.#byHand((nowMs) => this.#machine.forceOpen(nowMs));
    return hold;
  }

  /** Refuses every call until {@link reset}; `reason` appears in the refusals. */
  forceOpen(reason?: string): void {
    this.#letGo();
    this.#forced = true;
    this.#forcedBecause = reason;
    this.#byHand((nowMs) => this.#machine.forceOpen(nowMs));
  }

  /** Lets every call through and counts nothing, until {@link reset}. */
  disable(): void {
    this.#letGo();
    this.#byHand((nowMs) => this.#machine.disable(nowMs));
  }

  /** Closes the breaker, with an empty window and without a slow start. */
  reset(): void {
    this.#letGo();
    this.#byHand((nowMs) => this.#machine.reset(nowMs));
    this.#begin(undefined);
  }

  /** Ends what was forced before: the newest word counts. */
  #letGo(): void {
    this.#isolations.clear();
    this.#forced = false;
    this.#forcedBecause = undefined;
  }

  #byHand(act: (nowMs: number) => void): void {
    const nowMs = this.clock.now();
    act(nowMs);
    this.#look("manual", nowMs);
  }

  protected override config(): string {
    return this.#settings.config;
  }

  /** Half-open is kept as open, since probes do not survive. Nor do isolations: what is restored is forced open until `reset`. */
  protected override save(nowMs: number): Uint8Array {
    return packState(this.#machine.snapshot(nowMs), this.#slowStart?.elapsedMs(nowMs));
  }

  protected override load(state: Uint8Array, nowMs: number): void {
    const { slowStart } = this.#settings;
    const { random = systemRandom } = this.options;
    const { machine, elapsedMs } = unpackState(state, slowStart?.durationMs ?? 0);
    this.#machine.restore(machine, nowMs);
    if (this.#isolations.size > 0) this.#machine.forceOpen(nowMs);
    this.#look("restored", nowMs);
    this.#forced = this.#seen === "forced-open" && this.#isolations.size === 0;
    const ramps = slowStart !== undefined && elapsedMs !== undefined && this.#seen === "closed";
    this.#begin(ramps ? new SlowStart(slowStart, nowMs - elapsedMs, random) : undefined);
  }

  /** Stops what runs and gives the core's memory back; calls that are under way keep their outcomes, nothing else can be done. */
  [dispose](): void {
    this.#probe?.stop();
    this.#base = Number.POSITIVE_INFINITY;
    this.#machine[dispose]();
  }
}

/** The states that time leads to. */
function tried(state: CircuitState): boolean {
  return state === "open" || state === "half-open";
}

function sameRules(a: BreakerSettings, b: BreakerSettings): boolean {
  return JSON.stringify(a.rules) === JSON.stringify(b.rules);
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
