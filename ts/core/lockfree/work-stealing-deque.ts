import { type FullRuntime, fullRuntime } from "../../../bindings/index.js";
import { invalidOption } from "../../kernel/index.js";
import { whole } from "../options.js";
import { Waitable } from "./waitable.js";
import type { AsyncWaitOptions, WaitOptions } from "./waiting.js";

/** Options of {@link WorkStealingDeque}. */
export interface WorkStealingDequeOptions {
  /** Items that there may be at once: 1 to 2^24, rounded up to a power of two. */
  readonly capacity: number;
}

/** What the core answers where a thief lost against another. */
const lost = -2;

/**
 * A deque of task numbers: its OWNER pushes and takes the youngest, any other thread steals the oldest.
 *
 * Use one for each worker of a pool: a worker lives on its own tasks and steals when it has none, so that threads seldom meet. Items
 * are whole numbers, 0 to 2^53 − 1, of tasks that are described elsewhere. A full deque says so: run the task at once then.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `NOT_SHARED`, `WAIT_FORBIDDEN`.
 * Source: Chase and Lev, "Dynamic Circular Work-Stealing Deque" (SPAA 2005); Lê et al. (PPoPP 2013).
 *
 * @example
 * ```ts
 * import { WorkStealingDeque } from "holdfast/core";
 *
 * const deque = new WorkStealingDeque({ capacity: 8 });
 * for (const task of [1, 2, 3]) deque.push(task);
 * deque.take(); // => 3
 * deque.trySteal(); // => 1
 * deque.count; // => 1
 * ```
 */
export class WorkStealingDeque extends Waitable {
  /** @internal */
  static override readonly kind: string = "WorkStealingDeque";
  /** Items that there may be at once. */
  capacity!: number;

  constructor(options: WorkStealingDequeOptions, runtime: FullRuntime = fullRuntime()) {
    const capacity = whole("capacity", options.capacity, 1, 2 ** 24);
    super(runtime.core.dequeSize(capacity), runtime);
    this.core.dequeInit(this.at, capacity);
    this.attached();
  }

  /** @internal */
  protected override attached(): void {
    super.attached();
    this.capacity = this.configured(16) + 1;
  }

  /** Owner: adds an item; false where the deque is full. */
  push(item: number): boolean {
    if (this.at === 0) throw this.disposed();
    if (!(item >= 0 && Number.isSafeInteger(item))) {
      throw invalidOption("item", item, "give a whole number from 0 to 2^53 - 1");
    }
    return this.core.dequePush(this.at, item) === 1;
  }

  /** Owner: takes the youngest item; undefined where there is none. */
  take(): number | undefined {
    if (this.at === 0) throw this.disposed();
    const item = this.core.dequeTake(this.at);
    return item < 0 ? undefined : item;
  }

  /** Any thread: takes the oldest item; undefined where there is none. */
  trySteal(): number | undefined {
    if (this.at === 0) throw this.disposed();
    let item = this.core.dequeSteal(this.at);
    // Somebody else got on: each time one of the threads is an item richer, so this ends.
    while (item === lost) item = this.core.dequeSteal(this.at);
    return item < 0 ? undefined : item;
  }

  /** Takes the oldest item as soon as there is one; undefined where the time was over first. */
  steal(options?: AsyncWaitOptions): Promise<number | undefined> {
    return this.filled.waitFor(() => this.trySteal(), options);
  }

  /** As {@link steal}, for a thread that may sleep. Throws `WAIT_FORBIDDEN` on others. */
  stealSync(options?: WaitOptions): number | undefined {
    return this.filled.waitForSync(() => this.trySteal(), options);
  }

  /** Items in the deque; approximate while others work. */
  get count(): number {
    return this.core.dequeCount(this.live);
  }
}
