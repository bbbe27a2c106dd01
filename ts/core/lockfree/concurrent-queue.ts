import { type Address, type FullRuntime, fullRuntime } from "../../../bindings/index.js";
import { whole } from "../options.js";
import { type MessageOptions, MessageStructure } from "./messages.js";
import { fitting, messageSize } from "./waitable.js";

const nodesOffset = 512;
/** Bytes that each message takes besides its own: a node, and the prefix of its cell. */
const overhead = 24;

/**
 * A bounded queue of fixed-size messages between any number of threads that no thread can hold up, whatever it does or wherever it
 * dies: lock-free.
 *
 * Use it where a thread may be paused or ended at any moment; else {@link MpmcRing} is faster. "No room" may be said while others are
 * in the middle of their calls. A thread that dies in the middle of one takes the room of one message with it.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `NOT_SHARED`, `WAIT_FORBIDDEN`.
 * Source: Michael and Scott, "Simple, Fast, and Practical Non-Blocking and Blocking Concurrent Queue Algorithms" (PODC 1996).
 *
 * @see {@link ConcurrentStack}
 * @example
 * ```ts
 * import { ConcurrentQueue } from "holdfast/core";
 *
 * const queue = new ConcurrentQueue({ capacity: 100, messageBytes: 8 });
 * queue.tryPush(new Uint8Array(8).fill(1));
 * queue.tryPush(new Uint8Array(8).fill(2));
 * queue.tryPop()?.[0]; // => 1
 * queue.isEmpty; // => false
 * ```
 */
export class ConcurrentQueue extends MessageStructure {
  /** @internal */
  static override readonly kind: string = "ConcurrentQueue";

  constructor(options: MessageOptions, runtime: FullRuntime = fullRuntime()) {
    const capacity = whole("capacity", options.capacity, 1, 2 ** 24);
    const messageBytes = messageSize("messageBytes", options.messageBytes);
    super(fitting(runtime.core.queueSize(capacity, messageBytes), capacity), runtime);
    this.core.queueInit(this.at, capacity, messageBytes);
    this.attached();
  }

  /** @internal */
  protected override attached(): void {
    this.capacity = this.configured(16);
    this.messageBytes = this.configured(20) - 8;
    super.attached();
  }

  /** @internal */
  protected structureBytes(): number {
    return nodesOffset + (this.capacity + 1) * (this.messageBytes + overhead);
  }

  /** @internal */
  protected openSlot(at: Address): Address {
    return this.core.queueReserve(at);
  }

  /** @internal */
  protected closeSlot(at: Address, slot: Address): boolean {
    this.core.queueCommit(at, slot);
    return true;
  }

  /** @internal */
  protected fetchSlot(at: Address): Address {
    return this.core.queueTake(at);
  }

  /** @internal */
  protected freeSlot(at: Address, slot: Address): void {
    this.core.queueRelease(at, slot);
  }

  /** Whether nothing was in the queue at the moment of the call. */
  get isEmpty(): boolean {
    return this.core.queueIsEmpty(this.live) === 1;
  }
}
