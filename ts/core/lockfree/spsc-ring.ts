import { type Address, type FullRuntime, fullRuntime } from "../../../bindings/index.js";
import { invalidOption } from "../../kernel/index.js";
import { whole } from "../options.js";
import { type MessageOptions, MessageStructure } from "./messages.js";
import { fitting, messageSize } from "./waitable.js";

const slotsOffset = 384;

/**
 * A ring of fixed-size messages from ONE thread to ONE other: the fastest way between two threads.
 *
 * Use it for a steady stream where each end is a single thread. With several at an end use {@link MpmcRing}; for records of
 * different lengths {@link RecordRing}. Either end may be at home in any thread, one at a time. Write in place with `reserve` and
 * `commit`, and many at a time with `pushMany` and `popMany`, where nanoseconds count.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `NOT_SHARED`, `WAIT_FORBIDDEN`. Full and empty are answers, never exceptions.
 * Source: Lamport, "Specifying Concurrent Program Modules" (TOPLAS 5:2, 1983).
 *
 * @example
 * ```ts
 * import { SpscRing } from "holdfast/core";
 *
 * const ring = new SpscRing({ capacity: 4, messageBytes: 8 });
 * ring.tryPush(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)); // => true
 * const slot = ring.reserve();
 * ring.floats[slot / 8] = 0.5;
 * ring.commit(slot);
 * ring.count; // => 2
 * ring.tryPop()?.at(-1); // => 8
 * ring.floats[ring.take() / 8]; // => 0.5
 * ```
 */
export class SpscRing extends MessageStructure {
  /** @internal */
  static override readonly kind: string = "SpscRing";

  constructor(options: MessageOptions, runtime: FullRuntime = fullRuntime()) {
    const capacity = whole("capacity", options.capacity, 1, 2 ** 24);
    const messageBytes = messageSize("messageBytes", options.messageBytes);
    super(fitting(runtime.core.spscSize(capacity, messageBytes), capacity), runtime);
    this.core.spscInit(this.at, capacity, messageBytes);
    this.attached();
  }

  /** @internal */
  protected override attached(): void {
    this.capacity = this.configured(16) + 1;
    this.messageBytes = this.configured(20);
    super.attached();
  }

  /** @internal */
  protected structureBytes(): number {
    return slotsOffset + this.capacity * this.messageBytes;
  }

  /** @internal */
  protected openSlot(at: Address): Address {
    return this.core.spscReserve(at);
  }

  /** @internal */
  protected closeSlot(at: Address): boolean {
    this.core.spscCommit(at, 1);
    return true;
  }

  /** @internal */
  protected fetchSlot(at: Address): Address {
    return this.core.spscPeek(at);
  }

  /** @internal */
  protected freeSlot(at: Address): void {
    this.core.spscRelease(at, 1);
  }

  /**
   * Adds as many of the messages that stand one behind the other in `messages` as there is room for, and returns their number.
   * The other end sees them in one or two steps.
   */
  pushMany(messages: Uint8Array): number {
    const at = this.live;
    const total = countOf(messages, this.messageBytes);
    let done = 0;
    while (done < total) {
      const count = this.core.spscReserveRun(at, total - done);
      if (count === 0) break;
      const from = done * this.messageBytes;
      this.bytes.set(messages.subarray(from, from + count * this.messageBytes), (this.core.spscReserve(at) >>> 0) - at);
      this.core.spscCommit(at, count);
      done += count;
    }
    return done;
  }

  /** Takes as many messages as are there and fit into `into`, one behind the other, and returns their number. */
  popMany(into: Uint8Array): number {
    const at = this.live;
    const total = countOf(into, this.messageBytes);
    let done = 0;
    while (done < total) {
      const count = this.core.spscPeekRun(at, total - done);
      if (count === 0) break;
      const slot = (this.core.spscPeek(at) >>> 0) - at;
      into.set(this.bytes.subarray(slot, slot + count * this.messageBytes), done * this.messageBytes);
      this.core.spscRelease(at, count);
      done += count;
    }
    return done;
  }

  /** Messages in the ring; approximate while the other end works. */
  get count(): number {
    return this.core.spscCount(this.live);
  }
}

/** How many messages bytes are. */
function countOf({ length }: Uint8Array, messageBytes: number): number {
  if (length % messageBytes === 0) return length / messageBytes;
  throw invalidOption("messages.length", length, `give a multiple of the ring's messageBytes, ${messageBytes}`);
}
