/** One memory with one instance of the core over it. */

import { type Clock, HoldfastError, invalidOption, systemClock } from "../ts/kernel/index.js";
import type { Address, CoreExports } from "./exports/base.js";
import type { FullExports } from "./exports/full.js";
import type { WasmMemory, WasmModule } from "./host-types.js";
import type { KeyBatch } from "./key-batch.js";
import type { CoreSource, ScriptCore } from "./source.js";

const pageBytes = 65_536;
const maxPages = 65_535;

/** What a profile brings: memory if nobody says otherwise, and the instruction sets that its code may use. */
const profiles: Readonly<Record<string, { memoryBytes: number; features: readonly string[] }>> = {
  server: { memoryBytes: 16 << 20, features: ["threads", "simd", "bulk-memory"] },
  browser: { memoryBytes: 4 << 20, features: ["simd", "bulk-memory"] },
  edge: { memoryBytes: 1 << 20, features: ["bulk-memory"] },
  script: { memoryBytes: 4 << 20, features: [] },
  native: { memoryBytes: 16 << 20, features: ["threads", "bulk-memory"] },
};

const fallbackMemoryBytes = 1 << 20;

/** Options of {@link createRuntime}. */
export interface RuntimeOptions {
  /** Size of the core's memory in bytes, fixed for its life, rounded up to 64 KiB. Default: 16 MiB server, 4 MiB browser, 1 MiB edge. */
  readonly memoryBytes?: number | undefined;
  /** A compiled core. Default: the one of {@link provideModule}, else the one that the host's import conditions name. */
  readonly module?: WasmModule | ScriptCore | undefined;
  /** What calls that wait go by. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** Which core runs, and how much of its memory is in use. */
export interface CoreInfo {
  /** Hardware profile of the build: `server`, `browser`, `edge`, or the name given to {@link provideModule}. */
  readonly profile: string;
  /** Why this build was chosen. */
  readonly reason: string;
  readonly memoryBytes: number;
  readonly usedBytes: number;
  /** WebAssembly features that the build may use. */
  readonly features: readonly string[];
}

/** What a thread needs to work on the memory of another: plain data for `postMessage`. */
export interface RuntimeHandle {
  /** Tells one shared runtime from another. */
  readonly id: string;
  readonly profile: string;
  /** The compiled core; undefined where the memory is a file, which each process opens for itself. */
  readonly module: WasmModule | undefined;
  /** The memory; undefined where it is a file. */
  readonly memory: WasmMemory | undefined;
  /** Where the registry of threads and structures stands. */
  readonly registry: Address;
  /** Milliseconds without a sign of life after which a thread counts as dead; undefined: only who is reported dead. */
  readonly leaseMs: number | undefined;
}

/** What a thread needs to use a structure of another: plain data for `postMessage`. */
export interface StructureHandle {
  readonly runtime: RuntimeHandle;
  /** The class to attach with. */
  readonly kind: string;
  readonly address: Address;
  /** Tells the structure from a later one at the same address. */
  readonly generation: number;
  /** Its place in the registry. */
  readonly entry: number;
}

/** Parts of a runtime that it does not make itself. */
export interface GivenParts {
  readonly memory?: WasmMemory;
  readonly clock?: Clock | undefined;
  /** What to make of the module's functions; may throw. Default: nothing. */
  readonly face?: ((exports: CoreExports, profile: string) => CoreExports) | undefined;
  /** How many keys go in at once, where the module takes them so. */
  readonly keyBatch?: ((runtime: Runtime, owner: object) => KeyBatch) | undefined;
}

/** How a thread sleeps until the word at an address changes, where the engine's own waiting does not work on the memory. */
export interface Sleeper {
  /** Sleeps while the word is `ticket`, at most `limitMs`. */
  sleep(event: Address, ticket: number, limitMs: number): void;
  /** Resolves when it is woken, or has slept for `limitMs`; undefined where it cannot, and a timer must look. */
  sleepAsync(event: Address, ticket: number, limitMs: number): Promise<unknown> | undefined;
}

/** The error of a structure that cannot be passed to other threads. */
function notShared(kind: string): HoldfastError {
  return new HoldfastError(
    "NOT_SHARED",
    `this ${kind} lives in a memory of one thread; give its constructor a runtime made by sharedRuntime() of holdfast/shared`,
    { details: { kind } },
  );
}

/** A block of memory that its holder gives back once. */
export interface Holding {
  readonly at: Address;
  /** Gives the block back; a second time does nothing. */
  free(): void;
}

/** A block of the core's memory, freed once. */
export class Block implements Holding {
  readonly #core: CoreExports;
  readonly #generation: number;
  readonly at: Address;

  constructor(core: CoreExports, at: Address) {
    this.#core = core;
    this.at = at;
    this.#generation = core.arenaGeneration(at);
  }

  /** Gives the block back; a second time does nothing, because the generation has moved on. */
  free(): void {
    this.#core.arenaFree(this.at, this.#generation);
  }
}

/** Blocks of owners that were forgotten instead of disposed are freed when the engine collects the owner. */
const forgotten =
  typeof FinalizationRegistry === "undefined"
    ? undefined
    : new FinalizationRegistry<Holding>((block) => {
        block.free();
      });

/** Numbers that the core writes. The address is kept beside them, because an array takes 7 ns to say it. */
interface Told {
  readonly at: Address;
  readonly numbers: Float64Array;
}

/**
 * A core and the memory that its structures live in. Structures of different runtimes share nothing. `Exports` tells which
 * functions the core has: those of the base module, or of the full one.
 */
export class Runtime<Exports extends CoreExports = CoreExports> {
  /** @internal */
  readonly core: Exports;
  /** @internal */
  readonly memory: WasmMemory;
  /** Hardware profile of the build. */
  readonly profile: string;
  /** The number by which structures know this thread; 1 where it has the memory to itself. @internal */
  readonly owner: number;
  /** What waits by. @internal */
  readonly clock: Clock;
  /** A place for many keys, where the module takes them at once: not in the base module, which no policy asks for it. @internal */
  readonly keyBatch: GivenParts["keyBatch"];
  /** How it waits, where not by `Atomics`. @internal */
  readonly sleeper: Sleeper | undefined = undefined;
  readonly #reason: string;
  #scratch: Uint8Array | undefined;
  #told: Told | undefined;

  /** @internal Use {@link createRuntime}. */
  constructor(source: CoreSource, memoryBytes: number, given: GivenParts = {}) {
    const pages = Math.ceil(memoryBytes / pageBytes);
    const { memory, exports } = instantiate(source, pages, given.memory);
    this.core = (given.face?.(exports, source.profile) ?? exports) as Exports;
    this.memory = memory;
    this.profile = source.profile;
    this.clock = given.clock ?? systemClock;
    this.keyBatch = given.keyBatch;
    this.owner = 1;
    this.#reason = source.reason;
    this.core.arenaInit(pages * pageBytes);
  }

  /** The core where other threads may work on this memory, whose build has every structure; undefined elsewhere. @internal */
  get sharedCore(): FullExports | undefined {
    return undefined;
  }

  /** Which build runs here, and how much memory it uses. */
  get info(): CoreInfo {
    return {
      profile: this.profile,
      reason: this.#reason,
      memoryBytes: this.memory.buffer.byteLength,
      usedBytes: this.core.arenaUsed() >>> 0,
      features: profiles[this.profile]?.features ?? [],
    };
  }

  /**
   * Takes `bytes` of memory for `owner`; they come back when the block is freed, at the latest after `owner` was collected.
   * Throws `ARENA_FULL`.
   * @internal
   */
  allocate(bytes: number, owner?: object): Holding {
    const block = this.take(bytes);
    if (owner !== undefined) forgotten?.register(owner, block, block);
    return block;
  }

  /**
   * Holds a structure of another thread for `owner`, as {@link allocate} does a new one. Throws `DISPOSED`.
   * @internal
   */
  hold(handle: StructureHandle, owner: object): Holding {
    const block = this.join(handle);
    forgotten?.register(owner, block, block);
    return block;
  }

  /** The handle of a block, where threads share this memory. @internal */
  handleOf(_block: Holding, kind: string): StructureHandle {
    throw notShared(kind);
  }

  /** @internal */
  protected join({ kind }: StructureHandle): Holding {
    throw notShared(kind);
  }

  /** @internal */
  protected take(bytes: number): Holding {
    const at = this.core.arenaAlloc(bytes) >>> 0;
    if (at === 0) {
      throw new HoldfastError(
        "ARENA_FULL",
        `the core's memory of ${this.memory.buffer.byteLength} bytes has no room for ${bytes} more; dispose what is no longer used, or create a runtime with a larger memoryBytes`,
        { details: { bytes, memoryBytes: this.memory.buffer.byteLength, usedBytes: this.core.arenaUsed() >>> 0 } },
      );
    }
    return new Block(this.core, at);
  }

  /** Frees what {@link allocate} or {@link hold} gave. @internal */
  release(block: Holding): void {
    forgotten?.unregister(block);
    block.free();
  }

  /** The bytes at `at`, not copied. @internal */
  view(at: Address, bytes: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, at, bytes);
  }

  /** A kilobyte for passing texts in; the core may read 7 bytes behind what was written. @internal */
  get scratch(): Uint8Array {
    this.#scratch ??= this.view(this.allocate(scratchBytes + 8).at, scratchBytes);
    return this.#scratch;
  }

  /**
   * Where calls of the core tell more than the one number that they return. It is the head of {@link scratch}: a key has been
   * read by then, and whoever calls reads at once what he was told.
   * @internal
   */
  get told(): Told {
    this.#told ??= this.#tell(this.scratch.byteOffset);
    return this.#told;
  }

  #tell(at: Address): Told {
    return { at, numbers: new Float64Array(this.memory.buffer, at, 2) };
  }
}

/** Longest piece of text that is passed in at once. */
export const scratchBytes = 1024;

function instantiate(
  source: CoreSource,
  pages: number,
  given: WasmMemory | undefined,
): { readonly memory: WebAssembly.Memory; readonly exports: CoreExports } {
  if ("open" in source.module) {
    const { memory, exports } = source.module.open(pages);
    return { memory: memory as WebAssembly.Memory, exports: exports as CoreExports };
  }
  // A module does not tell whether the memory that it imports must be shared. The profile does where we built the module;
  // for others both are tried, the unshared first.
  const order = source.profile === "server" ? [true, false] : [false, true];
  let failure: unknown;
  for (const shared of order) {
    try {
      const memory = (given ??
        new WebAssembly.Memory({ initial: pages, maximum: pages, shared })) as WebAssembly.Memory;
      const { exports } = new WebAssembly.Instance(source.module, { env: { memory } });
      return { memory, exports: exports as unknown as CoreExports };
    } catch (error) {
      failure ??= error;
    }
  }
  throw new HoldfastError(
    "CORE_BLOCKED",
    `the core (${source.profile}) could not be instantiated with ${pages * pageBytes} bytes of memory; give a smaller memoryBytes, or provide a module built from this package's own .wasm files`,
    { cause: failure, details: { profile: source.profile, memoryBytes: pages * pageBytes } },
  );
}

/** The source and size of a runtime's core, from its options; `choose` names the source where nobody gave a module. @internal */
export function openRuntime<Exports extends CoreExports>(
  options: RuntimeOptions,
  choose: () => CoreSource,
  parts?: Pick<GivenParts, "face" | "keyBatch">,
): Runtime<Exports> {
  const source: CoreSource =
    options.module === undefined
      ? choose()
      : {
          module: options.module,
          profile: "open" in options.module ? options.module.profile : "given",
          reason: "createRuntime was given its module",
        };
  const memoryBytes = options.memoryBytes ?? profiles[source.profile]?.memoryBytes ?? fallbackMemoryBytes;
  if (!(memoryBytes > 0 && memoryBytes <= maxPages * pageBytes)) {
    throw invalidOption("memoryBytes", memoryBytes, `give a number of bytes from 1 to ${maxPages * pageBytes}`);
  }
  return new Runtime<Exports>(source, memoryBytes, { clock: options.clock, ...parts });
}
