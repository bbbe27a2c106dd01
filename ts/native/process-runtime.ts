/** A core over a file that several processes of a host map: one limit, one breaker, one queue for all of them. */

import { resolve } from "node:path";
import {
  type FullRuntime,
  liveOwner,
  type NativeExports,
  type RuntimeHandle,
  SharedRuntime,
  type Sleeper,
  type StructureHandle,
} from "../../bindings/index.js";
import { dispose, HoldfastError, invalidOption, type Timer } from "../kernel/index.js";
import { addon, calling, type SharedFile } from "./addon.js";
import { checkedName, Directory, digestOf, type NamedStructure } from "./directory.js";
import { hostClock } from "./host-clock.js";

/** Options of {@link processRuntime}. */
export interface ProcessRuntimeOptions {
  /** Path of the file, on a local file system; /run and /dev/shm keep it in memory. It is made where it is not there. */
  readonly file: string;
  /** Bytes of memory for structures, up to 4 GiB, rounded up to 64 KiB; whoever makes the file decides. Default: 16 MiB. */
  readonly memoryBytes?: number | undefined;
  /** Structures that may be there at once: 1 to 65,536; whoever makes the file decides. Default: 1024. */
  readonly maxStructures?: number | undefined;
  /** Milliseconds between looks for processes that died: 10 to 3,600,000. Default: 250. */
  readonly sweepMs?: number | undefined;
}

/** What processes can share has a handle. */
export interface Shareable {
  readonly handle: StructureHandle;
}

/** A class whose structures processes can share. */
export interface ShareableClass<Options, S> {
  new (options: Options, runtime: FullRuntime): S;
  attach(handle: StructureHandle): unknown;
  readonly name: string;
}

/** A thread of a process that works on the file. */
export interface ProcessOwner {
  readonly process: number;
  readonly thread: number;
}

/** The number that stands for the file itself: what it holds stays when all processes have ended. */
const fileItself = 0;
/** How long a lock is waited for; it is held for microseconds. */
const patienceMs = 5_000;

/** A core of this thread over a file that other processes have cores of their own over. */
export class ProcessRuntime extends SharedRuntime implements Disposable {
  /** @internal */
  override readonly sleeper: Sleeper;
  readonly #file: SharedFile;
  readonly #directory: Directory;
  readonly #sweepMs: number;
  #timer: Timer | undefined;

  /** @internal */
  constructor(file: SharedFile, handle: RuntimeHandle, sweepMs: number) {
    const memory = { buffer: file.memory() };
    const open = () => ({ memory, exports: file.exports() });
    const source = { module: { profile: "native", open }, profile: "native", reason: "the native addon was loaded" };
    super(source, memory.buffer.byteLength, { workerId: addon().threadNumber(), clock: hostClock }, { handle });
    this.#file = file;
    this.#directory = new Directory(file.header(), file.structures);
    this.#sweepMs = sweepMs;
    this.sleeper = {
      sleep: (event, ticket, limitMs) => void this.core.eventWait(event, ticket, limitMs * 1000),
      sleepAsync: (event, ticket, limitMs) => file.sleep(event, ticket, limitMs) ?? undefined,
    };
    this.#sweepLater();
  }

  /** The time that all processes of the host agree on, in milliseconds: what to pass to structures as `nowMs`. */
  now(): number {
    return hostClock.now();
  }

  /**
   * The structure of that name: made by whoever asks first, the same one for all others, also when every process has ended
   * meanwhile.
   *
   * @param name 1 to 64 bytes in UTF-8.
   * @param options what to make it with, and what the others must have made it with too.
   *
   * Errors: `NAME_TAKEN` where a structure of another class, or one made with other options, has the name; `INVALID_OPTION`,
   * `ARENA_FULL`, `FILE_BUSY`, `DISPOSED`.
   *
   * @example
   * ```ts no-run
   * import { TokenBucket } from "holdfast/core";
   * import { processRuntime } from "holdfast/native";
   *
   * const host = processRuntime({ file: "/run/shop/limits" });
   * const logins = host.structure("logins", TokenBucket, { limit: 10, perMs: 60_000 });
   * logins.tryAcquire(1, host.now()); // 0: the first of ten in this minute, over all processes of the host
   * ```
   */
  structure<Options, S extends Shareable>(name: string, made: ShareableClass<Options, S>, options: Options): S {
    checkedName(name);
    const { kind } = made as unknown as { readonly kind: string | undefined };
    if (kind === undefined) {
      throw invalidOption("class", made.name, "give a class whose structures several threads may use at once");
    }
    const digest = digestOf(options);
    return this.#locked(() => {
      const known = this.#directory.find(name);
      if (known === undefined) return this.#make(name, made, options, digest);
      if (known.kind !== kind)
        throw taken(`${name} is a ${known.kind} in this file; give another name to a ${kind}`, known);
      if (known.digest !== digest) {
        throw taken(
          `${name} was made with other options; all processes must give the same, and forget("${name}") first where they shall change`,
          known,
        );
      }
      return made.attach({ ...known, runtime: this.handle }) as S;
    });
  }

  #make<Options, S extends Shareable>(
    name: string,
    made: ShareableClass<Options, S>,
    options: Options,
    digest: string,
  ): S {
    if (this.#directory.full) {
      throw new HoldfastError("ARENA_FULL", "the file has as many names as its maxStructures allows; forget some");
    }
    const structure = new made(options, this as unknown as FullRuntime);
    const { kind, entry, address, generation } = structure.handle;
    this.core.registryHold(this.handle.registry, entry, address, generation, fileItself);
    this.#directory.add({ name, kind, entry, address, generation, digest });
    return structure;
  }

  /** Takes the name from its structure, which ends when nobody uses it any more; whether there was one. */
  forget(name: string): boolean {
    return this.#locked(() => {
      const known = this.#directory.find(name);
      if (known === undefined) return false;
      this.#directory.remove(name);
      this.core.registryDrop(this.handle.registry, known.entry, fileItself);
      return true;
    });
  }

  /** The names in the file and the class of each one's structure. */
  names(): { readonly name: string; readonly kind: string }[] {
    return this.#locked(() => this.#directory.list().map(({ name, kind }) => ({ name, kind })));
  }

  /** Who works on the file, this thread too. */
  owners(): ProcessOwner[] {
    return this.#locked(() => this.ownersIn((state) => state === liveOwner).map((owner) => this.#file.identity(owner)));
  }

  /**
   * Takes back what processes and threads held that died: permits, slots that they were writing or reading, their hold on structures.
   * Returns how many there were. It is done by itself every `sweepMs`.
   */
  sweep(): number {
    const { registry } = this.handle;
    const dead = (owner: number) =>
      owner !== this.owner && this.#file.isDead(owner, this.core.registryOwner(registry, owner, 1) >>> 0);
    // A look without the lock finds nobody most of the time; who is just joining looks dead to it, but not under the lock.
    if (!this.ownersIn((state) => state !== 0).some(dead)) return 0;
    return this.#locked(() => {
      const found = this.ownersIn((state) => state !== 0).filter(dead);
      for (const owner of found) (this.core as NativeExports).registryRepair(registry, owner);
      return found.length;
    });
  }

  /** {@link sweep} for those that are not found dead by themselves: threads that you know to have ended. */
  override reclaim(thread: number): number {
    return this.#locked(() => super.reclaim(thread));
  }

  /** Lets go of everything that this thread holds in the file, and disposes its structures; the file and what has a name stay. */
  override leave(): void {
    this.#timer?.cancel();
    this.#locked(() => {
      super.leave();
      this.#file.disclaim(this.owner);
    });
  }

  [dispose](): void {
    this.leave();
  }

  #sweepLater(): void {
    const look = () => {
      if (this.left) return;
      this.sweep();
      this.#sweepLater();
    };
    this.#timer = this.clock.schedule(look, this.#sweepMs, { keepAlive: false });
  }

  #locked<T>(use: () => T): T {
    return locked(this.#file, use);
  }
}

/** Runs `use` under the file's lock. Throws `FILE_BUSY`. */
function locked<T>(file: SharedFile, use: () => T): T {
  if (!calling(() => file.lock(patienceMs))) {
    throw new HoldfastError("FILE_BUSY", `another process holds the file's lock for more than ${patienceMs / 1000} s`, {
      retryable: true,
    });
  }
  try {
    return use();
  } finally {
    file.unlock();
  }
}

function taken(message: string, { name, kind }: NamedStructure): HoldfastError {
  return new HoldfastError("NAME_TAKEN", message, { details: { name, kind } });
}

function between(name: string, value: number | undefined, otherwise: number, min: number, max: number): number {
  const given = value ?? otherwise;
  if (given >= min && given <= max) return given;
  throw invalidOption(name, value, `give a number from ${min} to ${max}`);
}

const opened = new Map<string, WeakRef<ProcessRuntime>>();

/**
 * Opens a file whose structures all processes of the host share: the workers of a cluster, the instances of a service on one
 * machine. A limit of 100 a second is then 100 a second over all of them, exactly, without a server between.
 *
 * A process that is killed takes nothing with it: its permits and slots are back within `sweepMs`, and what it was in the middle
 * of was either done or not. After a restart of the machine the file begins anew, because its times do. A call costs about as much as
 * two clock reads; within one process `sharedRuntime` of `holdfast/shared` is faster.
 *
 * A thread that opens the same file again gets the same runtime. The file must not be cut off while it is used.
 *
 * Errors: `NATIVE_UNAVAILABLE` without the addon ({@link nativeInfo} says why); `FILE_FOREIGN` for a file of another make;
 * `FILE_TORN` for a damaged one; `FILE_OTHER_BUILD` for one of another version; `FILE_UNSAFE` where anybody may write to it;
 * `FILE_UNUSABLE` where the system refuses, or the file is on another machine; `FILE_BUSY`; `TOO_MANY_THREADS` where 62 threads
 * work on it; `INVALID_OPTION`. Calls of structures throw `FILE_DAMAGED` where what stands in the file cannot be.
 *
 * @example
 * ```ts no-run
 * import { SharedSemaphore } from "holdfast/core";
 * import { processRuntime } from "holdfast/native";
 *
 * const host = processRuntime({ file: "/dev/shm/shop" });
 * const exports = host.structure("exports", SharedSemaphore, { permits: 4 });
 * if (exports.tryAcquire()) exports.release(); // at most four at a time on this host
 * ```
 */
export function processRuntime(options: ProcessRuntimeOptions): ProcessRuntime {
  const memoryBytes = between("memoryBytes", options.memoryBytes, 16 << 20, 1, 2 ** 32 - 65_536);
  const structures = Math.trunc(between("maxStructures", options.maxStructures, 1024, 1, 65_536));
  const sweepMs = between("sweepMs", options.sweepMs, 250, 10, 3_600_000);
  if (typeof options.file !== "string" || options.file === "" || options.file.includes("\0")) {
    throw invalidOption("file", options.file, "give the path of a file");
  }
  const path = resolve(options.file);
  const file = calling(() =>
    addon().openFile(path, { memoryBytes: Math.ceil(memoryBytes / 65_536) * 65_536, structures }),
  );
  const known = opened.get(file.id)?.deref();
  if (known !== undefined && !known.left) return known;
  const handle = {
    id: file.id,
    profile: "native",
    module: undefined,
    memory: undefined,
    registry: file.registry,
    leaseMs: undefined,
  };
  const runtime = locked(file, () => {
    const made = new ProcessRuntime(file, handle, sweepMs);
    calling(() => file.claim(made.owner));
    return made;
  });
  opened.set(file.id, new WeakRef(runtime));
  runtime.sweep();
  return runtime;
}
