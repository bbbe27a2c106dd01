import type { FullExports, FullRuntime, StructureHandle } from "../../../bindings/index.js";
import { invalidOption } from "../../kernel/index.js";
import { Structure } from "../structure.js";
import { Waiter } from "./waiting.js";

/** Offsets that all lock-free structures have in common (`assembly/lockfree/layout.ts`). */
const filledOffset = 8;
const freedOffset = 12;

/** A structure that threads may wait at. */
export abstract class Waitable extends Structure<FullExports> {
  /** For something to take. @internal */
  protected filled!: Waiter;
  /** For room, or a permit. @internal */
  protected freed!: Waiter;

  /** @internal */
  protected constructor(bytes: number | StructureHandle, runtime: FullRuntime) {
    super(bytes, runtime);
  }

  /** @internal */
  protected override attached(): void {
    this.filled = new Waiter(this.runtime, this.at + filledOffset);
    this.freed = new Waiter(this.runtime, this.at + freedOffset);
  }

  /** Lets go of the structure; whoever waits at it in this thread gets `DISPOSED`. It lives on while other threads hold it. */
  override dispose(): void {
    if (this.at === 0) return;
    this.filled.signal();
    this.freed.signal();
    super.dispose();
  }

  /** A u32 of the structure's configuration. @internal */
  protected configured(offset: number): number {
    return new DataView(this.runtime.memory.buffer, this.at, offset + 4).getUint32(offset, true);
  }
}

/** Checks a message's size: a multiple of 8 from 8 to 65,536. */
export function messageSize(name: string, value: number): number {
  if (Number.isInteger(value) && value % 8 === 0 && value >= 8 && value <= 65_536) return value;
  throw invalidOption(name, value, "give a multiple of 8 from 8 to 65,536");
}

/** Checks the bytes that the core wants for a structure of these options; 0 means more than fits into 4 GiB. */
export function fitting(bytes: number, capacity: number): number {
  if (bytes !== 0) return bytes >>> 0;
  throw invalidOption("capacity", capacity, "give fewer or smaller messages: all of them must fit into 3.75 GiB");
}
