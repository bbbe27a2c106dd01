/**
 * Threads that can be stopped before each access to memory and set back to where they were.
 *
 * A call is stopped by an exception out of the import that stands for the access, and taken up again by running it from its
 * start with the values that it has read so far: the code between accesses is a function of these values. So a thread's state
 * is the list of what it read, and any number of schedules can branch off.
 */

import { type AccessType, type Instrumented, instrument } from "./instrument.js";

/** An access that a thread is about to make. */
export interface Access extends AccessType {
  readonly address: number;
  /** Operands behind the address, as unsigned integers of the code's width. */
  readonly operands: readonly bigint[];
}

/** What a call does when it is run with what it has read: it stops before an access, or it is done. */
export type Progress = { readonly access: Access } | { readonly result: number };

/** Exported functions, as the explorer calls them. */
export type Calls = Readonly<Record<string, (...args: number[]) => number>>;

const givesNothing: ReadonlySet<AccessType["kind"]> = new Set(["store", "fill", "copy"]);

class Stop {
  readonly access: Access;
  constructor(access: Access) {
    this.access = access;
  }
}

const scratch = new DataView(new ArrayBuffer(8));

/** A value of the code as an unsigned integer. */
function bitsOf(value: number | bigint, type: AccessType["type"]): bigint {
  if (type === "i64") return BigInt.asUintN(64, value as bigint);
  if (type === "i32") return BigInt((value as number) >>> 0);
  if (type === "f32") {
    scratch.setFloat32(0, value as number);
    return BigInt(scratch.getUint32(0));
  }
  scratch.setFloat64(0, value as number);
  return scratch.getBigUint64(0);
}

/** What the code is given for the bits that were read. */
function codeValue(bits: bigint, { type, bytes, signed }: AccessType): number | bigint {
  const wide = signed ? BigInt.asIntN(bytes * 8, bits) : bits;
  if (type === "i64") return BigInt.asIntN(64, wide);
  if (type === "i32") return Number(BigInt.asIntN(32, wide));
  scratch.setBigUint64(0, bits);
  return type === "f32" ? scratch.getFloat32(4) : scratch.getFloat64(0);
}

/** Stretches of memory that an access reads and writes. */
export interface Footprint {
  readonly address: number;
  readonly bytes: number;
  readonly writes: boolean;
}

/** What an access touches; a failed compare-and-exchange counts as a write. */
export function footprintsOf({ kind, address, bytes, operands }: Access): Footprint[] {
  if (kind === "fill") return [{ address, bytes: Number(operands[1]!), writes: true }];
  if (kind === "copy") {
    const length = Number(operands[1]!);
    return [
      { address, bytes: length, writes: true },
      { address: Number(operands[0]!), bytes: length, writes: false },
    ];
  }
  return [{ address, bytes, writes: kind !== "load" && kind !== "wait" && kind !== "notify" }];
}

/** One instance of an instrumented module, which all threads share: the code has no state of its own. */
export class Machine {
  readonly calls: Calls;
  #read: readonly bigint[] = [];
  #cursor = 0;

  constructor(wasm: Uint8Array) {
    const instrumented: Instrumented = instrument(wasm);
    const imports = Object.fromEntries(
      instrumented.accesses.map((type, index) => [index, (...args: (number | bigint)[]) => this.#reach(type, args)]),
    );
    // The module demands a memory; nothing that is rewritten reaches it.
    const memory = new WebAssembly.Memory({ initial: 1, maximum: 65_536, shared: true });
    const module = new WebAssembly.Module(instrumented.bytes);
    this.calls = new WebAssembly.Instance(module, { env: { memory }, access: imports }).exports as unknown as Calls;
  }

  /** Runs a call with what it has read so far. */
  run(call: (calls: Calls) => number, read: readonly bigint[]): Progress {
    this.#read = read;
    this.#cursor = 0;
    try {
      return { result: call(this.calls) };
    } catch (stopped) {
      if (stopped instanceof Stop) return { access: stopped.access };
      throw stopped;
    }
  }

  #reach(type: AccessType, args: readonly (number | bigint)[]): number | bigint | undefined {
    if (this.#cursor < this.#read.length) {
      const bits = this.#read[this.#cursor++]!;
      if (givesNothing.has(type.kind)) return undefined;
      return type.kind === "notify" || type.kind === "wait" ? Number(bits) : codeValue(bits, type);
    }
    const offset = args.at(-1) as number;
    const operands = args.slice(1, -1).map((value, index) => {
      return bitsOf(value, type.kind === "wait" && index === 1 ? "i64" : type.kind === "notify" ? "i32" : type.type);
    });
    throw new Stop({ ...type, address: ((args[0] as number) >>> 0) + (offset >>> 0), operands });
  }
}
