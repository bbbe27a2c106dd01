/**
 * Bulkhead: so many calls at once and no more, with a bounded queue in front.
 *
 * A slot belongs to the work, not to the caller's patience: when a call is cut off while its function goes on, the slot
 * stays taken until the function really ends, so that `limit` bounds what the dependency sees. Slots pass directly from
 * the one who leaves to the one whose turn it is (`queue/`). The limit is a number, or is found by an algorithm
 * (`concurrency/`) that is told how calls end.
 */

import { Semaphore } from "../core/index.js";
import { type Deadlines, deadlinesOf, dispose, type Random, type Signal, systemRandom } from "../kernel/index.js";
import { BulkheadPermit } from "./bulkhead-permit.js";
import { Call, type CallOwner, captureEnds, failed, succeeded } from "./call.js";
import { loadLearnt, saveLearnt } from "./concurrency/learnt.js";
import type { AdaptiveLimit, LimitAlgorithm } from "./concurrency/limit-algorithm.js";
import { isOverload } from "./concurrency/overload.js";
import { type Criticality, rankOf } from "./criticality.js";
import { BulkheadFullError, neverStarted } from "./errors.js";
import type { FailureTest } from "./handle.js";
import { done, type Layer, type LoneLayer, run } from "./layer.js";
import { LayerPolicy } from "./layer-policy.js";
import { durationMs, wholeNumber } from "./options.js";
import type { PolicyEvents, PolicyOptions } from "./policy.js";
import { Burst } from "./queue/burst.js";
import { type QueueOrder, queueOf, sameOrder } from "./queue/order.js";
import type { WaitQueue } from "./queue/wait-queue.js";
import type { Waiter } from "./queue/waiter.js";
import { CallWaiter, LoneWaiter } from "./queue/waiting-calls.js";
import { expectNoState, noState } from "./snapshot.js";
import type { LatencyTarget } from "./target/latency-target.js";

/** Options of {@link bulkhead}. */
export interface BulkheadOptions extends PolicyOptions {
  /** Calls at once: a number from 1, or an algorithm that finds it (`aimd()`, `vegas()`, `gradient2()`). */
  readonly limit: number | AdaptiveLimit;
  /** Calls that may wait for a slot. Default: none. */
  readonly queue?: QueueOptions;
  /** How long a permit of {@link Bulkhead.tryAcquire} may be held, in milliseconds, before it is taken back. Default: for ever. */
  readonly maxHoldMs?: number;
  /** Which outcomes tell an adaptive limit that the dependency does not keep up. Default: {@link isOverload}. */
  readonly isDropped?: FailureTest;
  /** Where an adaptive limit draws the times of its measurements from. Default: the process's own source. */
  readonly random?: Random;
}

/** Where calls wait. */
export interface QueueOptions {
  /** How many may wait. */
  readonly size: number;
  /** How long one may wait, in milliseconds. Default: 30 000. */
  readonly maxWaitMs?: number;
  /** Who goes next: `fifo`, `lifo`, `priority` or `codel()`. Default: `fifo`. */
  readonly order?: QueueOrder;
}

/** Events of a bulkhead. */
export interface BulkheadEvents extends PolicyEvents {
  /** A permit was held longer than `maxHoldMs` and was taken back. */
  reclaimed: { readonly heldMs: number };
  /** The limit has changed, by its algorithm or by hand. */
  limitChanged: { readonly limit: number; readonly previous: number };
}

const nothing = () => undefined;

/** The rank of a call that says nothing of its priority. */
const usual = rankOf(undefined);

/** What a call keeps at a bulkhead in shadow mode that had no slot for it. */
const overflowing = Symbol("overflowing");

/** What a call keeps whose duration the limit's algorithm wants to know. */
interface Held {
  readonly startedMs: number;
  /** How many earlier attempts of the call have work that goes on: that work holds other slots, not this one. */
  readonly before: number;
}

/** Whether what one algorithm has learnt holds for the other. */
function sameLimit(a: AdaptiveLimit, b: AdaptiveLimit): boolean {
  return a.config === b.config && a.target === b.target;
}

/** What the end of a burst hangs on: it comes after the synchronous run. */
const soon = Promise.resolve();

/** Options that a bulkhead works with. */
interface Settings {
  readonly limit: number | AdaptiveLimit;
  readonly queueSize: number;
  readonly maxWaitMs: number;
  readonly order: QueueOrder;
  readonly maxHoldMs: number | undefined;
  readonly isDropped: FailureTest;
  readonly random: Random;
}

function settingsOf(options: BulkheadOptions): Settings {
  const { limit, queue } = options;
  return {
    limit: typeof limit === "object" && limit !== null ? limit : wholeNumber("limit", limit, 1),
    queueSize: wholeNumber("queue.size", queue?.size ?? 0, 0),
    maxWaitMs: durationMs("queue.maxWaitMs", queue?.maxWaitMs ?? 30_000),
    order: queue?.order ?? "fifo",
    maxHoldMs: options.maxHoldMs === undefined ? undefined : durationMs("maxHoldMs", options.maxHoldMs),
    isDropped: options.isDropped ?? isOverload,
    random: options.random ?? systemRandom,
  };
}

/** The limit that holds: a number that was given, or what the algorithm says, which may be anybody's. */
function limitOf({ limit }: Settings, algorithm: LimitAlgorithm | undefined): number {
  return algorithm === undefined ? (limit as number) : wholeNumber("limit", algorithm.limit, 1);
}

/** See {@link bulkhead}. */
export class Bulkhead extends LayerPolicy<BulkheadEvents, BulkheadOptions> implements LoneLayer {
  readonly kind = "bulkhead";
  /** Whether the limit's algorithm wants to know how long calls take. @internal */
  timed: boolean;
  readonly #slots: Semaphore;
  readonly #deadlines: Deadlines;
  /** Our layer without its way out: a call that succeeds through it holds a slot. */
  readonly #entrance: CallOwner;
  /** What the algorithm is told; one object for all calls. */
  readonly #sample = { atMs: 0, rttMs: 0, inFlight: 0, dropped: false };
  #settings: Settings;
  #queue: WaitQueue;
  /** Those who joined the queue in this very run of the program. */
  #burst: Burst | undefined = undefined;
  #algorithm: LimitAlgorithm | undefined;
  #limit: number;
  /** Whether more slots may be taken than the limit allows, since it was lowered. */
  #narrowed = false;
  /** In shadow mode: calls that run although there was no slot for them. */
  #overflow = 0;
  /** The patience of a burst is over. Those of it who wait still are the first in the queue, or not far behind. */
  readonly #giveUp = (burst: Burst): void => {
    const { dueMs, patienceMs } = burst;
    const waitedMs = this.clock.now() - dueMs + patienceMs;
    for (const waiter of this.#queue.waiting()) {
      if (waiter.burst !== burst) continue;
      this.withdraw(waiter);
      this.#refuse(waiter, "queue-timeout", waitedMs, patienceMs);
      if (burst.waiting === 0) return;
    }
  };

  constructor(options: BulkheadOptions) {
    super("bulkhead", options);
    const settings = settingsOf(options);
    this.#settings = settings;
    this.#queue = queueOf(settings.order);
    this.#algorithm = typeof settings.limit === "object" ? settings.limit.begin(settings.random) : undefined;
    this.#limit = limitOf(settings, this.#algorithm);
    this.timed = this.#algorithm !== undefined;
    this.#slots = new Semaphore({ permits: this.#limit });
    this.#deadlines = deadlinesOf(this.clock);
    const entrance: Layer = {
      enter: (call, index) => this.enter(call, index),
      leave: (call, index) => (call.status === succeeded ? done : this.leave(call, index)),
    };
    this.#entrance = { clock: this.clock, layers: [entrance], interrupts: false };
  }

  protected override targetsOf({ limit }: BulkheadOptions): readonly LatencyTarget[] {
    const target = typeof limit === "object" ? limit?.target : undefined;
    return target === undefined ? [] : [target];
  }

  /** Calls at once that are allowed now. */
  get limit(): number {
    return this.#limit;
  }

  /** Slots that are taken. */
  get inUse(): number {
    return this.#slots.inUse;
  }

  /** Calls that wait. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Changes the limit; calls that are under way finish, even where they are now too many. The short form of `reconfigure({ limit })`. */
  resize(limit: number): void {
    this.reconfigure({ limit });
  }

  /** Those who wait keep their places and their patience, even where the queue is now shorter. */
  protected override adopt(options: BulkheadOptions): void {
    const settings = settingsOf(options);
    const queue = sameOrder(settings.order, this.#settings.order) ? this.#queue : queueOf(settings.order);
    const algorithm = this.#algorithmFor(settings);
    const limit = limitOf(settings, algorithm);
    const nowMs = this.clock.now();
    this.#settings = settings;
    this.#move(queue, nowMs);
    this.#algorithm = algorithm;
    this.timed = algorithm !== undefined;
    this.#setLimit(limit, nowMs);
  }

  /** An algorithm with the same options keeps what it has learnt, another goes on from the limit that holds. */
  #algorithmFor({ limit, random }: Settings): LimitAlgorithm | undefined {
    if (typeof limit === "number") return undefined;
    const { limit: before } = this.#settings;
    if (typeof before === "object" && sameLimit(before, limit)) return this.#algorithm;
    return limit.begin(random, this.#limit);
  }

  #move(queue: WaitQueue, nowMs: number): void {
    const before = this.#queue;
    if (queue === before) return;
    this.#queue = queue;
    for (const waiter of before.waiting()) {
      before.remove(waiter);
      queue.push(waiter, nowMs);
    }
  }

  #setLimit(limit: number, nowMs: number): void {
    const previous = this.#limit;
    if (limit === previous) return;
    this.#slots.resize(limit);
    this.#limit = limit;
    if (limit < previous) this.#narrowed = true;
    while (this.#queue.length > 0 && this.#slots.tryAcquire()) this.#handOver(this.#queue.take(nowMs)!, nowMs);
    if (this.events.has("limitChanged")) this.events.emit("limitChanged", { limit, previous });
  }

  protected override config(): string {
    const { limit } = this.#settings;
    return typeof limit === "object" ? limit.config : "";
  }

  /** Calls under way are not state, since they do not survive a process; what an adaptive limit has learnt is. */
  protected override save(): Uint8Array {
    return this.#algorithm === undefined ? noState : saveLearnt(this.#algorithm);
  }

  protected override load(state: Uint8Array, nowMs: number): void {
    if (this.#algorithm === undefined) {
      expectNoState(this.kind, state);
      return;
    }
    loadLearnt(this.#algorithm, state);
    this.#setLimit(limitOf(this.#settings, this.#algorithm), nowMs);
  }

  /** Takes a slot by hand, without waiting; `undefined` if there is none. */
  tryAcquire(): BulkheadPermit | undefined {
    return this.#take() ? this.#permit() : undefined;
  }

  /**
   * Takes a slot by hand and waits for one in the queue if need be.
   *
   * @throws BulkheadFullError `BULKHEAD_FULL`; the signal's reason where it aborts.
   */
  async acquire(options: { readonly signal?: Signal; readonly priority?: Criticality } = {}): Promise<BulkheadPermit> {
    await run(new Call(this.#entrance, nothing, options, false));
    return this.#permit();
  }

  /** Takes a slot. While anybody waits none is free. */
  #take(): boolean {
    return this.#queue.length === 0 && this.#slots.tryAcquire();
  }

  #permit(): BulkheadPermit {
    const { maxHoldMs } = this.#settings;
    const permit: BulkheadPermit = new BulkheadPermit((reclaimed) => {
      this.#deadlines.cancel(permit);
      this.#release(Number.NaN);
      if (reclaimed) this.events.emit("reclaimed", { heldMs: maxHoldMs! });
    });
    if (maxHoldMs !== undefined) this.#deadlines.set(permit, maxHoldMs, this.clock.now());
    return permit;
  }

  /** @internal */
  enter(call: Call, index: number): Promise<boolean> | undefined {
    if (this.#take()) {
      this.hold(call, index, this.timed ? call.nowMs() : Number.NaN);
      return undefined;
    }
    const wait = this.#settings.queueSize > 0 ? this.#wait(call, index) : undefined;
    if (wait === undefined) call.fail(this.refusal(this.#full(this.#queue.length)), this.name);
    return wait;
  }

  /** @internal Notes what the call's slot needs for its way out. */
  hold(call: Call, index: number, nowMs: number): void {
    const before = call.abandoned.length;
    if (this.timed) call.keep(index, { startedMs: nowMs, before } satisfies Held);
    else if (before > 0 || call.slot(index) !== undefined) call.keep(index, before);
  }

  /** Lines a call up; `undefined` where there is no room for it. */
  #wait(call: Call, index: number): Promise<boolean> | undefined {
    const rank = rankOf(call.options.priority);
    const nowMs = this.#queue.timed ? call.nowMs() : Number.NaN;
    if (!this.#hasRoom(rank, nowMs)) return undefined;
    const turn = new Promise(captureEnds);
    const waiter = new CallWaiter(this, call, index, rank, this.#burstAt(nowMs));
    if (call.interruptible) call.onInterrupt(() => waiter.interrupted());
    this.#lineUp(waiter, nowMs);
    return turn as Promise<boolean>;
  }

  /** @internal None can interrupt a lone call. Where its start must be known it goes by the general way. */
  turn(): Promise<number> | undefined {
    if (this.timed || this.#settings.queueSize === 0) return undefined;
    const nowMs = this.#queue.timed ? this.clock.now() : Number.NaN;
    if (!this.#hasRoom(usual, nowMs)) return undefined;
    const turn = new Promise(captureEnds);
    this.#lineUp(new LoneWaiter(usual, this.#burstAt(nowMs)), nowMs);
    return turn as Promise<number>;
  }

  /** Whether a newcomer can be taken in, if need be in another's place. */
  #hasRoom(rank: number, nowMs: number): boolean {
    return this.#queue.length < this.#settings.queueSize || this.#queue.yielder(rank, nowMs) !== undefined;
  }

  #lineUp(waiter: Waiter, nowMs: number): void {
    const { queueSize } = this.#settings;
    const queue = this.#queue;
    const yielder = queue.length < queueSize ? undefined : queue.yielder(waiter.rank, nowMs);
    if (yielder !== undefined) this.withdraw(yielder);
    waiter.burst.waiting++;
    queue.push(waiter, nowMs);
    // Whoever hears of it must find the newcomer in its place.
    if (yielder !== undefined) this.#refuse(yielder, "displaced", queue.length, queueSize);
  }

  /** The burst that whoever joins now belongs to. */
  #burstAt(nowMs: number): Burst {
    const patienceMs = Math.min(this.#settings.maxWaitMs, this.#queue.patienceMs(nowMs));
    const burst = this.#burst;
    return burst !== undefined && burst.patienceMs === patienceMs ? burst : this.#beginBurst(patienceMs);
  }

  #beginBurst(patienceMs: number): Burst {
    const burst = new Burst(patienceMs, this.#giveUp);
    this.#burst = burst;
    void soon.then(() => this.#endBurst(burst));
    return burst;
  }

  #endBurst(burst: Burst): void {
    if (this.#burst === burst) this.#burst = undefined;
    if (burst.waiting > 0) this.#deadlines.set(burst, burst.patienceMs, this.clock.now());
  }

  /** @internal Takes somebody out of the queue; false where it is not in it. */
  withdraw(waiter: Waiter): boolean {
    if (!this.#queue.remove(waiter)) return false;
    this.#left(waiter);
    return true;
  }

  /** Notes that somebody is out of the queue; with the last of a burst its deadline goes. */
  #left({ burst }: Waiter): void {
    burst.waiting--;
    if (burst.waiting === 0) this.#deadlines.cancel(burst);
  }

  #refuse(waiter: Waiter, rule: string, observed: number, threshold: number): void {
    waiter.refused(this.refusal(new BulkheadFullError(this.fields(rule, observed, threshold))));
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
      this.hold(call, index, this.timed ? call.nowMs() : Number.NaN);
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

  /** @internal */
  leave(call: Call, index: number): typeof done {
    const kept = call.slot(index) as Held | number | undefined;
    try {
      if (typeof kept === "object") this.#judge(call, index, kept.startedMs);
    } finally {
      this.#giveBack(call, typeof kept === "object" ? kept.before : (kept ?? 0));
    }
    return done;
  }

  /** The slot is free when the work has ended that took it, which may be later than the call. */
  #giveBack(call: Call, before: number): void {
    const { abandoned } = call;
    if (abandoned.length === before) this.#release(this.timed ? call.nowMs() : Number.NaN);
    else void Promise.allSettled(abandoned.slice(before)).then(() => this.#release(Number.NaN));
  }

  /**
   * Tells the algorithm how a call ended. Who wants no answer any more says nothing about the dependency, nor does a refusal from further
   * in, nor an error that is not one of overload: how long it took to fail is no measure. A deadline from further out is a drop.
   */
  #judge(call: Call, index: number, startedMs: number): void {
    if (call.interrupter < index) {
      if (!call.unwanted) this.#learn(startedMs, call.nowMs(), true);
      return;
    }
    if (call.status === failed && neverStarted(call.result)) return;
    const dropped = this.#settings.isDropped(call.outcome);
    if (dropped || call.status === succeeded) this.#learn(startedMs, call.nowMs(), dropped);
  }

  #learn(startedMs: number, nowMs: number, dropped: boolean): void {
    const algorithm = this.#algorithm;
    if (algorithm === undefined) return;
    const sample = this.#sample;
    sample.atMs = nowMs;
    sample.rttMs = nowMs - startedMs;
    sample.inFlight = this.#slots.inUse + this.#overflow;
    sample.dropped = dropped;
    algorithm.onSample(sample);
    if (algorithm.limit !== this.#limit) this.#setLimit(limitOf(this.#settings, algorithm), nowMs);
  }

  /** @internal */
  admit(): number {
    return this.#take() ? 0 : -1;
  }

  /** @internal */
  pass(_ticket: number, startedMs: number, value: unknown): boolean {
    if (Number.isNaN(startedMs)) {
      this.#release(Number.NaN);
      return true;
    }
    const nowMs = this.clock.now();
    try {
      this.#learn(startedMs, nowMs, this.#settings.isDropped({ ok: true, value }));
    } catch {
      // A test or an algorithm that is broken fails the call, and that is for the general way.
      return false;
    }
    this.#release(nowMs);
    return true;
  }

  /** @internal */
  resume(call: Call, _ticket: number, startedMs: number): void {
    if (!Number.isNaN(startedMs)) call.keep(0, { startedMs, before: 0 } satisfies Held);
  }

  #release(nowMs: number): void {
    const queue = this.#queue;
    if (queue.length === 0 || (this.#narrowed && this.#isBeyondLimit())) {
      this.#slots.release();
      return;
    }
    const known = Number.isNaN(nowMs) && (this.timed || queue.timed) ? this.clock.now() : nowMs;
    this.#handOver(queue.take(known)!, known);
  }

  /** A slot beyond a limit that was lowered is not handed on. */
  #isBeyondLimit(): boolean {
    this.#narrowed = this.#slots.inUse > this.#limit;
    return this.#narrowed;
  }

  #handOver(waiter: Waiter, nowMs: number): void {
    this.#left(waiter);
    waiter.granted(nowMs);
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
 * place in the queue rejects with a {@link BulkheadFullError} (`BULKHEAD_FULL`). Where the right limit is not known, or
 * changes, `aimd()`, `vegas()` or `gradient2()` in its place find it.
 *
 * @param options `limit`, calls at once; `queue.size`, calls that may wait; `queue.maxWaitMs`, for how long; `queue.order`, who
 *   goes next.
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
