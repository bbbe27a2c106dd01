/** What tests of clocks need of a build: structures of each kind, timestamps and contexts in memory, stamps as bytes. */

import { expect } from "vitest";
import { type Build, type BuildName, buildsWith } from "./builds.js";

/** The builds that have dotted version vectors and interval tree clocks: the embedded one is too small. */
export const roomyBuilds: readonly BuildName[] = buildsWith("stampInit");

/** A hybrid clock in a build, with timestamps as one number. */
export class BuiltHybrid {
  readonly build: Build;
  readonly at: number;
  readonly #to: number;

  constructor(build: Build, logicalBits: number, offsetMaxUs: number) {
    this.build = build;
    this.at = build.alloc(build.x.hybridSize());
    this.#to = build.alloc(8);
    expect(build.x.hybridInit(this.at, logicalBits, offsetMaxUs)).toBe(0);
  }

  #written(): bigint {
    return new DataView(this.build.memory.buffer).getBigUint64(this.#to, true);
  }

  /** The first of `count` timestamps, or why there is none. */
  now(nowUs: number, count = 1): bigint | number {
    const status = this.build.x.hybridNow(this.at, nowUs, count, this.#to);
    return status === 0 ? this.#written() : status;
  }

  /** 0, or why not; where the remote clock is too far ahead, by how many microseconds as a big number. */
  update(remote: bigint, nowUs: number): bigint | number {
    const status = this.build.x.hybridUpdate(this.at, low(remote), high(remote), nowUs, this.#to);
    return status === 4 ? this.#written() : status;
  }

  forward(stamp: bigint): number {
    return this.build.x.hybridForward(this.at, low(stamp), high(stamp));
  }

  get last(): bigint {
    this.build.x.hybridLast(this.at, this.#to);
    return this.#written();
  }
}

const low = (value: bigint): number => Number(value & 0xffffffffn);
const high = (value: bigint): number => Number(value >> 32n);

/** Rows of a context: id and counter, sorted. */
export type Context = readonly (readonly [id: number, counter: number])[];

/** Writes a context and gives its address. */
export function writeContext(build: Build, context: Context): number {
  const at = build.alloc(Math.max(8, context.length * 16));
  const view = new DataView(build.memory.buffer, at);
  for (const [index, [id, counter]] of context.entries()) {
    view.setUint32(index * 16, id, true);
    view.setUint32(index * 16 + 4, 0, true);
    view.setBigUint64(index * 16 + 8, BigInt(counter), true);
  }
  return at;
}

/** Reads a context of `count` rows. */
export function readContext(build: Build, at: number, count: number): Context {
  const view = new DataView(build.memory.buffer, at);
  return Array.from(
    { length: count },
    (_, index) => [view.getUint32(index * 16, true), Number(view.getBigUint64(index * 16 + 8, true))] as const,
  );
}

/** All that a dotted version vector set holds. */
export interface SetContent {
  readonly rows: readonly (readonly [id: number, counter: number, values: readonly number[]])[];
  readonly anonymous: readonly number[];
}

/** A dotted version vector set in a build. */
export class BuiltSet {
  readonly build: Build;
  readonly at: number;
  readonly #scratch: number;

  constructor(build: Build, rows = 16, values = 64) {
    this.build = build;
    const bytes = build.x.dottedSetSize(rows, values);
    this.at = build.alloc(bytes);
    this.#scratch = build.alloc(bytes);
    expect(build.x.dottedSetInit(this.at, rows, values)).toBe(0);
  }

  update(context: Context, id: number, value: number): number {
    const at = writeContext(this.build, context);
    return this.build.x.dottedSetUpdate(this.at, at, context.length, id, value, this.#scratch);
  }

  sync(other: BuiltSet): number {
    return this.build.x.dottedSetSync(this.at, other.at, this.#scratch);
  }

  compare(other: BuiltSet): number {
    return this.build.x.dottedSetCompare(this.at, other.at);
  }

  discard(context: Context): number {
    return this.build.x.dottedSetDiscard(this.at, writeContext(this.build, context), context.length);
  }

  get context(): Context {
    const to = this.build.alloc(16 * 16);
    return readContext(this.build, to, this.build.x.dottedSetJoin(this.at, to));
  }

  get content(): SetContent {
    const { x } = this.build;
    let next = 0;
    const values = (count: number): number[] => Array.from({ length: count }, () => x.dottedSetValue(this.at, next++));
    const rows = Array.from({ length: x.dottedSetRead(this.at, 0) }, (_, index) => {
      const [id, counter, count] = [0, 1, 2].map((what) => x.dottedSetRow(this.at, index, what)) as [
        number,
        number,
        number,
      ];
      return [id, counter, values(count)] as const;
    });
    return { rows, anonymous: values(x.dottedSetRead(this.at, 2)) };
  }
}

/** A stamp of an interval tree clock in a build. */
export class BuiltStamp {
  readonly build: Build;
  readonly at: number;
  readonly capacity: number;

  constructor(build: Build, capacity = 256) {
    this.build = build;
    this.capacity = capacity;
    this.at = build.alloc(build.x.stampSize(capacity));
    expect(build.x.stampInit(this.at, capacity)).toBe(0);
  }

  /** Runs an operation over this and another stamp, and holds it to the scratch that it asked for. */
  #within(bits: number, run: (scratch: number) => number): number {
    const { x } = this.build;
    const size = x.stampScratch(bits);
    const block = this.build.alloc(size + 8);
    const end = this.build.bytes(block + size, 8);
    end.fill(0xa5);
    const status = run(block);
    expect([...end]).toEqual(new Array(8).fill(0xa5));
    this.#free(block);
    return status;
  }

  #free(block: number): void {
    this.build.x.arenaFree(block, this.build.x.arenaGeneration(block));
  }

  get bits(): number {
    return this.build.x.stampBits(this.at);
  }

  /** A stamp of the same capacity that is to be overwritten. */
  #another(): BuiltStamp {
    return new BuiltStamp(this.build, this.capacity);
  }

  event(): number {
    return this.#within(this.bits, (scratch) => this.build.x.stampEvent(this.at, scratch));
  }

  /** The second half, or why there is none. */
  fork(): BuiltStamp | number {
    const other = this.#another();
    const status = this.#within(this.bits, (scratch) => this.build.x.stampFork(this.at, other.at, scratch));
    return status === 0 ? other : status;
  }

  peek(): BuiltStamp {
    const other = this.#another();
    expect(this.#within(this.bits, (scratch) => this.build.x.stampPeek(this.at, other.at, scratch))).toBe(0);
    return other;
  }

  join(other: BuiltStamp): number {
    const bits = this.bits + other.bits;
    return this.#within(bits, (scratch) => this.build.x.stampJoin(this.at, other.at, scratch));
  }

  compare(other: BuiltStamp): number {
    const bits = this.bits + other.bits;
    return this.#within(bits, (scratch) => this.build.x.stampCompare(this.at, other.at, scratch));
  }

  decode(bytes: Uint8Array): number {
    const from = this.build.alloc(bytes.length + 8);
    this.build.bytes(from, bytes.length).set(bytes);
    return this.#within(bytes.length * 8, (scratch) => this.build.x.stampDecode(this.at, from, bytes.length, scratch));
  }

  /** Bits of the code, and its bytes in hexadecimal. */
  get code(): { readonly bits: number; readonly hex: string } {
    const to = this.build.alloc(this.capacity + 8);
    const bits = this.build.x.stampEncode(this.at, to);
    const hex = Buffer.from(this.build.bytes(to, (bits + 7) >> 3)).toString("hex");
    this.#free(to);
    return { bits, hex };
  }
}
