import { type Address, type FullRuntime, fullRuntime } from "../../../bindings/index.js";
import { whole } from "../options.js";
import { type MessageOptions, MessageStructure } from "./messages.js";
import { fitting, messageSize } from "./waitable.js";

const cellsOffset = 384;

/**
 * A bounded queue of fixed-size messages between any number of threads, first in, first out.
 *
 * Use it to hand work to a pool. A slot that a thread was writing or reading when it died is freed when it is reclaimed
 * (`SharedRuntime.watch`); until then those who need just that slot wait. {@link ConcurrentQueue} has no such point and costs more.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `NOT_SHARED`, `WAIT_FORBIDDEN`; `SLOT_LOST` where the lease of this thread
 * was over between `reserve` and `commit`.
 * Source: Vyukov, "Bounded MPMC queue" (2010), with claims that name their owner: `assembly/lockfree/README.md`.
 *
 * @example
 * ```ts
 * import { MpmcRing } from "holdfast/core";
 *
 * const ring = new MpmcRing({ capacity: 2, messageBytes: 8 });
 * ring.tryPush(new Uint8Array(8).fill(1)); // => true
 * ring.tryPush(new Uint8Array(8).fill(2)); // => true
 * ring.tryPush(new Uint8Array(8).fill(3)); // => false
 * ring.tryPop()?.[0]; // => 1
 * (await ring.pop())?.[0]; // => 2
 * ```
 */
export class MpmcRing extends MessageStructure {
  /** @internal */
  static override readonly kind: string = "MpmcRing";

  constructor(options: MessageOptions, runtime: FullRuntime = fullRuntime()) {
    const capacity = whole("capacity", options.capacity, 1, 2 ** 24);
    const messageBytes = messageSize("messageBytes", options.messageBytes);
    super(fitting(runtime.core.mpmcSize(capacity, messageBytes), capacity), runtime);
    this.core.mpmcInit(this.at, capacity, messageBytes);
    this.attached();
  }

  /** @internal */
  protected override attached(): void {
    this.capacity = this.configured(16) + 1;
    this.messageBytes = this.configured(20) - 8;
    super.attached();
  }

  /** @internal */
  protected structureBytes(): number {
    return cellsOffset + this.capacity * (this.messageBytes + 8);
  }

  /** @internal */
  protected openSlot(at: Address): Address {
    return this.core.mpmcClaim(at, this.runtime.owner);
  }

  /** @internal */
  protected closeSlot(at: Address, slot: Address): boolean {
    return this.core.mpmcPublish(at, slot, this.runtime.owner) === 1;
  }

  /** @internal */
  protected fetchSlot(at: Address): Address {
    return this.core.mpmcTake(at, this.runtime.owner);
  }

  /** @internal */
  protected freeSlot(at: Address, slot: Address): void {
    this.core.mpmcRelease(at, slot, this.runtime.owner);
  }

  /** Messages in the ring, those that are being written included; approximate while others work. */
  get count(): number {
    return this.core.mpmcCount(this.live);
  }
}
