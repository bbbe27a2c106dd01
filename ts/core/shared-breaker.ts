import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { BreakerMachine, type BreakerMachineOptions } from "./breaker-machine.js";
import { whole, within } from "./options.js";

/** What {@link SharedBreakerMachine} takes beyond the options of {@link BreakerMachine}. */
export interface SharedBreakerOptions {
  /**
   * This thread's number, which no other thread that uses the breaker has: 1 to 16,777,215. Default: the number that a shared runtime has
   * given the thread, as it does in `attach`; so all give a number or none.
   */
  readonly thread?: number | undefined;
  /** Milliseconds after which a thread that is still inside counts as dead: 2 to 4,000,000. Default: 1,000. */
  readonly leaseMs?: number | undefined;
}

/** Options of {@link SharedBreakerMachine}. */
export type SharedBreakerMachineOptions = BreakerMachineOptions & SharedBreakerOptions;

/** The core's answer where another thread is inside. */
const busy = -3;

/** What one round of the core's spinning takes at least, in milliseconds: 4,096 loads. */
const roundMs = 0.004;

/** Where the lock stands, in words of 32 bits, and the generation that was published last. */
const lockWord = 2;
const generationWord = 11;

/** How long a thread that may wait sleeps before it tries again. */
const napMs = 1;

/**
 * A {@link BreakerMachine} that several threads may use over one memory: the same decisions, exact counts, never more probes than
 * permitted.
 *
 * Times are of one clock that all the threads share (in Node `process.hrtime`; `performance.now()` begins anew in each worker). Calls that pass a
 * closed breaker that counts calls take no lock. Otherwise one thread is inside at a time, for less than a microsecond; another spins, then
 * naps. A thread that died inside is found out after `leaseMs`, or at once by {@link reclaim}; what it had half written is undone.
 * Probes that a dead thread had out end after `halfOpenMaxWaitMs`, as all do.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: the lock, its lease and its repair are described in assembly/breaker/README.md.
 *
 * @example
 * ```ts
 * import { outcome, SharedBreakerMachine } from "holdfast/core";
 *
 * const breaker = new SharedBreakerMachine({ kind: "consecutive", failures: 1, openForMs: 1_000, thread: 1 });
 * breaker.settle(breaker.tryAcquire(0), outcome.failure, 12, 0); // => 1
 * breaker.tryAcquire(999); // => -1
 * breaker.tryAcquire(1_000) >= 0; // => true
 * ```
 */
export class SharedBreakerMachine extends BreakerMachine {
  /** @internal */
  static override readonly kind: string = "SharedBreakerMachine";

  /** @internal */
  protected full!: FullExports;
  /** Bytes before the breaker. @internal */
  protected ahead!: number;
  /** @internal */
  protected thread!: number;
  /** What stands before the breaker. @internal */
  protected words!: Int32Array;

  constructor(options: SharedBreakerMachineOptions, runtime: FullRuntime = fullRuntime()) {
    const thread = whole("thread", options.thread ?? runtime.owner, 1, 2 ** 24 - 1);
    const leaseMs = within("leaseMs", options.leaseMs ?? 1_000, 2, 4_000_000);
    const ahead = runtime.core.breakerSharedAhead();
    super(options, runtime, ahead);
    runtime.core.breakerSharedInit(this.at - ahead, leaseMs * 1000);
    this.use(thread);
  }

  /** @internal */
  protected override attached(): void {
    this.at += (this.core as FullExports).breakerSharedAhead();
    this.use(this.runtime.owner);
  }

  /** Sets what this thread knows of the breaker. @internal */
  protected use(thread: number): void {
    this.full = this.core as FullExports;
    this.ahead = this.full.breakerSharedAhead();
    this.thread = thread;
    this.words = new Int32Array(this.runtime.memory.buffer, this.at - this.ahead, this.ahead >> 2);
  }

  /** Asks until no other thread is inside; what was waited is added to the time. @internal */
  protected untilFree(nowMs: number, call: (nowUs: number) => number): number {
    for (let waitedMs = 0; ; waitedMs += this.nap()) {
      const answer = call((nowMs + waitedMs) * 1000);
      if (answer !== busy) return answer;
    }
  }

  /** Lets others go on; returns the milliseconds that have passed at least. @internal */
  protected nap(): number {
    try {
      return Atomics.wait(this.words, lockWord, this.words[lockWord]!, napMs) === "timed-out" ? napMs : 0;
    } catch {
      // A page's main thread may not wait, and goes on spinning.
      return roundMs;
    }
  }

  /** Runs `call` inside. @internal */
  protected inside<Result>(nowMs: number, call: () => Result): Result {
    const at = this.live - this.ahead;
    this.untilFree(nowMs, (nowUs) => this.full.breakerSharedEnter(at, this.thread, nowUs));
    try {
      return call();
    } finally {
      this.full.breakerSharedLeave(at, this.thread);
    }
  }

  override acquireClosed(): number {
    if (this.at === 0) throw this.disposed();
    return this.full.breakerSharedAcquireClosed(this.at - this.ahead);
  }

  override tryAcquire(nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    const at = this.at - this.ahead;
    const permit = this.full.breakerSharedTryAcquire(at, this.thread, nowMs * 1000);
    if (permit !== busy) return permit;
    return this.untilFree(nowMs, (nowUs) => this.full.breakerSharedTryAcquire(at, this.thread, nowUs));
  }

  override settle(permit: number, result: number, durationMs: number, nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    const at = this.at - this.ahead;
    const spanUs = durationMs * 1000;
    const flags = this.full.breakerSharedSettle(at, this.thread, permit, result, spanUs, nowMs * 1000);
    if (flags !== busy) return flags;
    // Without a time nobody can be told from dead: the caller reads the clock.
    if (Number.isNaN(nowMs)) return -1;
    return this.untilFree(nowMs, (nowUs) =>
      this.full.breakerSharedSettle(at, this.thread, permit, result, spanUs, nowUs),
    );
  }

  /** Frees the breaker from a thread that is known to be dead (a worker's `exit`); true where it had died inside. */
  reclaim(thread: number): boolean {
    const gone = whole("thread", thread, 1, 2 ** 24 - 1);
    return this.full.breakerSharedReclaim(this.live - this.ahead, this.thread, gone) === 1;
  }

  override state(nowMs: number): number {
    return this.inside(nowMs, () => super.state(nowMs));
  }

  override calls(nowMs: number): number {
    return this.inside(nowMs, () => super.calls(nowMs));
  }

  override failures(nowMs: number): number {
    return this.inside(nowMs, () => super.failures(nowMs));
  }

  override slowCalls(nowMs: number): number {
    return this.inside(nowMs, () => super.slowCalls(nowMs));
  }

  override probes(nowMs: number): number {
    return this.inside(nowMs, () => super.probes(nowMs));
  }

  override get generation(): number {
    return this.live === 0 ? 0 : Atomics.load(this.words, generationWord) >>> 0;
  }

  override retryAfterMs(nowMs: number): number {
    return this.inside(nowMs, () => super.retryAfterMs(nowMs));
  }

  override openFor(spanMs: number, nowMs: number): void {
    this.inside(nowMs, () => super.openFor(spanMs, nowMs));
  }

  override forceOpen(nowMs: number): void {
    this.inside(nowMs, () => super.forceOpen(nowMs));
  }

  override disable(nowMs: number): void {
    this.inside(nowMs, () => super.disable(nowMs));
  }

  override reset(nowMs: number): void {
    this.inside(nowMs, () => super.reset(nowMs));
  }

  override snapshot(nowMs: number): Uint8Array {
    return this.inside(nowMs, () => super.snapshot(nowMs));
  }

  override restore(bytes: Uint8Array, nowMs: number): void {
    this.inside(nowMs, () => super.restore(bytes, nowMs));
  }
}
