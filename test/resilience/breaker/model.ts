/** A circuit breaker written for reading, with lists and without care for cost: what the policy has to do, told a second time. */

import type { Random } from "../../../ts/kernel/index.js";
import type { CircuitState } from "../../../ts/resilience/index.js";

/** What the model knows of its options; it has all of them. */
export interface ModelRules {
  readonly window:
    | { readonly kind: "consecutive"; readonly failures: number }
    | { readonly kind: "count"; readonly calls: number }
    | { readonly kind: "time"; readonly sliceMs: number; readonly slices: number };
  readonly failureRate: number;
  readonly minimumCalls: number;
  readonly openForMs: number;
  readonly openFactor: number;
  readonly openMaxMs: number;
  readonly permits: number;
  readonly successes: number;
  readonly maxWaitMs: number;
  readonly slowStartMs: number;
}

/** A call that the model has let in. */
export interface ModelPermit {
  readonly generation: number;
  readonly startedMs: number;
}

export type ModelResult = "success" | "failure" | "ignored";

interface Filed {
  readonly slice: number;
  readonly failed: boolean;
}

export class BreakerModel {
  nowMs = 0;
  late = 0;
  /** Starts at a fraction, so that generations of a machine that was replaced never come again. */
  #generation = 0;
  #state: CircuitState = "closed";
  #filed: Filed[] = [];
  #untilMs = 0;
  #nextOpenMs: number;
  #probes = 0;
  #good = 0;
  #probesSinceMs = 0;
  #slowStartMs: number | undefined;
  #isolations = 0;
  #forced = false;
  rules: ModelRules;
  readonly #random: Random;

  constructor(rules: ModelRules, random: Random) {
    this.rules = rules;
    this.#random = random;
    this.#nextOpenMs = rules.openForMs;
  }

  // --- What can be read -----------------------------------------------------------------------------------------------

  get state(): CircuitState {
    this.#passTime();
    return this.#state === "open" && this.nowMs >= this.#untilMs ? "half-open" : this.#state;
  }

  get calls(): number {
    return this.#inWindow().length;
  }

  get failures(): number {
    return this.#inWindow().filter(({ failed }) => failed).length;
  }

  get probes(): number {
    this.#passTime();
    return this.#probes;
  }

  get retryAfterMs(): number {
    this.#passTime();
    if (this.#state === "open") return Math.max(0, this.#untilMs - this.nowMs);
    const full = this.#state === "half-open" && this.#probes >= this.rules.permits;
    return full || this.#state === "forced-open" ? Number.POSITIVE_INFINITY : 0;
  }

  get admittedShare(): number {
    if (this.#slowStartMs === undefined) return 1;
    return Math.min(1, Math.max(0.1, (this.nowMs - this.#slowStartMs) / this.rules.slowStartMs));
  }

  get isolations(): number {
    return this.#isolations;
  }

  // --- Calls ------------------------------------------------------------------------------------------------------------

  begin(): ModelPermit | undefined {
    const { permits, successes } = this.rules;
    if (this.#slowStartMs !== undefined && this.admittedShare < 1 && this.#random.next() >= this.admittedShare) {
      return undefined;
    }
    if (this.admittedShare === 1) this.#slowStartMs = undefined;
    this.#passTime();
    if (this.#state === "forced-open") return undefined;
    if (this.#state === "open") {
      if (this.nowMs < this.#untilMs) return undefined;
      this.#enter("half-open");
    }
    if (this.#state === "half-open") {
      if (this.#probes >= permits || this.#probes + this.#good >= Math.max(permits, successes)) return undefined;
      if (this.#probes === 0) this.#probesSinceMs = this.nowMs;
      this.#probes++;
    }
    return { generation: this.#generation, startedMs: this.nowMs };
  }

  end(permit: ModelPermit, result: ModelResult): void {
    if (permit.generation !== this.#generation) {
      this.late++;
      return;
    }
    if (this.#state === "closed") this.#count(permit, result);
    if (this.#state === "half-open" && this.#generation === permit.generation) this.#verdict(permit, result);
  }

  #count({ startedMs }: ModelPermit, result: ModelResult): void {
    const { window } = this.rules;
    if (result === "ignored") return;
    const failed = result === "failure";
    if (window.kind === "consecutive") {
      this.#filed = failed ? [...this.#filed, { slice: 0, failed }] : [];
      if (this.#filed.length >= window.failures) this.#trip(this.nowMs);
      return;
    }
    const slice = window.kind === "time" ? Math.floor(startedMs / window.sliceMs) : 0;
    if (window.kind === "time" && slice <= this.#oldestSlice(window)) {
      this.late++;
      return;
    }
    this.#filed.push({ slice, failed });
    if (window.kind === "count" && this.#filed.length > window.calls) this.#filed.shift();
    const calls = this.calls;
    if (calls >= this.rules.minimumCalls && this.failures / calls >= this.rules.failureRate) this.#trip(this.nowMs);
  }

  #verdict({ generation }: ModelPermit, result: ModelResult): void {
    this.#passTime();
    if (this.#generation !== generation) {
      this.late++;
      return;
    }
    this.#probes--;
    if (result === "failure") this.#trip(this.nowMs);
    if (result === "success" && ++this.#good >= this.rules.successes) this.#close(true);
  }

  /** The last slice that has left a time window. */
  #oldestSlice(window: { readonly sliceMs: number; readonly slices: number }): number {
    return Math.floor(this.nowMs / window.sliceMs) - window.slices;
  }

  #inWindow(): readonly Filed[] {
    const { window } = this.rules;
    if (window.kind !== "time") return this.#filed;
    return this.#filed.filter(({ slice }) => slice > this.#oldestSlice(window));
  }

  // --- States -----------------------------------------------------------------------------------------------------------

  #enter(state: CircuitState): void {
    this.#state = state;
    this.#generation++;
    this.#probes = 0;
    this.#good = 0;
    if (state !== "closed") this.#slowStartMs = undefined;
  }

  #trip(sinceMs: number): void {
    this.#enter("open");
    this.#untilMs = sinceMs + this.#nextOpenMs;
    this.#nextOpenMs = Math.min(this.#nextOpenMs * this.rules.openFactor, this.rules.openMaxMs);
  }

  #close(ramps: boolean): void {
    const from = this.#state;
    this.#enter("closed");
    this.#filed = [];
    this.#nextOpenMs = this.rules.openForMs;
    if (ramps && from !== "closed") this.#slowStartMs = this.nowMs;
  }

  /** Probes that have been out for too long open the breaker, at the instant at which they were. */
  #passTime(): void {
    const endMs = this.#probesSinceMs + this.rules.maxWaitMs;
    if (this.#state === "half-open" && this.#probes > 0 && this.nowMs >= endMs) this.#trip(endMs);
  }

  // --- By hand ----------------------------------------------------------------------------------------------------------

  isolate(): void {
    this.#passTime();
    this.#isolations++;
    if (this.#state !== "forced-open") this.#enter("forced-open");
  }

  /** Ends one isolation that was not ended by another word. */
  release(): void {
    this.#isolations--;
    if (this.#isolations === 0 && !this.#forced) this.#close(true);
  }

  forceOpen(): void {
    this.#letGo(true);
    this.#enter("forced-open");
  }

  disable(): void {
    this.#letGo(false);
    this.#enter("disabled");
  }

  reset(): void {
    this.#letGo(false);
    this.#close(false);
    this.#slowStartMs = undefined;
  }

  #letGo(forced: boolean): void {
    this.#passTime();
    this.#isolations = 0;
    this.#forced = forced;
  }

  /** Other rules over the same window. */
  retune(rules: Pick<ModelRules, "failureRate" | "minimumCalls">): void {
    this.#passTime();
    this.rules = { ...this.rules, ...rules };
  }

  /** A window of another shape: empty, in the same state, and with calls of its own. */
  reshape(window: ModelRules["window"]): void {
    const { state, retryAfterMs } = this;
    this.rules = { ...this.rules, window };
    this.#filed = [];
    this.#generation++;
    this.#probes = 0;
    this.#good = 0;
    this.#nextOpenMs = this.rules.openForMs;
    if (state !== "open" && state !== "half-open") return;
    this.#trip(this.nowMs);
    this.#filed =
      window.kind === "time"
        ? [{ slice: Math.floor(this.nowMs / window.sliceMs), failed: true }]
        : [{ slice: 0, failed: true }];
    this.#untilMs = this.nowMs + (state === "open" ? retryAfterMs : 0);
  }

  /** What another breaker has after it was given a snapshot of this one: no isolations, and no probes. */
  restored(): void {
    this.#passTime();
    this.#isolations = 0;
    this.#forced = this.#state === "forced-open";
    const open = this.#state === "half-open";
    const slowStartMs = this.#slowStartMs;
    this.#enter(open ? "open" : this.#state);
    if (open) this.#untilMs = this.nowMs;
    this.#slowStartMs = slowStartMs;
  }
}
