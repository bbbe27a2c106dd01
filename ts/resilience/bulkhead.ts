/**
 * Bulkhead: so many calls at once and no more, with a bounded queue in front.
 *
 * A slot belongs to the work, not to the caller's patience: when a call is cut off while its function goes on, the slot
 * stays taken until the function really ends, so that `limit` bounds what the dependency sees. Slots pass directly from
 * the one who leaves to the one who has waited longest.
 */

import { Semaphore } from "../core/index.js";
import { Deadline, deadlinesOf, dispose, type Signal } from "../kernel/index.js";
import { Call, type CallOwner, succeeded } from "./call.js";
import { BulkheadFullError } from "./errors.js";
import { done, type Layer, type LoneLayer, run } from "./layer.js";
import { durationMs, wholeNumber } from "./options.js";
import { BasePolicy, type PolicyEvents, type PolicyOptions } from "./policy.js";
import { Waiter, WaitQueue } from "./wait-queue.js";

/** Options of {@link bulkhead}. */
export interface BulkheadOptions extends PolicyOptions {
  /** Calls at once, from 1. */
  readonly limit: number;
  /** Calls that may wait for a slot. Default: none. */
  readonly queue?: QueueOptions;
  /** How long a permit of {@link Bulkhead.tryAcquire} may be held, in milliseconds, before it is taken back. Default: for ever. */
  readonly maxHoldMs?: number;
}

/** Where calls wait. */
export interface QueueOptions {
  /** How many may wait. */
  readonly size: number;
  /** How long one may wait, in milliseconds. Default: 30 000. */
  readonly maxWaitMs?: number;
}

/** Events of a bulkhead. */
export interface BulkheadEvents extends PolicyEvents {
  /** A permit was held longer than `maxHoldMs` and was taken back. */
  reclaimed: { readonly heldMs: number };
}

/** A slot that was taken by hand; give it back exactly once (a second time does nothing), or let `using` do it. */
export class BulkheadPermit extends Deadline implements Disposable {
  #giveBack: ((reclaimed: boolean) => void) | undefined;

  /** @internal */
  constructor(giveBack: (reclaimed: boolean) => void) {
    super();
    this.#giveBack = giveBack;
  }

  /** Gives the slot back. */
  release(): void {
    const giveBack = this.#giveBack;
    this.#giveBack = undefined;
    giveBack?.(false);
  }

  /** @internal */
  expire(): void {
    const giveBack = this.#giveBack;
    this.#giveBack = undefined;
    giveBack?.(true);
  }

  [dispose](): void {
    this.release();
  }
}

const nothing = () => undefined;

/** See {@link bulkhead}. */
export class Bulkhead extends BasePolicy<BulkheadEvents> implements LoneLayer {
  readonly kind = "bulkhead";
  /** @internal */
  readonly layers: readonly Layer[] = [this];
  protected override readonly alone: LoneLayer = this;
  /** @internal */
  readonly timed = false;
  readonly #slots: Semaphore;
  readonly #waiters = new WaitQueue();
  readonly #queueSize: number;
  readonly #maxWaitMs: number;
  readonly #maxHoldMs: number | undefined;
  /** Our layer without its way out: a call that succeeds through it holds a slot. */
  readonly #entrance: CallOwner;
  #limit: number;

  constructor(options: BulkheadOptions) {
    super("bulkhead", options);
    this.#limit = wholeNumber("limit", options.limit, 1);
    this.#queueSize = wholeNumber("queue.size", options.queue?.size ?? 0, 0);
    this.#maxWaitMs = durationMs("queue.maxWaitMs", options.queue?.maxWaitMs ?? 30_000);
    this.#maxHoldMs = options.maxHoldMs === undefined ? undefined : durationMs("maxHoldMs", options.maxHoldMs);
    this.#slots = new Semaphore({ permits: this.#limit });
    const entrance: Layer = {
      enter: (call, index) => this.enter(call, index),
      leave: (call, index) => (call.status === succeeded ? done : this.leave(call, index)),
    };
    this.#entrance = { clock: this.clock, layers: [entrance], interrupts: false };
  }

  /** Calls at once that are allowed. */
  get limit(): number {
    return this.#limit;
  }

  /** Slots that are taken. */
  get inUse(): number {
    return this.#slots.inUse;
  }

  /** Calls that wait. */
  get queued(): number {
    return this.#waiters.length;
  }

  /** Changes the limit; calls that are under way finish, even where they are now too many. */
  resize(limit: number): void {
    this.#limit = wholeNumber("limit", limit, 1);
    this.#slots.resize(limit);
    while (this.#waiters.length > 0 && this.#slots.tryAcquire()) this.#waiters.shift()!.granted();
  }

  /** Takes a slot by hand, without waiting; `undefined` if there is none. */
  tryAcquire(): BulkheadPermit | undefined {
    if (!this.#slots.tryAcquire()) return undefined;
    return this.#permit();
  }

  /**
   * Takes a slot by hand and waits for one in the queue if need be.
   *
   * @throws BulkheadFullError `BULKHEAD_FULL`; the signal's reason where it aborts.
   */
  async acquire(options: { readonly signal?: Signal } = {}): Promise<BulkheadPermit> {
    await run(new Call(this.#entrance, nothing, options, false));
    return this.#permit();
  }

  #permit(): BulkheadPermit {
    const deadlines = deadlinesOf(this.clock);
    const permit: BulkheadPermit = new BulkheadPermit((reclaimed) => {
      deadlines.cancel(permit);
      this.#release();
      if (reclaimed) this.events.emit("reclaimed", { heldMs: this.#maxHoldMs! });
    });
    if (this.#maxHoldMs !== undefined) deadlines.set(permit, this.#maxHoldMs, this.clock.now());
    return permit;
  }

  /** @internal */
  enter(call: Call, index: number): Promise<boolean> | undefined {
    if (this.#slots.tryAcquire()) {
      this.#note(call, index);
      return undefined;
    }
    if (this.#waiters.length < this.#queueSize) return this.#wait(call, index);
    const reason = this.#queueSize > 0 ? "queue-full" : "full";
    call.fail(this.refusal(new BulkheadFullError({ policy: this.name, reason })), this.name);
    return undefined;
  }

  /** Notes how many earlier attempts of the call have work that goes on: that work holds other slots, not this one. */
  #note(call: Call, index: number): void {
    if (call.abandoned.length > 0) call.keep(index, call.abandoned.length);
  }

  #wait(call: Call, index: number): Promise<boolean> {
    return new Promise((resolve) => {
      const waiter = new Waiter(() => {
        timer.cancel();
        this.#note(call, index);
        resolve(true);
      });
      const timer = this.clock.schedule(() => {
        if (!this.#waiters.remove(waiter)) return;
        call.fail(this.refusal(new BulkheadFullError({ policy: this.name, reason: "queue-timeout" })), this.name);
        resolve(false);
      }, this.#maxWaitMs);
      this.#waiters.push(waiter);
      call.onInterrupt(() => {
        timer.cancel();
        if (this.#waiters.remove(waiter)) resolve(false);
      });
    });
  }

  /** @internal */
  leave(call: Call, index: number): typeof done {
    const { abandoned } = call;
    const before = (call.slot(index) as number | undefined) ?? 0;
    if (abandoned.length === before) this.#release();
    else void Promise.allSettled(abandoned.slice(before)).then(() => this.#release());
    return done;
  }

  /** @internal */
  admit(): number {
    return this.#slots.tryAcquire() ? 0 : -1;
  }

  /** @internal */
  pass(): boolean {
    this.#release();
    return true;
  }

  /** @internal The slot needs no note in the call. */
  resume(): void {}

  #release(): void {
    // A slot beyond a limit that was lowered is not handed on.
    const next = this.#slots.inUse <= this.#limit ? this.#waiters.shift() : undefined;
    if (next === undefined) this.#slots.release();
    else next.granted();
  }

  /** Gives the core's memory back; the bulkhead cannot be used afterwards. */
  [dispose](): void {
    this.#slots[dispose]();
  }
}

/**
 * Limits how many calls run at once.
 *
 * Use it so that one slow dependency cannot take all connections, memory or workers. A call that finds no slot and no
 * place in the queue rejects with a {@link BulkheadFullError} (`BULKHEAD_FULL`).
 *
 * @param options `limit`, calls at once; `queue.size`, calls that may wait; `queue.maxWaitMs`, for how long.
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { bulkhead } from "holdfast";
 *
 * const narrow = bulkhead({ limit: 1 });
 * const first = narrow.execute(() => new Promise<string>((resolve) => setTimeout(resolve, 5, "first")));
 * (await narrow.tryExecute(() => "second")).ok; // => false
 * await first; // => "first"
 * ```
 */
export function bulkhead(options: BulkheadOptions): Bulkhead {
  return new Bulkhead(options);
}
