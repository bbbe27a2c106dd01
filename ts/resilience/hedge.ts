/**
 * Hedge: when an answer takes longer than usual, ask again beside it, and take whichever answers first.
 *
 * The original attempt is the call itself, which goes on inwards as if there were no hedge; the delay is one more deadline of
 * the shared timer. Only when it passes, for the few calls that are slow, a second call of the same function is made through
 * the layers inside this one (`Call.branch`), with permits, deadlines and a signal of its own. The first answer is the
 * call's; the others are cut off, silently.
 *
 * After Dean and Barroso, "The Tail at Scale" (Communications of the ACM 56:2, 2013), and gRPC proposal A6: a failure that
 * is not fatal starts the next hedge at once, a fatal one ends all.
 */

import { isProgrammingError } from "../errors/index.js";
import { Deadline, type Deadlines, deadlinesOf, dispose, type Outcome } from "../kernel/index.js";
import { type Call, caller, succeeded } from "./call.js";
import { neverStarted, SupersededError } from "./errors.js";
import type { FailureTest } from "./handle.js";
import { done, type Layer, run } from "./layer.js";
import { LayerPolicy } from "./layer-policy.js";
import { durationMs, wholeNumber } from "./options.js";
import type { PolicyEvents, PolicyOptions } from "./policy.js";
import { OwnBudget, paidOutside, type RetryBudget } from "./retry-budget.js";
import type { LatencyTarget } from "./target/latency-target.js";
import { isLive, type LiveQuantile } from "./target/quantile.js";

/** The shortest time after which a call is looked at again, in milliseconds. */
const shortestMs = 1;

/** Options of {@link hedge}. */
export interface HedgeOptions extends PolicyOptions {
  /** How long an attempt may take before the next one starts, in milliseconds; or a live {@link quantile}. */
  readonly afterMs: number | LiveQuantile;
  /** Attempts beside the original. Default: 1. */
  readonly max?: number;
  /** What pays for hedges; `false` for nothing. Default: a budget of its own of 5 % of the calls, without a reserve. */
  readonly budget?: RetryBudget | false | undefined;
  /** Which outcomes are failures, after which another attempt may still answer. Default: every error. */
  readonly handle?: FailureTest;
  /** Which failures no other attempt can mend; they end the call at once. Default: bugs (`isProgrammingError` of `holdfast/errors`). */
  readonly fatal?: FailureTest;
  /** Whose usual latency must still fit the call's deadline. Default: the target of a live `afterMs`. */
  readonly target?: LatencyTarget | undefined;
}

/** Events of a hedge. */
export interface HedgeEvents extends PolicyEvents {
  /** Attempt number `hedge` beside the original starts now. */
  hedge: { readonly hedge: number };
  /** A hedge was due and did not start: the budget did not cover it, or it could not have answered before the deadline. */
  withheld: { readonly rule: "budget" | "deadline" };
  /** A hedge answered before the original. */
  won: { readonly hedge: number };
}

/** Options that a hedge works with. */
interface Settings {
  readonly afterMs: number | LiveQuantile;
  readonly max: number;
  readonly budget: RetryBudget | false | undefined;
  readonly handle: FailureTest | undefined;
  readonly fatal: FailureTest;
  readonly target: LatencyTarget | undefined;
}

function settingsOf(options: HedgeOptions): Settings {
  const { afterMs, budget, handle, fatal } = options;
  return {
    afterMs: isLive(afterMs) ? afterMs : durationMs("afterMs", afterMs, 0),
    max: wholeNumber("max", options.max ?? 1, 1, 16),
    budget,
    handle,
    fatal: fatal ?? bugsOnly,
    target: targetOf(options),
  };
}

function targetOf({ target, afterMs }: HedgeOptions): LatencyTarget | undefined {
  return target ?? (isLive(afterMs) ? afterMs.target : undefined);
}

const bugsOnly: FailureTest = (outcome) => !outcome.ok && isProgrammingError(outcome.error);

/** When a call would be hedged in shadow mode. */
class ShadowDelay extends Deadline {
  readonly policy: Hedge;

  constructor(policy: Hedge) {
    super();
    this.policy = policy;
  }

  expire(): void {
    this.policy.wouldHedge();
  }
}

/** One call and the attempts beside its original; as a deadline it is the delay before the next of them. */
class HedgedCall extends Deadline {
  readonly policy: Hedge;
  readonly settings: Settings;
  readonly call: Call;
  readonly index: number;
  readonly delayMs: number;
  /** The deadline of the call where it came to this layer. */
  readonly outer: Deadline | undefined;
  /** Attempts beside the original so far; those under way; and what failed. Made when they are needed, which is seldom. */
  started = 0;
  running: Call[] = noCalls;
  failures: Outcome<unknown>[] = noFailures;
  /** What the call ends with: the first answer, or a fatal failure. */
  answer: Outcome<unknown> | undefined = undefined;
  /** Whether nobody waits for another attempt any more. */
  over = false;
  /** Ends the wait of a call whose original has failed while others are under way. */
  private wake: (() => void) | undefined = undefined;
  private isDue = false;

  constructor(policy: Hedge, settings: Settings, call: Call, index: number, delayMs: number) {
    super();
    this.policy = policy;
    this.settings = settings;
    this.call = call;
    this.index = index;
    this.delayMs = delayMs;
    this.outer = call.deadline;
  }

  expire(): void {
    if (this.wake !== undefined) {
      this.isDue = true;
      this.wake();
    } else if (!this.call.nudge(() => this.startNext())) {
      // It waits for its own turn further in; a second one would only wait behind it.
      this.policy.arm(this);
    }
  }

  /** Starts one more attempt, if there may be one. It must be called in the call's asynchronous context. */
  startNext(): void {
    if (this.over || this.started >= this.settings.max || !this.policy.mayStart(this)) return;
    this.started++;
    const branch = this.call.branch(this.policy.inside(this.call.layers, this.index), this.started, this.outer);
    if (this.running === noCalls) this.running = [];
    this.running.push(branch);
    this.policy.reportStart(this.started);
    void (run(branch) as Promise<Outcome<unknown>>).then((outcome) => this.settle(branch, outcome));
    if (this.started < this.settings.max) this.policy.arm(this);
  }

  private settle(branch: Call, outcome: Outcome<unknown>): void {
    if (this.over) return;
    this.running.splice(this.running.indexOf(branch), 1);
    this.adoptWork(branch);
    if (!this.isFailure(outcome)) {
      this.policy.reportWon(branch.hedge);
      this.conclude(outcome);
    } else if (this.settings.fatal(outcome)) {
      this.conclude(outcome);
    } else {
      this.afterFailure(outcome);
      if (this.running.length === 0) this.wake?.();
    }
  }

  /** The call has its answer from an attempt beside the original. */
  private conclude(answer: Outcome<unknown>): void {
    this.answer = answer;
    const reason = this.policy.superseded();
    this.cutOff(reason);
    if (this.wake !== undefined) this.wake();
    else this.call.interrupt(this.index, reason);
  }

  isFailure(outcome: Outcome<unknown>): boolean {
    const { handle } = this.settings;
    return handle === undefined ? !outcome.ok : handle(outcome);
  }

  /** The next attempt need not wait: unless this one was refused, for the next one would be refused as well. */
  afterFailure(outcome: Outcome<unknown>): void {
    if (this.failures === noFailures) this.failures = [];
    this.failures.push(outcome);
    if (outcome.ok || !neverStarted(outcome.error)) this.startNext();
  }

  /** Cuts all attempts beside the original off. Those who bound real work still see theirs. */
  cutOff(reason: unknown): void {
    this.over = true;
    for (const branch of this.running) {
      branch.interrupt(caller, reason);
      this.adoptWork(branch);
    }
  }

  private adoptWork(branch: Call): void {
    for (const work of branch.abandoned) this.call.abandon(work);
  }

  /** Waits, after the original has failed, until another attempt answers or none is left. */
  async others(): Promise<typeof done> {
    const { call, index } = this;
    while (this.answer === undefined && this.running.length > 0) {
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        call.onInterrupt(resolve);
      });
      if (call.interrupter < index) {
        this.policy.disarm(this);
        this.cutOff(call.result);
        return done;
      }
      if (this.isDue) {
        this.isDue = false;
        this.startNext();
      }
    }
    this.policy.disarm(this);
    give(call, this.answer ?? this.failure);
    return done;
  }

  /** The failure that says most: the first that is no refusal of ours. */
  get failure(): Outcome<unknown> {
    return this.failures.find((outcome) => outcome.ok || !neverStarted(outcome.error)) ?? this.failures[0]!;
  }
}

const noCalls: Call[] = [];
const noFailures: Outcome<unknown>[] = [];

/** Ends a call with an outcome. */
function give(call: Call, outcome: Outcome<unknown>): void {
  if (outcome.ok) call.succeed(outcome.value);
  else call.fail(outcome.error, outcome.rejectedBy);
}

/** See {@link hedge}. */
export class Hedge extends LayerPolicy<HedgeEvents, HedgeOptions> implements Disposable {
  readonly kind = "hedge";
  readonly #deadlines: Deadlines;
  #settings: Settings;
  readonly #ownBudget: OwnBudget;
  /** The layers of the last call, those inside ours, and whether one outside pays into our budget. */
  #layers: readonly Layer[] | undefined;
  #inside: readonly Layer[] = [];
  #paidOutside = false;

  constructor(options: HedgeOptions) {
    super("hedge", options, true);
    this.#settings = settingsOf(options);
    this.#deadlines = deadlinesOf(this.clock);
    this.#ownBudget = new OwnBudget({ ratio: 0.05, minPerSecond: 0, clock: this.clock });
  }

  /** What pays for hedges; undefined where nothing does. */
  get budget(): RetryBudget | undefined {
    return this.#ownBudget.unless(this.#settings.budget);
  }

  protected override targetsOf(options: HedgeOptions): readonly LatencyTarget[] {
    const target = targetOf(options);
    return target === undefined ? [] : [target];
  }

  protected override adopt(options: HedgeOptions): void {
    this.#settings = settingsOf(options);
    this.#layers = undefined;
  }

  /** @internal */
  enter(call: Call, index: number): undefined {
    call.keep(index, undefined);
    const delayMs = this.#delayFor(call, index);
    if (delayMs === undefined) return undefined;
    const hedged = new HedgedCall(this, this.#settings, call, index, delayMs);
    this.#deadlines.set(hedged, delayMs, call.nowMs());
    call.keep(index, hedged);
    return undefined;
  }

  /** Counts the call, and says after how many milliseconds it is to be hedged; undefined for never. */
  #delayFor(call: Call, index: number): number | undefined {
    if (call.layers !== this.#layers) this.#look(call.layers, index);
    if (!this.#paidOutside) this.budget?.deposit(call.nowMs());
    if (call.options.idempotent === false) return undefined;
    const { afterMs } = this.#settings;
    return typeof afterMs === "number" ? afterMs : afterMs.durationMs(call.nowMs());
  }

  #look(layers: readonly Layer[], index: number): void {
    this.#layers = layers;
    this.#inside = layers.slice(index + 1);
    this.#paidOutside = paidOutside(layers, index, this.budget);
  }

  /** @internal */
  leave(call: Call, index: number): typeof done | Promise<typeof done> {
    const hedged = call.slot(index) as HedgedCall | undefined;
    if (hedged === undefined) return done;
    this.#deadlines.cancel(hedged);
    if (call.interrupter === index) {
      call.absorbInterruption();
      give(call, hedged.answer!);
      return done;
    }
    if (call.interrupter < index) {
      hedged.cutOff(call.result);
      return done;
    }
    if (call.status === succeeded && hedged.settings.handle === undefined) {
      if (hedged.running.length > 0) hedged.cutOff(this.superseded());
      return done;
    }
    return this.#judge(hedged, call.outcome);
  }

  #judge(hedged: HedgedCall, outcome: Outcome<unknown>): typeof done | Promise<typeof done> {
    if (!hedged.isFailure(outcome) || hedged.settings.fatal(outcome)) {
      hedged.cutOff(this.superseded());
      return done;
    }
    hedged.afterFailure(outcome);
    if (hedged.running.length > 0) return hedged.others();
    this.#deadlines.cancel(hedged);
    give(hedged.call, hedged.failure);
    return done;
  }

  /** @internal */
  enterShadow(call: Call, index: number): void {
    call.keep(index, undefined);
    const delayMs = this.#delayFor(call, index);
    if (delayMs === undefined) return;
    const delay = new ShadowDelay(this);
    this.#deadlines.set(delay, delayMs, call.nowMs());
    call.keep(index, delay);
  }

  /** @internal */
  leaveShadow(call: Call, index: number): void {
    const delay = call.slot(index) as ShadowDelay | undefined;
    if (delay !== undefined) this.#deadlines.cancel(delay);
  }

  /** @internal A call in shadow mode is late enough for a hedge. */
  wouldHedge(): void {
    if (this.budget?.tryWithdraw() !== false) this.shadow("hedge");
  }

  /** @internal Lets a call's next delay begin. It ends later than now, or the timer that ended the last would never be done. */
  arm(hedged: HedgedCall): void {
    this.#deadlines.cancel(hedged);
    this.#deadlines.set(hedged, Math.max(shortestMs, hedged.delayMs), this.clock.now());
  }

  /** @internal */
  disarm(hedged: HedgedCall): void {
    this.#deadlines.cancel(hedged);
  }

  /** @internal The layers inside ours, of a call with these. */
  inside(layers: readonly Layer[], index: number): readonly Layer[] {
    if (layers !== this.#layers) this.#look(layers, index);
    return this.#inside;
  }

  /** @internal Whether one more attempt may start: it must be able to answer before the deadline, and the budget must pay. */
  mayStart({ settings, outer }: HedgedCall): boolean {
    const nowMs = this.clock.now();
    if (outer !== undefined && nowMs + (settings.target?.quantile(0.5, nowMs) ?? 0) >= outer.dueMs) {
      return this.#withhold("deadline");
    }
    return this.budget?.tryWithdraw(nowMs) === false ? this.#withhold("budget") : true;
  }

  #withhold(rule: HedgeEvents["withheld"]["rule"]): false {
    if (this.events.has("withheld")) this.events.emit("withheld", { rule });
    return false;
  }

  /** @internal */
  reportStart(number: number): void {
    if (this.events.has("hedge")) this.events.emit("hedge", { hedge: number });
  }

  /** @internal */
  reportWon(number: number): void {
    if (this.events.has("won")) this.events.emit("won", { hedge: number });
  }

  /** @internal Why the attempts that nobody waits for any more are cut off. */
  superseded(): SupersededError {
    return new SupersededError(this.fields("superseded"));
  }

  /** Gives back what the core holds for a budget of its own. */
  [dispose](): void {
    this.#ownBudget[dispose]();
  }
}

/**
 * Asks again beside an attempt that takes longer than usual, and takes whichever answers first.
 *
 * Use it for reads whose slowest answers matter, against a dependency with several instances; never for calls that may not
 * run twice (those with `idempotent: false` are never hedged). Put it inside a retry and outside breaker, limiter, bulkhead
 * and attempt timeout: each attempt passes those by itself. `context.hedge` tells the function which attempt it serves.
 * A budget that is spent means that there is no hedge, never that the call fails.
 *
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { hedge, manualClock } from "holdfast";
 *
 * const clock = manualClock();
 * const policy = hedge({ afterMs: 50, budget: false, clock });
 * const call = policy.execute(({ hedge }) => (hedge === 0 ? new Promise(() => {}) : `answer of hedge ${hedge}`));
 * await clock.advance(50);
 * await call; // => "answer of hedge 1"
 * ```
 */
export function hedge(options: HedgeOptions): Hedge {
  return new Hedge(options);
}
