import { defaultRuntime, type Runtime } from "../../bindings/index.js";
import { HoldfastError } from "../kernel/index.js";
import { whole } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link Semaphore}. */
export interface SemaphoreOptions {
  /** How many may be in use at once: 0 to 2^32 − 1. */
  readonly permits: number;
}

const maxPermits = 2 ** 32 - 1;

/**
 * Counts permits in use, up to a limit: the bare decision of a bulkhead, without a queue.
 *
 * Use it where you keep the waiting yourself; else use `bulkhead`, which is built on it. It has no snapshot: permits in
 * use belong to calls of this process.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`; `NOT_ACQUIRED` when more is released than was taken.
 * Source: Dijkstra, "Cooperating sequential processes" (EWD 123, 1965), §4.
 *
 * @example
 * ```ts
 * import { Semaphore } from "holdfast/core";
 *
 * const semaphore = new Semaphore({ permits: 1 });
 * semaphore.tryAcquire(); // => true
 * semaphore.tryAcquire(); // => false
 * semaphore.release();
 * semaphore.inUse; // => 0
 * ```
 */
export class Semaphore extends Structure {
  /** @internal */
  static override readonly kind: string = "Semaphore";

  constructor(options: SemaphoreOptions, runtime: Runtime = defaultRuntime()) {
    const permits = whole("permits", options.permits, 0, maxPermits);
    super(runtime.core.semaphoreSize(), runtime);
    this.core.semaphoreInit(this.at, permits);
  }

  /** Takes a permit if one is free. */
  tryAcquire(): boolean {
    if (this.at === 0) throw this.disposed();
    return this.core.semaphoreTryAcquire(this.at) === 1;
  }

  /** Gives a permit back. Throws `NOT_ACQUIRED` where none is in use. */
  release(): void {
    if (this.at === 0) throw this.disposed();
    if (this.core.semaphoreRelease(this.at) === 0) {
      throw new HoldfastError("NOT_ACQUIRED", "release() was called more often than tryAcquire() succeeded");
    }
  }

  /** Permits in use. */
  get inUse(): number {
    return this.core.semaphoreInUse(this.live) >>> 0;
  }

  /** Changes the number of permits; those in use above it stay valid, and nobody gets one until enough came back. */
  resize(permits: number): void {
    this.core.semaphoreResize(this.live, whole("permits", permits, 0, maxPermits));
  }
}
