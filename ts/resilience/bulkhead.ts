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
import { LayerPolicy } from "./layer-policy.js";
import { durationMs, wholeNumber } from "./options.js";
import type { PolicyEvents, PolicyOptions } from "./policy.js";
import { expectNoState, noState } from "./snapshot.js";
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

/** What a call keeps at a bulkhead in shadow mode that had no slot for it. */
const overflowing = Symbol("overflowing");

/** Options that a bulkhead works with. */
interface Settings {
  readonly limit: number;
  readonly queueSize: number;
  readonly maxWaitMs: number;
  readonly maxHoldMs: number | undefined;
}

function settingsOf(options: BulkheadOptions): Settings {
  return {
    limit: wholeNumber("limit", options.limit, 1),
    queueSize: wholeNumber("queue.size", options.queue?.size ?? 0, 0),
    maxWaitMs: durationMs("queue.maxWaitMs", options.queue?.maxWaitMs ?? 30_000),
    maxHoldMs: options.maxHoldMs === undefined ? undefined : durationMs("maxHoldMs", options.maxHoldMs),
  };
}

/** See {@link bulkhead}. */
export class Bulkhead extends LayerPolicy<BulkheadEvents, BulkheadOptions> implements LoneLayer {
  readonly kind = "bulkhead";
  /** @internal */
  readonly timed = false;
  readonly #slots: Semaphore;
  readonly #waiters = new WaitQueue();
  /** Our layer without its way out: a call that succeeds through it holds a slot. */
  readonly #entrance: CallOwner;
  #settings: Settings;
  /** In shadow mode: calls that run although there was no slot for them. */
  #overflow = 0;

  constructor(options: BulkheadOptions) {
    super("bulkhead", options);
    this.#settings = settingsOf(options);
    this.#slots = new Semaphore({ permits: this.#settings.limit });
    const entrance: Layer = {
      enter: (call, index) => this.enter(call, index),
      leave: (call, index) => (call.status === succeeded ? done : this.leave(call, index)),
    };
    this.#entrance = { clock: this.clock, layers: [entrance], interrupts: false };
  }

  /** Calls at once that are allowed. */
  get limit(): number {
    return this.#settings.limit;
  }

  /** Slots that are taken. */
  get inUse(): number {
    return this.#slots.inUse;
  }

  /** Calls that wait. */
  get queued(): number {
    return this.#waiters.length;
  }

  /** Changes the limit; calls that are under way finish, even where they are now too many. The short form of `reconfigure({ limit })`. */
  resize(limit: number): void {
    this.reconfigure({ limit });
  }

  /** Those who wait keep their places, even where the queue is now shorter. */
  protected override adopt(options: BulkheadOptions): void {
    const settings = settingsOf(options);
    this.#settings = settings;
    this.#slots.resize(settings.limit);
    while (this.#waiters.length > 0 && this.#slots.tryAcquire()) this.#waiters.shift()!.granted();
  }

  protected override config(): string {
    return "";
  }

  /** Calls under way are not state: they do not survive a process. */
  protected override save(): Uint8Array {
    return noState;
  }

  protected override load(state: Uint8Array): void {
    expectNoState(this.kind, state);
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
    const { maxHoldMs } = this.#settings;
    const permit: BulkheadPermit = new BulkheadPermit((reclaimed) => {
      deadlines.cancel(permit);
      this.#release();
      if (reclaimed) this.events.emit("reclaimed", { heldMs: maxHoldMs! });
    });
    if (maxHoldMs !== undefined) deadlines.set(permit, maxHoldMs, this.clock.now());
    return permit;
  }

  /** @internal */
  enter(call: Call, index: number): Promise<boolean> | undefined {
    if (this.#slots.tryAcquire()) {
      this.#note(call, index);
      return undefined;
    }
    if (this.#waiters.length < this.#settings.queueSize) return this.#wait(call, index);
    call.fail(this.refusal(this.#full(this.#waiters.length)), this.name);
    return undefined;
  }

  /** The error of a call that finds all slots taken, and the queue, where there is one. */
  #full(queued: number): BulkheadFullError {
    const { queueSize } = this.#settings;
    const fields =
      queueSize > 0 ? this.fields("queue-full", queued, queueSize) : this.fields("full", this.inUse, this.limit);
    return new BulkheadFullError(fields);
  }

  /** @internal Calls without a slot stand for those that would wait; one more than the queue holds would be refused. */
  enterShadow(call: Call, index: number): void {
    if (this.#slots.tryAcquire()) {
      call.keep(index, undefined);
      this.#note(call, index);
      return;
    }
    if (this.#overflow < this.#settings.queueSize) this.shadow("wait");
    else this.shadow("reject", this.#full(this.#overflow));
    this.#overflow++;
    call.keep(index, overflowing);
  }

  /** @internal */
  leaveShadow(call: Call, index: number): void {
    if (call.slot(index) === overflowing) this.#overflow--;
    else this.leave(call, index);
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
      const { maxWaitMs } = this.#settings;
      const timer = this.clock.schedule(() => {
        if (!this.#waiters.remove(waiter)) return;
        const fields = this.fields("queue-timeout", maxWaitMs, maxWaitMs);
        call.fail(this.refusal(new BulkheadFullError(fields)), this.name);
        resolve(false);
      }, maxWaitMs);
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
    const next = this.#slots.inUse <= this.#settings.limit ? this.#waiters.shift() : undefined;
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
