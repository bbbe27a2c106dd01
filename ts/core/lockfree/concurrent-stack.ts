import { type Address, type FullRuntime, fullRuntime } from "../../../bindings/index.js";
import { whole } from "../options.js";
import { type MessageOptions, MessageStructure } from "./messages.js";
import { fitting, messageSize } from "./waitable.js";

const nodesOffset = 384;

/**
 * A bounded stack of fixed-size messages between any number of threads, last in, first out: lock-free.
 *
 * Use it for pools of things that are best used again while they are warm, and wherever order does not matter. "No room" may be said
 * while others are in the middle of their calls. A thread that dies in the middle of one takes the room of one message with it.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `NOT_SHARED`, `WAIT_FORBIDDEN`.
 * Source: Treiber, "Systems Programming: Coping with Parallelism" (IBM RJ 5118, 1986).
 *
 * @see {@link ConcurrentQueue}
 * @example
 * ```ts
 * import { ConcurrentStack } from "holdfast/core";
 *
 * const stack = new ConcurrentStack({ capacity: 100, messageBytes: 8 });
 * stack.tryPush(new Uint8Array(8).fill(1));
 * stack.tryPush(new Uint8Array(8).fill(2));
 * stack.tryPop()?.[0]; // => 2
 * stack.isEmpty; // => false
 * ```
 */
export class ConcurrentStack extends MessageStructure {
  /** @internal */
  static override readonly kind: string = "ConcurrentStack";

  constructor(options: MessageOptions, runtime: FullRuntime = fullRuntime()) {
    const capacity = whole("capacity", options.capacity, 1, 2 ** 24);
    const messageBytes = messageSize("messageBytes", options.messageBytes);
    super(fitting(runtime.core.stackSize(capacity, messageBytes), capacity), runtime);
    this.core.stackInit(this.at, capacity, messageBytes);
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
    return nodesOffset + this.capacity * (this.messageBytes + 8);
  }

  /** @internal */
  protected openSlot(at: Address): Address {
    return this.core.stackReserve(at);
  }

  /** @internal */
  protected closeSlot(at: Address, slot: Address): boolean {
    this.core.stackCommit(at, slot);
    return true;
  }

  /** @internal */
  protected fetchSlot(at: Address): Address {
    return this.core.stackTake(at);
  }

  /** @internal */
  protected freeSlot(at: Address, slot: Address): void {
    this.core.stackRelease(at, slot);
  }

  /** Whether nothing was on the stack at the moment of the call. */
  get isEmpty(): boolean {
    return this.core.stackIsEmpty(this.live) === 1;
  }
}
