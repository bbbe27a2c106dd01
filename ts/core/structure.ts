import type { Address, Block, CoreExports, Runtime } from "../../bindings/index.js";
import { dispose, HoldfastError } from "../kernel/index.js";

const reasons: Readonly<Record<number, string>> = {
  1: "these bytes are no snapshot of this kind of structure, or of another version of it",
  2: "the snapshot was taken with other options; restore it into a structure made with the same ones",
  3: "the snapshot is damaged",
};

/** The error of a snapshot that cannot be loaded; `status` is the core's. */
export function snapshotInvalid(kind: string, status: number): HoldfastError {
  return new HoldfastError("SNAPSHOT_INVALID", `${kind}: ${reasons[status] ?? reasons[3]}`, {
    details: { kind, status },
  });
}

/**
 * What all structures of the core have in common: a block of memory that is freed once, and snapshots. `Exports` is
 * `FullExports` for those that only the full module has.
 */
export abstract class Structure<Exports extends CoreExports = CoreExports> implements Disposable {
  /** @internal */
  protected readonly runtime: Runtime<Exports>;
  /** @internal */
  protected readonly core: Exports;
  /** Address of the state; 0 once disposed. @internal */
  protected at: Address;
  readonly #block: Block;

  /** @internal */
  protected constructor(bytes: number, runtime: Runtime<Exports>) {
    this.runtime = runtime;
    this.core = runtime.core;
    this.#block = runtime.allocate(bytes, this);
    this.at = this.#block.at;
  }

  /** Frees the state's memory. Every later call throws `DISPOSED`, except this one, which does nothing then. */
  dispose(): void {
    if (this.at === 0) return;
    this.at = 0;
    this.runtime.release(this.#block);
  }

  [dispose](): void {
    this.dispose();
  }

  /** @internal */
  protected disposed(): HoldfastError {
    return new HoldfastError("DISPOSED", `this ${this.constructor.name} was disposed; make a new one`);
  }

  /** The address, for calls that need not be fast. @internal */
  protected get live(): Address {
    if (this.at === 0) throw this.disposed();
    return this.at;
  }

  /** Has the core write a snapshot and copies it out. @internal */
  protected copyOut(save: (to: Address) => void): Uint8Array {
    const bytes = this.core.snapshotSize(this.live) >>> 0;
    const block = this.runtime.allocate(bytes);
    try {
      save(block.at);
      return this.runtime.view(block.at, bytes).slice();
    } finally {
      block.free();
    }
  }

  /** Copies a snapshot in and has the core load it. @internal */
  protected copyIn(bytes: Uint8Array, loadFrom: (from: Address) => number): void {
    const expectedBytes = this.core.snapshotSize(this.live) >>> 0;
    if (bytes.length !== expectedBytes) throw snapshotInvalid(this.constructor.name, 1);
    const block = this.runtime.allocate(expectedBytes);
    try {
      this.runtime.view(block.at, expectedBytes).set(bytes);
      const status = loadFrom(block.at);
      if (status !== 0) throw snapshotInvalid(this.constructor.name, status);
    } finally {
      block.free();
    }
  }
}
