import type { Address, FullRuntime } from "../../../bindings/index.js";
import { HoldfastError, invalidOption } from "../../kernel/index.js";
import { Waitable } from "./waitable.js";
import type { AsyncWaitOptions, WaitOptions } from "./waiting.js";

/** Options of structures that hold messages. */
export interface MessageOptions {
  /** Messages that there may be at once: 1 to 2^24. Rings round it up to a power of two. */
  readonly capacity: number;
  /** Bytes of every message: a multiple of 8 from 8 to 65,536. */
  readonly messageBytes: number;
}

/** Addresses up to this are answers: nothing there, or try again. */
const lastAnswer = 1;

/**
 * What all structures of fixed-size messages have in common. A message moves in two steps; `tryPush` and `tryPop` do both and copy,
 * while `reserve` … `commit` and `take` … `release` let the caller write and read in place.
 */
export abstract class MessageStructure extends Waitable {
  /** Bytes of every message. */
  messageBytes!: number;
  /** Messages that there may be at once. */
  capacity!: number;
  /** The structure's memory: a slot is an offset into it, always a multiple of 8. */
  bytes!: Uint8Array;
  /** {@link bytes} as 32-bit numbers: the message of slot s begins at `ints[s / 4]`. */
  ints!: Int32Array;
  /** {@link bytes} as floats: the message of slot s begins at `floats[s / 8]`. */
  floats!: Float64Array;

  /** @internal */
  protected constructor(bytes: number, runtime: FullRuntime) {
    super(bytes, runtime);
  }

  /** @internal */
  protected override attached(): void {
    super.attached();
    const bytes = this.structureBytes();
    this.bytes = this.runtime.view(this.at, bytes);
    this.ints = new Int32Array(this.bytes.buffer, this.at, bytes >>> 2);
    this.floats = new Float64Array(this.bytes.buffer, this.at, bytes >>> 3);
  }

  /** Bytes of the whole structure. @internal */
  protected abstract structureBytes(): number;
  /** A slot for a new message, 0 or 1 where there is none now. @internal */
  protected abstract openSlot(at: Address): Address;
  /** Hands a slot over; false where this thread was taken for dead and lost it. @internal */
  protected abstract closeSlot(at: Address, slot: Address): boolean;
  /** The slot of a message, 0 or 1 where there is none now. @internal */
  protected abstract fetchSlot(at: Address): Address;
  /** Gives a slot back. @internal */
  protected abstract freeSlot(at: Address, slot: Address): void;

  /** A slot to write a message to, as an offset into {@link bytes}; -1 where there is no room. {@link commit} hands it over. */
  reserve(): number {
    if (this.at === 0) throw this.disposed();
    const slot = this.openSlot(this.at) >>> 0;
    return slot <= lastAnswer ? -1 : slot - this.at;
  }

  /** Hands the message of a reserved slot over. Throws `SLOT_LOST` where this thread was taken for dead meanwhile. */
  commit(slot: number): void {
    if (this.at === 0) throw this.disposed();
    if (!this.closeSlot(this.at, this.at + slot)) throw slotLost();
  }

  /** The slot of the next message, as an offset into {@link bytes}; -1 where there is none. {@link release} gives it back. */
  take(): number {
    if (this.at === 0) throw this.disposed();
    const slot = this.fetchSlot(this.at) >>> 0;
    return slot <= lastAnswer ? -1 : slot - this.at;
  }

  /** Gives the slot of a message that was read back. */
  release(slot: number): void {
    if (this.at === 0) throw this.disposed();
    this.freeSlot(this.at, this.at + slot);
  }

  /** Adds a message of {@link messageBytes} bytes; false where there is no room. */
  tryPush(message: Uint8Array): boolean {
    if (message.length !== this.messageBytes) throw wrongSize(message, this.messageBytes);
    const slot = this.reserve();
    if (slot < 0) return false;
    this.bytes.set(message, slot);
    this.commit(slot);
    return true;
  }

  /** Takes the next message out, as a copy; undefined where there is none. */
  tryPop(): Uint8Array | undefined {
    const slot = this.take();
    if (slot < 0) return undefined;
    const message = this.bytes.slice(slot, slot + this.messageBytes);
    this.release(slot);
    return message;
  }

  /** Adds a message as soon as there is room; false where the time was over first. */
  async push(message: Uint8Array, options?: AsyncWaitOptions): Promise<boolean> {
    return (await this.freed.waitFor(() => this.tryPush(message) || undefined, options)) ?? false;
  }

  /** Takes the next message as soon as there is one; undefined where the time was over first. */
  pop(options?: AsyncWaitOptions): Promise<Uint8Array | undefined> {
    return this.filled.waitFor(() => this.tryPop(), options);
  }

  /** As {@link push}, for a thread that may sleep. Throws `WAIT_FORBIDDEN` on others. */
  pushSync(message: Uint8Array, options?: WaitOptions): boolean {
    return this.freed.waitForSync(() => this.tryPush(message) || undefined, options) ?? false;
  }

  /** As {@link pop}, for a thread that may sleep. Throws `WAIT_FORBIDDEN` on others. */
  popSync(options?: WaitOptions): Uint8Array | undefined {
    return this.filled.waitForSync(() => this.tryPop(), options);
  }
}

function wrongSize({ length }: Uint8Array, messageBytes: number): HoldfastError {
  return invalidOption("message.length", length, `every message of this structure has ${messageBytes} bytes`);
}

function slotLost(): HoldfastError {
  return new HoldfastError(
    "SLOT_LOST",
    "other threads took this one for dead between reserve() and commit(), so the message was dropped; give the lease more time",
  );
}
