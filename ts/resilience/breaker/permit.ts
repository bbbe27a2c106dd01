/** Leave to make one call, taken by hand. */

import { outcome } from "../../core/index.js";
import { Deadline, dispose } from "../../kernel/index.js";

/** Whose permit it is: the part of a breaker that the permit needs. */
export interface PermitIssuer {
  /** Files a result. */
  settle(ticket: number, result: number, startedMs: number, nowMs: number): void;
  /** Hears of a mistake: the permit was settled again. */
  settledAgain(permit: Permit): void;
  /** Hears of a result that came after its permit was taken back. */
  settledLate(): void;
}

/** What is known of a permit that is out. */
export interface PermitOptions {
  /** Who takes it; appears in the events `reclaimed` and `settledTwice`, so that a leak is found by name. */
  readonly owner?: string;
}

/** Takes a permit back when it is held for too long. */
export class Hold extends Deadline {
  readonly #expired: () => void;

  constructor(expired: () => void) {
    super();
    this.#expired = expired;
  }

  expire(): void {
    this.#expired();
  }
}

const out = 0;
const settled = 1;
const reclaimed = 2;

/**
 * Leave to make one call. Settle it exactly once; a permit that goes out of scope (`using`) unsettled is ignored, which gives
 * a probe's place back and counts for nothing.
 */
export class Permit implements Disposable {
  /** Who took it. */
  readonly owner: string | undefined;
  readonly #issuer: PermitIssuer;
  readonly #ticket: number;
  readonly #startedMs: number;
  #state = out;
  #release: (() => void) | undefined = undefined;

  /** @internal */
  constructor(issuer: PermitIssuer, ticket: number, startedMs: number, owner: string | undefined) {
    this.#issuer = issuer;
    this.#ticket = ticket;
    this.#startedMs = startedMs;
    this.owner = owner;
  }

  /** The call succeeded. */
  success(): void {
    this.#settle(outcome.success);
  }

  /** The call failed. */
  failure(): void {
    this.#settle(outcome.failure);
  }

  /** The call says nothing about the dependency (the client went away, say). */
  ignore(): void {
    this.#settle(outcome.ignored);
  }

  #settle(result: number): void {
    if (this.#state === out) this.#end(settled, result);
    else if (this.#state === settled) this.#issuer.settledAgain(this);
    else this.#issuer.settledLate();
  }

  #end(state: number, result: number): void {
    this.#state = state;
    this.#release?.();
    this.#issuer.settle(this.#ticket, result, this.#startedMs, Number.NaN);
  }

  /** @internal Sets what is to be done when it is settled. */
  onSettled(release: () => void): void {
    this.#release = release;
  }

  /** @internal Takes it back: its call counts for nothing. */
  reclaim(): void {
    if (this.#state === out) this.#end(reclaimed, outcome.ignored);
  }

  [dispose](): void {
    if (this.#state === out) this.ignore();
  }
}
