import {
  type Address,
  type FullExports,
  type FullRuntime,
  fullRuntime,
  type Holding,
  KeyWriter,
} from "../../../bindings/index.js";
import { HoldfastError, invalidOption, systemRandom } from "../../kernel/index.js";
import { seed, whole } from "../options.js";
import { Structure } from "../structure.js";

/** What a {@link ConcurrentHashMap} is looked up by: whole numbers are exact, texts and bytes are kept as a 64-bit digest. */
export type MapKey = number | bigint | string | Uint8Array;

/** Options of {@link ConcurrentHashMap}. */
export interface ConcurrentHashMapOptions {
  /** Keys that there is room for in any case: 1 to 2^24. */
  readonly capacity: number;
  /** The secret of the hash, four numbers of 32 bits. Default: from the host's entropy. Give it where runs must repeat. */
  readonly seed?: readonly [number, number, number, number] | undefined;
}

/** What the core is asked. */
const asks = { get: 0, set: 1, insert: 2, remove: 3, add: 4, replace: 5 } as const;

const absent = 0;
const full = 2;
/** Bytes of what a thread needs for itself: the state of the hash, and a place for results. */
const privateBytes = 64;
const outOffset = 56;

/** A map's memory of a thread's own. */
interface Own {
  readonly block: Holding;
  readonly writer: KeyWriter;
  readonly view: DataView;
}

/**
 * A map from keys to whole numbers that any number of threads read and change at once: lock-free, of fixed size.
 *
 * Use it for counters, versions, owners and places in other structures that all workers look up. Values are −(2^53 − 1) to 2^53 − 1.
 * Each call is atomic by itself; `add`, `insert` and `replace` are what to build on. Texts and bytes are kept as a keyed digest
 * of 64 bits: two of a million share one with a probability of 2^-25.
 *
 * Errors: `INVALID_OPTION`, `DISPOSED`, `NOT_SHARED`; `ARENA_FULL`, also where the map has no room for another key.
 * Source: Michael, "High Performance Dynamic Lock-Free Hash Tables and List-Based Sets" (SPAA 2002).
 *
 * @example
 * ```ts
 * import { ConcurrentHashMap } from "holdfast/core";
 *
 * const map = new ConcurrentHashMap({ capacity: 1_000 });
 * map.set("a", 1); // => undefined
 * map.add("a", 5); // => 6
 * map.replace("a", 6, 7); // => true
 * map.insert("a", 9); // => 7
 * map.delete("a"); // => 7
 * map.get("a"); // => undefined
 * ```
 */
export class ConcurrentHashMap extends Structure<FullExports> {
  /** @internal */
  static override readonly kind: string = "ConcurrentHashMap";
  /** Keys that there is room for in any case. */
  capacity!: number;
  /** @internal */
  protected own!: Own;

  constructor(options: ConcurrentHashMapOptions, runtime: FullRuntime = fullRuntime()) {
    const capacity = whole("capacity", options.capacity, 1, 2 ** 24);
    const secret = (options.seed ?? [0, 0, 0, 0].map(() => systemRandom.uint32())).map((each) => seed("seed", each));
    super(runtime.core.mapSize(capacity) >>> 0, runtime);
    this.core.mapInit(this.at, capacity, secret[0]!, secret[1]!, secret[2]!, secret[3]!);
    this.attached();
  }

  /** @internal */
  protected override attached(): void {
    const { core, runtime } = this;
    const block = runtime.allocate(privateBytes, this);
    runtime.view(block.at, privateBytes).fill(0);
    const view = new DataView(runtime.memory.buffer, block.at, privateBytes);
    const digest = (map: Address, key: Address, length: number) =>
      core.mapDigest(map, block.at, key, length, 0, block.at + outOffset);
    this.own = { block, writer: new KeyWriter(runtime, digest), view };
    this.capacity = new DataView(runtime.memory.buffer, this.at, 24).getUint32(20, true);
  }

  /** Lets go of the map; it lives on while other threads hold it. */
  override dispose(): void {
    if (this.at === 0) return;
    super.dispose();
    this.runtime.release(this.own.block);
  }

  /** The value of `key`; undefined where it is not there. */
  get(key: MapKey): number | undefined {
    return this.askCore(asks.get, key, 0, 0) === absent ? undefined : this.answer();
  }

  /** Whether `key` is there. */
  has(key: MapKey): boolean {
    return this.askCore(asks.get, key, 0, 0) !== absent;
  }

  /** Sets the value of `key`; returns the one before, undefined where it was not there. */
  set(key: MapKey, value: number): number | undefined {
    return this.askCore(asks.set, key, value, 0) === absent ? undefined : this.answer();
  }

  /** Sets the value of `key` if it is not there, and returns undefined then; else the value that is there. */
  insert(key: MapKey, value: number): number | undefined {
    return this.askCore(asks.insert, key, value, 0) === absent ? undefined : this.answer();
  }

  /** Removes `key`; returns its value, undefined where it was not there. */
  delete(key: MapKey): number | undefined {
    return this.askCore(asks.remove, key, 0, 0) === absent ? undefined : this.answer();
  }

  /** Adds to the value of `key`, which is 0 where it is not there, and returns the sum. */
  add(key: MapKey, amount: number): number {
    this.askCore(asks.add, key, amount, 0);
    return this.answer();
  }

  /** Sets the value of `key` if it is `expected`; whether it was. */
  replace(key: MapKey, expected: number, value: number): boolean {
    return this.askCore(asks.replace, key, value, expected) !== absent && this.answer() === expected;
  }

  /** Keys in the map; approximate while others work. */
  get size(): number {
    return this.core.mapCount(this.live);
  }

  /** @internal */
  protected askCore(what: number, key: MapKey, value: number, expected: number): number {
    const at = this.live;
    const { view, block } = this.own;
    const out = block.at + outOffset;
    checked("value", value);
    checked("expected", expected);
    let low: number;
    let high: number;
    if (typeof key === "number") {
      checked("key", key);
      low = key | 0;
      high = highHalf(key);
    } else if (typeof key === "bigint") {
      low = Number(key & 0xffff_ffffn) | 0;
      high = Number((key >> 32n) & 0xffff_ffffn) | 0;
    } else {
      const { writer } = this.own;
      const length = typeof key === "string" ? writer.write(at, key) : writer.writeBytes(at, key);
      this.core.mapDigest(at, block.at, writer.at, length, 1, out);
      low = view.getInt32(outOffset, true);
      high = view.getInt32(outOffset + 4, true);
    }
    const [valueHigh, expectedHigh] = [highHalf(value), highHalf(expected)];
    const status = this.core.mapAsk(at, what, low, high, value | 0, valueHigh, expected | 0, expectedHigh, out);
    if (status !== full) return status;
    throw new HoldfastError("ARENA_FULL", `this map has no room for another key; it was made for ${this.capacity}`, {
      details: { capacity: this.capacity },
    });
  }

  /** The value that the core wrote. @internal */
  protected answer(): number {
    const { view } = this.own;
    return view.getInt32(outOffset + 4, true) * 2 ** 32 + view.getUint32(outOffset, true);
  }
}

/** The upper 32 bits of a whole number in two's complement; `| 0` gives the lower ones. */
function highHalf(value: number): number {
  return Math.floor(value / 2 ** 32) | 0;
}

function checked(name: string, value: number): void {
  if (!Number.isSafeInteger(value)) {
    throw invalidOption(name, value, "give a whole number from -(2^53 - 1) to 2^53 - 1");
  }
}
