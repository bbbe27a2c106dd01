import {
  type Address,
  attachedRuntime,
  type CoreExports,
  type Holding,
  type Runtime,
  type StructureHandle,
  type WasmMemory,
} from "../../bindings/index.js";
import { dispose, HoldfastError, invalidOption } from "../kernel/index.js";

/** Bytes that a snapshot has beyond the state: its checksum. @internal */
export const sealBytes = 8;

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

/** A class whose structures threads can share. */
interface ShareableClass<S> {
  readonly kind: string | undefined;
  readonly prototype: S;
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
  readonly #block: Holding;

  /**
   * How handles name this class; undefined where its structures are not for several threads. A name of its own, because bundlers
   * change those of classes. A class that has one keeps nothing in private fields: `attach` makes its objects without running its
   * constructor. @internal
   */
  static readonly kind: string | undefined = undefined;

  /** Takes memory for a new structure, or holds the one of a handle. @internal */
  protected constructor(place: number | StructureHandle, runtime: Runtime<Exports>) {
    this.runtime = runtime;
    this.core = runtime.core;
    this.#block = typeof place === "number" ? runtime.allocate(place, this) : runtime.hold(place, this);
    this.at = this.#block.at;
  }

  /**
   * The structure of another thread that `handle` stands for, in this thread. `attachRuntime` of `holdfast/shared` comes first.
   *
   * Errors: `NOT_ATTACHED`; `DISPOSED` where no thread holds it any more; `INVALID_OPTION` where the handle is of another class.
   */
  static attach<S>(this: ShareableClass<S>, handle: StructureHandle): S {
    // biome-ignore lint/complexity/noThisInStatic: the class that it is called on is what it makes
    return Structure.#attachAs(this, handle);
  }

  static #attachAs<S>(made: ShareableClass<S>, handle: StructureHandle): S {
    if (handle.kind !== made.kind) throw invalidOption("handle", handle.kind, `give the handle of a ${made.kind}`);
    // Its constructor would make a new structure; only what all have in common is needed, and what `attached` adds.
    const parts = [handle, attachedRuntime(handle.runtime)];
    const structure = Reflect.construct(Structure, parts, made as never) as Structure;
    structure.attached();
    return structure as S;
  }

  /** Sets what a subclass knows of its structure besides its address. @internal */
  protected attached(): void {}

  /**
   * Plain data by which another thread gets this very structure, with the `attach` of its class: for `postMessage`.
   *
   * Errors: `NOT_SHARED` where it lives in the memory of one thread, or is of a class that is not for several; `DISPOSED`.
   */
  get handle(): StructureHandle {
    if (this.at === 0) throw this.disposed();
    const { kind } = this.constructor as typeof Structure;
    if (kind === undefined) {
      throw new HoldfastError(
        "NOT_SHARED",
        `a ${this.constructor.name} is for one thread at a time; make one for each thread`,
      );
    }
    return this.runtime.handleOf(this.#block, kind);
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

  /** The address for a structure of `runtime` that refers to this one; 0 where this one lives in another. @internal */
  addressIn(runtime: Runtime<Exports>): Address {
    const at = this.live;
    return runtime.memory === this.runtime.memory ? at : 0;
  }

  /** For what looks at it from outside: its memory, where its block begins, and where its state does. @internal */
  get place(): { readonly memory: WasmMemory; readonly from: Address; readonly at: Address } {
    return { memory: this.runtime.memory, from: this.#block.at, at: this.live };
  }

  /** Runs `use` over a block of `bytes` bytes that is given back afterwards. @internal */
  protected borrowing<Result>(bytes: number, use: (at: Address) => Result): Result {
    const block = this.runtime.allocate(bytes);
    try {
      return use(block.at);
    } finally {
      block.free();
    }
  }

  /**
   * Refuses a call that other threads could meet half done. Errors: `THREAD_UNSAFE`, where threads share the memory; `instead` says
   * what to do. @internal
   */
  protected forOneThread(call: string, instead: string): void {
    if (this.runtime.sharedCore === undefined) return;
    const { name } = this.constructor;
    throw new HoldfastError("THREAD_UNSAFE", `${call}() of a ${name} in a shared runtime is not safe; ${instead}`, {
      details: { call },
    });
  }

  /** Runs `use` over the state as it is, or over a copy where other threads change it meanwhile. @internal */
  steady<Result>(use: (at: Address) => Result): Result {
    return use(this.live);
  }

  /**
   * Runs `use` over another structure's state, or over a copy where it lives in another memory; a snapshot is laid out as the
   * state itself. @internal
   */
  protected beside<Result>(other: Structure<Exports>, use: (at: Address) => Result): Result {
    return other.steady((theirs) => {
      if (other.runtime === this.runtime) return use(theirs);
      const bytes = other.core.snapshotSize(theirs) >>> 0;
      return this.borrowing(bytes, (copy) => {
        this.runtime.view(copy, bytes - sealBytes).set(other.runtime.view(theirs, bytes - sealBytes));
        return use(copy);
      });
    });
  }

  /** Has the core write a snapshot and copies it out. @internal */
  protected copyOut(save: (to: Address) => void): Uint8Array {
    const bytes = this.core.snapshotSize(this.live) >>> 0;
    return this.borrowing(bytes, (to) => {
      save(to);
      return this.runtime.view(to, bytes).slice();
    });
  }

  /** Copies a snapshot in and has the core load it. @internal */
  protected copyIn(bytes: Uint8Array, loadFrom: (from: Address) => number): void {
    const expectedBytes = this.core.snapshotSize(this.live) >>> 0;
    if (bytes.length !== expectedBytes) throw snapshotInvalid(this.constructor.name, 1);
    this.borrowing(expectedBytes, (from) => {
      this.runtime.view(from, expectedBytes).set(bytes);
      const status = loadFrom(from);
      if (status !== 0) throw snapshotInvalid(this.constructor.name, status);
    });
  }

  /**
   * Has the core merge `other` into this, or a copy of it where it lives in another memory. Throws `NOT_MERGEABLE`.
   * @internal
   */
  protected mergeIn(other: Structure<Exports>, merge: (at: Address, other: Address) => number): void {
    const at = this.live;
    if (this.beside(other, (theirs) => merge(at, theirs)) === 0) return;
    throw new HoldfastError(
      "NOT_MERGEABLE",
      `a ${this.constructor.name} takes in only what another one made with the same options has`,
    );
  }
}
