/** Runtimes over one memory that several threads share, each with an instance of its own. */

import * as chosen from "#wasm-shared";
import { type Clock, HoldfastError, invalidOption, systemRandom } from "../ts/kernel/index.js";
import { findAttached, noteAttached } from "./attached.js";
import type { Address } from "./exports/base.js";
import type { FullExports } from "./exports/full.js";
import type { WasmMemory } from "./host-types.js";
import { type Lease, owners, startLease } from "./lease.js";
import { type Holding, Runtime, type RuntimeHandle, type StructureHandle } from "./runtime.js";
import { type CoreSource, chosenSource } from "./source.js";
import { thisWorkerId } from "./worker-id.js";

/** What both ends of a shared runtime may set. */
export interface ThreadOptions {
  /**
   * By what number others report this thread dead with {@link SharedRuntime.reclaim}: a whole number below 2^32. Default: the
   * thread's `threadId` in Node, Deno and Bun, 0 elsewhere.
   */
  readonly workerId?: number | undefined;
  /** What waiting and the lease go by. Default: the system's. */
  readonly clock?: Clock | undefined;
}

/** Options of {@link sharedRuntime}. */
export interface SharedRuntimeOptions extends ThreadOptions {
  /** Size of the memory in bytes, fixed for its life, rounded up to 64 KiB, at most 4 GiB. Default: 16 MiB. */
  readonly memoryBytes?: number | undefined;
  /** Structures that may be there at once: 1 to 65,536. Default: 1024. */
  readonly maxStructures?: number | undefined;
  /**
   * Milliseconds without a sign of life after which any thread counts as dead and what it held is taken back: 100 to 3,600,000. A
   * thread gives signs of life from its event loop, so one that computes for longer in one go counts as dead too. Default: none;
   * then only threads that were reported dead are.
   */
  readonly leaseMs?: number | undefined;
}

/** A worker as Node, Deno and Bun have it. */
export interface WatchableWorker {
  readonly threadId: number;
  once(event: "exit", listener: () => void): unknown;
}

/** Answer of the registry where it has no entry left. */
const noEntry = 2 ** 32 - 1;
/** State of an owner that has its number, in the lowest two bits of its word. */
export const liveOwner = 1;

/** A block that this thread holds, perhaps together with others; whoever is last to let go frees it. */
class SharedBlock implements Holding {
  readonly at: Address;
  readonly entry: number;
  readonly generation: number;
  readonly #let: (block: SharedBlock) => void;

  constructor(at: Address, entry: number, generation: number, letGo: (block: SharedBlock) => void) {
    this.at = at;
    this.entry = entry;
    this.generation = generation;
    this.#let = letGo;
  }

  free(): void {
    this.#let(this);
  }
}

/** How many objects of this thread stand for one block. */
interface Held {
  readonly generation: number;
  readonly blocks: Set<SharedBlock>;
}

/** A core of this thread over a memory that other threads have cores of their own over. */
export class SharedRuntime extends Runtime<FullExports> {
  override readonly owner: number;
  /** What other threads need to work on this memory: plain data, for `postMessage` and `workerData`. */
  readonly handle: RuntimeHandle;
  /** The owner's word in the registry while this thread has its number. */
  readonly #word: number;
  readonly #held = new Map<number, Held>();
  /** The objects that the blocks are held for. */
  readonly #users = new Map<Holding, WeakRef<{ dispose(): void }>>();
  readonly #lease: Lease | undefined;

  /** @internal */
  constructor(source: CoreSource, memoryBytes: number, options: ThreadOptions, place: RegistryPlace) {
    const memory = place.handle?.memory;
    super(source, memoryBytes, memory === undefined ? options : { ...options, memory });
    this.handle = place.handle ?? this.#found(source, place);
    const registry = this.handle.registry;
    this.owner = this.core.registryJoin(registry, workerIdOf(options));
    if (this.owner === 0) {
      throw new HoldfastError(
        "TOO_MANY_THREADS",
        `${owners} threads work on this memory; report those that ended with reclaim(workerId) or watch(worker)`,
        { retryable: true },
      );
    }
    this.#word = this.core.registryOwner(registry, this.owner, 0);
    noteAttached(this.handle.id, this);
    const { leaseMs } = this.handle;
    this.#lease = leaseMs === undefined ? undefined : startLease(this, leaseMs);
  }

  /** Makes the registry in a fresh memory. */
  #found({ module, profile }: CoreSource, { maxStructures = 1024, leaseMs }: RegistryPlace): RuntimeHandle {
    const at = super.take(this.core.registrySize(maxStructures)).at;
    this.core.registryInit(at, maxStructures);
    const id = [0, 0, 0].map(() => systemRandom.uint32().toString(36)).join("-");
    return { id, profile, module, memory: this.memory as WasmMemory, registry: at, leaseMs };
  }

  override get sharedCore(): FullExports {
    return this.core;
  }

  /** Whether this thread left, or was taken for dead by the others. */
  get left(): boolean {
    return this.core.registryOwner(this.handle.registry, this.owner, 0) !== this.#word;
  }

  /**
   * Takes back what the thread of that number held, and returns how many owners that were: its permits, the slots that it was
   * writing or reading, its hold on structures. Call it when you know that the thread ended.
   */
  reclaim(workerId: number): number {
    const { registry } = this.handle;
    let found = 0;
    for (const owner of this.ownersIn((state) => state === liveOwner)) {
      const word = this.core.registryOwner(registry, owner, 0);
      if (this.core.registryOwner(registry, owner, 1) !== workerId) continue;
      found += this.core.registryReclaim(registry, owner, word);
    }
    return found;
  }

  /** The numbers of owners by their state, the lowest two bits of their words: 0 is nobody's, 1 live, 2 and 3 changing. @internal */
  protected ownersIn(accept: (state: number) => boolean): number[] {
    const numbers = Array.from({ length: owners }, (_, index) => index + 1);
    return numbers.filter((owner) => accept(this.core.registryOwner(this.handle.registry, owner, 0) & 3));
  }

  /** Has {@link reclaim} called as soon as `worker` ends, however it does; returns the worker. */
  watch<W extends WatchableWorker>(worker: W): W {
    // Once it has ended its number is -1.
    const { threadId } = worker;
    worker.once("exit", () => this.reclaim(threadId));
    return worker;
  }

  /** Lets go of everything that this thread holds in the memory, and disposes its structures; the other threads go on. */
  leave(): void {
    this.#lease?.stop();
    this.core.registryReclaim(this.handle.registry, this.owner, this.#word);
    for (const user of [...this.#users.values()]) user.deref()?.dispose();
    noteAttached(this.handle.id, undefined);
  }

  override allocate(bytes: number, user?: { dispose(): void }): Holding {
    const block = super.allocate(bytes, user);
    if (user !== undefined) this.#users.set(block, new WeakRef(user));
    return block;
  }

  override hold(handle: StructureHandle, user: { dispose(): void }): Holding {
    const block = super.hold(handle, user);
    this.#users.set(block, new WeakRef(user));
    return block;
  }

  override handleOf(block: SharedBlock, kind: string): StructureHandle {
    const { at: address, entry, generation } = block;
    return { runtime: this.handle, kind, address, entry, generation };
  }

  protected override take(bytes: number): Holding {
    if (this.left) throw this.#gone();
    const block = super.take(bytes);
    const entry = this.core.registryAdd(this.handle.registry, block.at, this.owner) >>> 0;
    if (entry === noEntry) {
      block.free();
      throw new HoldfastError(
        "ARENA_FULL",
        "the shared runtime has as many structures as its maxStructures allows; dispose what is no longer used, or make it with more",
      );
    }
    return this.#blockOf(block.at, entry, this.core.arenaGeneration(block.at));
  }

  protected override join({ address, entry, generation, kind }: StructureHandle): Holding {
    if (this.left) throw this.#gone();
    if (this.core.registryHold(this.handle.registry, entry, address, generation, this.owner) === 0) {
      throw new HoldfastError("DISPOSED", `this ${kind} was disposed by all threads that held it; make a new one`);
    }
    return this.#blockOf(address, entry, generation);
  }

  #blockOf(at: Address, entry: number, generation: number): SharedBlock {
    const block = new SharedBlock(at, entry, generation, (one) => this.#letGo(one));
    const held = this.#held.get(entry);
    if (held?.generation === generation) held.blocks.add(block);
    else this.#held.set(entry, { generation, blocks: new Set([block]) });
    return block;
  }

  #letGo(block: SharedBlock): void {
    this.#users.delete(block);
    const held = this.#held.get(block.entry);
    if (held?.generation !== block.generation || !held.blocks.delete(block) || held.blocks.size > 0) return;
    this.#held.delete(block.entry);
    // A thread that was taken for dead holds nothing any more; its number may be another's.
    if (!this.left) this.core.registryDrop(this.handle.registry, block.entry, this.owner);
  }

  #gone(): HoldfastError {
    return new HoldfastError(
      "DISPOSED",
      "this thread has left the shared runtime; attach it again with attachRuntime()",
    );
  }
}

/** Where the registry is: in the memory of a handle, or to be made. */
interface RegistryPlace {
  readonly handle?: RuntimeHandle;
  readonly maxStructures?: number | undefined;
  readonly leaseMs?: number | undefined;
}

function workerIdOf({ workerId = thisWorkerId() }: ThreadOptions): number {
  if (Number.isInteger(workerId) && workerId >= 0 && workerId < 2 ** 32) return workerId;
  throw invalidOption("workerId", workerId, "give a whole number from 0 to 2^32 - 1");
}

function checked(name: string, value: number | undefined, min: number, max: number): number | undefined {
  if (value === undefined || (value >= min && value <= max)) return value;
  throw invalidOption(name, value, `give a number from ${min} to ${max}`);
}

/**
 * Makes a memory that several threads share, and this thread's core over it. Structures that are made in it have a `handle`;
 * with it another thread gets the very same structure.
 *
 * Use it for one limit, one breaker, one queue over all workers of a process. Pass `runtime.handle` and the structures' handles by
 * `postMessage`; the worker calls {@link attachRuntime} and the class's `attach`. A structure lives until the last thread that
 * holds it has disposed it, left or was reclaimed.
 *
 * Errors: `NO_SHARED_MEMORY` where the host has no `SharedArrayBuffer`: a page must be served with `Cross-Origin-Opener-Policy:
 * same-origin` and `Cross-Origin-Embedder-Policy: require-corp`; `INVALID_OPTION`; `CORE_BLOCKED`.
 *
 * @example
 * ```ts
 * import { TokenBucket } from "holdfast/core";
 * import { attachRuntime, sharedRuntime } from "holdfast/shared";
 *
 * const runtime = sharedRuntime({ memoryBytes: 1 << 20 });
 * const bucket = new TokenBucket({ limit: 2, perMs: 1_000 }, runtime);
 *
 * // In a worker, with the two handles out of workerData or a message:
 * attachRuntime(runtime.handle);
 * const same = TokenBucket.attach(bucket.handle);
 *
 * bucket.tryAcquire(2, 0); // => 0
 * same.tryAcquire(1, 0); // => 500
 * ```
 */
export function sharedRuntime(options: SharedRuntimeOptions = {}): SharedRuntime {
  if (typeof SharedArrayBuffer === "undefined") {
    throw new HoldfastError(
      "NO_SHARED_MEMORY",
      "this host has no SharedArrayBuffer; a page gets it when it is served with the headers Cross-Origin-Opener-Policy: same-origin " +
        "and Cross-Origin-Embedder-Policy: require-corp (self.crossOriginIsolated is true then)",
    );
  }
  const memoryBytes = checked("memoryBytes", options.memoryBytes, 1, 2 ** 32 - 65_536) ?? 16 << 20;
  const maxStructures = checked("maxStructures", options.maxStructures, 1, 65_536);
  const leaseMs = checked("leaseMs", options.leaseMs, 100, 3_600_000);
  // Not the module that the application may have provided: threads need the build that is made for them.
  const source = chosenSource(chosen, "#wasm-shared");
  return new SharedRuntime(source, memoryBytes, options, { maxStructures, leaseMs });
}

/**
 * Makes this thread's core over the memory of another thread's {@link sharedRuntime}, from its handle or that of any structure
 * in it. A thread that has one already gets the same again.
 *
 * Errors: `TOO_MANY_THREADS` where 62 work on it; `CORE_BLOCKED`; `INVALID_OPTION`; `NOT_ATTACHED` where the memory is a file.
 *
 * @see {@link sharedRuntime} for an example.
 */
export function attachRuntime(handle: RuntimeHandle | StructureHandle, options: ThreadOptions = {}): SharedRuntime {
  const whole = "runtime" in handle ? handle.runtime : handle;
  const known = findAttached<SharedRuntime>(whole);
  if (known !== undefined && !known.left) return known;
  const { module, profile, memory } = whole;
  if (module === undefined || memory === undefined) {
    throw new HoldfastError(
      "NOT_ATTACHED",
      "this memory is a file; open it in this thread with processRuntime() of holdfast/native",
    );
  }
  const source = { module, profile, reason: "another thread shares its memory" };
  return new SharedRuntime(source, memory.buffer.byteLength, options, { handle: whole });
}
