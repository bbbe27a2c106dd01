/**
 * One limit on a server, as this process sees it: who decides about a call, the server, the memory of what it said, or, while it does not
 * answer, what was chosen for that case.
 */

import { type Clock, dispose } from "../kernel/index.js";
import { BrokenCircuitError, type Decision } from "../resilience/index.js";
import type { BlockedKeys } from "./blocked-keys.js";
import type { KeyNames } from "./key-names.js";
import { isDisposed, type RateStore } from "./rate-store.js";
import { type RemoteMeter, resetScript, type Standing } from "./remote-meter.js";
import type { StandIn } from "./stand-in.js";

/** What happens to calls while the server does not answer: all pass, none passes, or a local limiter decides. */
export type StoreFailureMode = "open" | "closed" | "local";

/** A {@link Decision}, and how it came about. */
export interface DistributedDecision extends Decision {
  /**
   * Who decided: the server (`store`), this process because the server's last refusal still holds (`memory`), or, since the server did
   * not answer, what `onStoreFailure` says (`open`, `closed`, `local`).
   */
  readonly decidedBy: "store" | "memory" | StoreFailureMode;
  /** Why the server did not decide, where it was asked or should have been. */
  readonly storeError?: unknown;
}

/** All that a configuration consists of. */
export interface LimiterParts {
  readonly meter: RemoteMeter;
  readonly names: KeyNames;
  readonly blocked: BlockedKeys;
  /** What stands in for the server; absent where all calls pass then, or none. */
  readonly standIn: StandIn | undefined;
  readonly onStoreFailure: StoreFailureMode;
  readonly pauseMs: number;
}

export class SharedLimiter {
  readonly #store: RateStore;
  readonly #clock: Clock;
  /** Read anew after each wait: a call that began before a change ends with the parts that are there then. */
  #parts: LimiterParts;

  constructor(parts: LimiterParts, store: RateStore, clock: Clock) {
    this.#parts = parts;
    this.#store = store;
    this.#clock = clock;
  }

  /** Goes on with other parts. */
  adopt(parts: LimiterParts): void {
    if (parts.standIn !== this.#parts.standIn) this.#parts.standIn?.[dispose]();
    this.#parts = parts;
  }

  /** What stands in for the server now. */
  get standIn(): StandIn | undefined {
    return this.#parts.standIn;
  }

  /** The most that can be taken at once. */
  get limit(): number {
    return this.#parts.meter.limit;
  }

  /** Takes `weight` permits of `key` if they are there; at once where nobody needs to be asked. */
  take(key: string, weight: number): DistributedDecision | Promise<DistributedDecision> {
    const name = this.#parts.names.of(key);
    return typeof name === "string" ? this.#take(name, weight) : name.then((hashed) => this.#take(hashed, weight));
  }

  #take(name: string, weight: number): DistributedDecision | Promise<DistributedDecision> {
    const nowMs = this.#clock.now();
    const known = this.#parts.blocked.standing(name, weight, nowMs);
    return known === undefined ? this.#ask(name, weight, nowMs) : this.#decision(known, "memory");
  }

  async #ask(name: string, weight: number, nowMs: number): Promise<DistributedDecision> {
    const { meter, blocked } = this.#parts;
    const fits = weight <= meter.limit;
    let standing: Standing;
    try {
      standing = meter.standing(await this.#store.ask(meter.script, name, meter.args(fits ? weight : 0)));
    } catch (error) {
      if (isDisposed(error)) throw error;
      return this.#alone(name, weight, fits, error);
    }
    if (!fits) return this.#decision({ ...standing, waitMs: Number.POSITIVE_INFINITY }, "store");
    if (standing.waitMs > 0) blocked.block(name, weight, standing, nowMs);
    // Permits were taken since another weight was refused: its wait is longer now.
    else blocked.release(name);
    return this.#decision(standing, "store");
  }

  /** Decides without the server. */
  #alone(name: string, weight: number, fits: boolean, storeError: unknown): DistributedDecision {
    const { onStoreFailure, standIn, pauseMs } = this.#parts;
    const untilMs = (storeError instanceof BrokenCircuitError ? storeError.retryAfterMs : undefined) ?? pauseMs;
    const refused = { waitMs: untilMs, remaining: 0, resetAfterMs: untilMs };
    const failure = { storeError };
    if (!fits)
      return { ...this.#decision({ ...refused, waitMs: Number.POSITIVE_INFINITY }, onStoreFailure), ...failure };
    if (onStoreFailure === "closed") return { ...this.#decision(refused, "closed"), ...failure };
    // Nobody knows what is left: nothing is promised.
    if (standIn === undefined)
      return { ...this.#decision({ waitMs: 0, remaining: 0, resetAfterMs: 0 }, "open"), ...failure };
    const standing = standIn.take(name, weight, this.#clock.now());
    // More than this process's share is not more than the limit: it may pass when the server is back.
    const wait = standing.waitMs === Number.POSITIVE_INFINITY ? { waitMs: untilMs } : {};
    return { ...this.#decision({ ...standing, ...wait }, "local"), limit: standIn.limit, ...failure };
  }

  #decision(
    { waitMs, remaining, resetAfterMs }: Standing,
    decidedBy: DistributedDecision["decidedBy"],
  ): DistributedDecision {
    return { allowed: waitMs === 0, limit: this.limit, remaining, retryAfterMs: waitMs, resetAfterMs, decidedBy };
  }

  /** Gives permits back; says whether the server took them. */
  async refund(key: string, weight: number): Promise<boolean> {
    const name = await this.#parts.names.of(key);
    const { meter, blocked, standIn } = this.#parts;
    const back = Math.min(weight, meter.limit);
    blocked.release(name);
    try {
      await this.#store.ask(meter.script, name, meter.args(-back));
      return true;
    } catch (error) {
      if (isDisposed(error)) throw error;
      standIn?.refund(name, back, this.#clock.now());
      return false;
    }
  }

  /** Forgets what a key has used; says whether the server did. */
  async reset(key: string): Promise<boolean> {
    const name = await this.#parts.names.of(key);
    const { blocked, standIn } = this.#parts;
    blocked.release(name);
    standIn?.forget(name);
    try {
      await this.#store.ask(resetScript, name, []);
      return true;
    } catch (error) {
      if (isDisposed(error)) throw error;
      return false;
    }
  }

  [dispose](): void {
    this.#parts.standIn?.[dispose]();
    this.#store[dispose]();
  }
}
