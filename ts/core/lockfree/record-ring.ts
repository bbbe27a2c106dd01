import { type FullRuntime, fullRuntime } from "../../../bindings/index.js";
import { invalidOption } from "../../kernel/index.js";
import { whole } from "../options.js";
import { Waitable } from "./waitable.js";
import type { AsyncWaitOptions, WaitOptions } from "./waiting.js";

/** Options of {@link RecordRing}. */
export interface RecordRingOptions {
  /** Bytes of the ring: 64 to 2^24, rounded up to a power of two. Each record takes 8 more than its own. */
  readonly capacityBytes: number;
}

const bytesOffset = 384;

/**
 * A ring of records of any length from ONE thread to ONE other.
 *
 * Use it for texts, encoded events, frames. A record may be up to half of the ring long, less 8 bytes. For messages of one size
 * {@link SpscRing} is faster.
 *
 * Errors: `INVALID_OPTION`, also for a record that is too long for the ring; `ARENA_FULL`, `DISPOSED`, `NOT_SHARED`, `WAIT_FORBIDDEN`.
 * Source: Lamport, "Specifying Concurrent Program Modules" (TOPLAS 5:2, 1983).
 *
 * @example
 * ```ts
 * import { RecordRing } from "holdfast/core";
 *
 * const ring = new RecordRing({ capacityBytes: 1024 });
 * ring.tryPush(new TextEncoder().encode("hello")); // => true
 * new TextDecoder().decode(ring.tryPop()); // => "hello"
 * ring.tryPop(); // => undefined
 * ```
 */
export class RecordRing extends Waitable {
  /** @internal */
  static override readonly kind: string = "RecordRing";
  /** Bytes of the ring. */
  capacityBytes!: number;
  /** The longest record that it takes. */
  longestRecord!: number;
  /** The ring's memory: a slot is an offset into it, always a multiple of 8. */
  bytes!: Uint8Array;

  constructor(options: RecordRingOptions, runtime: FullRuntime = fullRuntime()) {
    const capacity = whole("capacityBytes", options.capacityBytes, 64, 2 ** 24);
    super(runtime.core.recordsSize(capacity), runtime);
    this.core.recordsInit(this.at, capacity);
    this.attached();
  }

  /** @internal */
  protected override attached(): void {
    super.attached();
    this.capacityBytes = this.configured(16) + 1;
    this.longestRecord = this.core.recordsLongest(this.at);
    this.bytes = this.runtime.view(this.at, bytesOffset + this.capacityBytes);
  }

  /** A slot for `length` bytes, as an offset into {@link bytes}; -1 where there is no room. {@link commit} hands it over. */
  reserve(length: number): number {
    if (this.at === 0) throw this.disposed();
    if (!(length >= 0 && length <= this.longestRecord)) {
      throw invalidOption("length", length, `this ring takes records of 0 to ${this.longestRecord} bytes`);
    }
    const slot = this.core.recordsReserve(this.at, length) >>> 0;
    return slot === 0 ? -1 : slot - this.at;
  }

  /** Hands the reserved record over. */
  commit(): void {
    if (this.at === 0) throw this.disposed();
    this.core.recordsCommit(this.at);
  }

  /** The slot of the oldest record, as an offset into {@link bytes}; -1 where there is none. {@link release} gives it back. */
  take(): number {
    if (this.at === 0) throw this.disposed();
    const slot = this.core.recordsPeek(this.at) >>> 0;
    return slot === 0 ? -1 : slot - this.at;
  }

  /** Bytes of the record in `slot`. */
  lengthOf(slot: number): number {
    return new DataView(this.bytes.buffer, this.live + slot - 8, 4).getUint32(0, true);
  }

  /** Gives the room of the record that {@link take} showed back. */
  release(): void {
    if (this.at === 0) throw this.disposed();
    this.core.recordsRelease(this.at);
  }

  /** Adds a record; false where there is no room now. */
  tryPush(record: Uint8Array): boolean {
    const slot = this.reserve(record.length);
    if (slot < 0) return false;
    this.bytes.set(record, slot);
    this.commit();
    return true;
  }

  /** Takes the oldest record out, as a copy; undefined where there is none. */
  tryPop(): Uint8Array | undefined {
    const slot = this.take();
    if (slot < 0) return undefined;
    const record = this.bytes.slice(slot, slot + this.lengthOf(slot));
    this.release();
    return record;
  }

  /** Adds a record as soon as there is room; false where the time was over first. */
  async push(record: Uint8Array, options?: AsyncWaitOptions): Promise<boolean> {
    return (await this.freed.waitFor(() => this.tryPush(record) || undefined, options)) ?? false;
  }

  /** Takes the oldest record as soon as there is one; undefined where the time was over first. */
  pop(options?: AsyncWaitOptions): Promise<Uint8Array | undefined> {
    return this.filled.waitFor(() => this.tryPop(), options);
  }

  /** As {@link push}, for a thread that may sleep. Throws `WAIT_FORBIDDEN` on others. */
  pushSync(record: Uint8Array, options?: WaitOptions): boolean {
    return this.freed.waitForSync(() => this.tryPush(record) || undefined, options) ?? false;
  }

  /** As {@link pop}, for a thread that may sleep. Throws `WAIT_FORBIDDEN` on others. */
  popSync(options?: WaitOptions): Uint8Array | undefined {
    return this.filled.waitForSync(() => this.tryPop(), options);
  }

  /** Bytes in use, each record's 8 further ones included; approximate while the other end works. */
  get usedBytes(): number {
    return this.core.recordsUsed(this.live);
  }
}
