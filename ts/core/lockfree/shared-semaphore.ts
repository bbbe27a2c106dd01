import { type FullRuntime, fullRuntime } from "../../../bindings/index.js";
import { HoldfastError } from "../../kernel/index.js";
import { whole } from "../options.js";
import { Waitable } from "./waitable.js";
import type { AsyncWaitOptions, WaitOptions } from "./waiting.js";

/** Options of {@link SharedSemaphore}. */
export interface SharedSemaphoreOptions {
  /** How many may be in use at once, by all threads: 0 to 2^24 − 1. */
  readonly permits: number;
}

const maxPermits = 2 ** 24 - 1;

/**
 * A semaphore for several threads that knows which of them holds how many permits, and that can be waited at.
 *
 * Use it to bound what all workers do at once. Permits of a worker that ended come back when it is reclaimed: with
 * `SharedRuntime.watch` in the same turn in which its "exit" is told, with a lease a quarter after its time at the latest. A permit is
 * given back by the thread that took it. Who waits is served in no fixed order. Within one thread {@link Semaphore} does, and is smaller.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `NOT_SHARED`, `WAIT_FORBIDDEN`; `NOT_ACQUIRED` when this thread releases more than
 * it took.
 * Source: Dijkstra, "Cooperating sequential processes" (EWD 123, 1965), §4; the books after Herlihy, "Wait-Free Synchronization"
 * (TOPLAS 13:1, 1991).
 *
 * @example
 * ```ts
 * import { SharedSemaphore } from "holdfast/core";
 *
 * const semaphore = new SharedSemaphore({ permits: 1 });
 * await semaphore.acquire(); // => true
 * semaphore.tryAcquire(); // => false
 * await semaphore.acquire({ timeoutMs: 0 }); // => false
 * semaphore.release();
 * semaphore.inUse; // => 0
 * ```
 */
export class SharedSemaphore extends Waitable {
  /** @internal */
  static override readonly kind: string = "SharedSemaphore";

  constructor(options: SharedSemaphoreOptions, runtime: FullRuntime = fullRuntime()) {
    const permits = whole("permits", options.permits, 0, maxPermits);
    super(runtime.core.permitsSize(), runtime);
    this.core.permitsInit(this.at, permits);
    this.attached();
  }

  /** Takes a permit if one is free. */
  tryAcquire(): boolean {
    if (this.at === 0) throw this.disposed();
    return this.core.permitsTryAcquire(this.at, this.runtime.owner) === 1;
  }

  /** Takes a permit as soon as one is free; false where the time was over first. */
  async acquire(options?: AsyncWaitOptions): Promise<boolean> {
    return (await this.freed.waitFor(() => this.tryAcquire() || undefined, options)) ?? false;
  }

  /** As {@link acquire}, for a thread that may sleep. Throws `WAIT_FORBIDDEN` on others. */
  acquireSync(options?: WaitOptions): boolean {
    return this.freed.waitForSync(() => this.tryAcquire() || undefined, options) ?? false;
  }

  /** Gives a permit of this thread back. Throws `NOT_ACQUIRED` where it holds none. */
  release(): void {
    if (this.at === 0) throw this.disposed();
    if (this.core.permitsRelease(this.at, this.runtime.owner) === 0) {
      throw new HoldfastError(
        "NOT_ACQUIRED",
        "this thread holds no permit: it gave back all, or others took it for dead",
      );
    }
  }

  /** Permits in use by all threads. */
  get inUse(): number {
    return this.core.permitsInUse(this.live);
  }

  /** Permits that this thread holds. */
  get held(): number {
    return this.core.permitsHeld(this.live, this.runtime.owner);
  }

  /** Changes the number of permits; those in use above it stay valid, and nobody gets one until enough came back. */
  resize(permits: number): void {
    this.core.permitsResize(this.live, whole("permits", permits, 0, maxPermits));
  }
}
