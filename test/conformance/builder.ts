/** Writes a conformance program (`ts/core/self-test/README.md` has the format) while running it on the server build. */

import { callFunction, type Functions } from "../../ts/core/self-test/face.js";
import { magic, type ProgramFunction } from "../../ts/core/self-test/format.js";
import { seeded } from "../../ts/kernel/index.js";
import { type Signature, signatures } from "../assembly/abi.js";
import { openBuild } from "../assembly/builds.js";

const letters: Readonly<Record<string, string>> = {
  address: "a",
  u32: "u",
  i32: "i",
  status: "i",
  whole: "w",
  ticks: "t",
  moment: "m",
  f64: "f",
  wait: "d",
  millionths: "M",
  parts: "p",
  long: "l",
  countOrTicks: "c",
};

function tableEntry({ name, parameters, result }: Signature): ProgramFunction {
  const letter = (kind: string): string => {
    const found = letters[kind];
    if (found === undefined) throw new Error(`${name}: the conformance program has no letter for the kind ${kind}`);
    return found;
  };
  return {
    name,
    parameters: parameters.map(({ kind }) => letter(kind)).join(""),
    result: result === undefined ? "v" : letter(result),
  };
}

/** An unsigned LEB128 number. */
function unsigned(value: number): number[] {
  const rest = Math.floor(value / 128);
  return rest === 0 ? [value] : [(value % 128) | 128, ...unsigned(rest)];
}

/** A signed LEB128 number. */
function signed(value: bigint): number[] {
  const low = Number(value & 127n);
  const rest = value >> 7n;
  return (rest === 0n && low < 64) || (rest === -1n && low >= 64) ? [low] : [low | 128, ...signed(rest)];
}

const text = (value: string): number[] => [...unsigned(value.length), ...new TextEncoder().encode(value)];

const doubleBits = (value: number): bigint => new DataView(new Float64Array([value]).buffer).getBigInt64(0, true);

/** Bytes of the block that a program's structures lie in: a microcontroller has it to spare. */
export const blockBytes = 12_288;

/** The build that the steps are run on while they are written. */
interface Reference {
  readonly table: readonly ProgramFunction[];
  readonly functions: Functions;
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** What one structure's steps are written with. Numbers are those of the C face. */
export class Script {
  readonly steps: number[] = [];
  readonly called = new Set<string>();
  readonly #reference: Reference;
  /** Functions by the number that a step calls them with. */
  readonly #numbering: readonly ProgramFunction[];
  readonly #random;
  #next = 64;

  constructor(reference: Reference, numbering: readonly ProgramFunction[], seed: number) {
    this.#reference = reference;
    this.#numbering = numbering;
    this.#random = seeded(seed);
    reference.bytes.fill(0);
  }

  /** A whole number from 0 to `end` - 1. */
  below(end: number): number {
    return Math.floor(this.#random.next() * end);
  }

  /** A 32-bit number. */
  word(): number {
    return this.#random.uint32();
  }

  /** Room for so many bytes, aligned to 8. */
  block(bytes: number): number {
    const at = this.#next;
    this.#next += (bytes + 7) & ~7;
    if (this.#next > blockBytes)
      throw new Error(`a structure of the conformance program needs more than ${blockBytes} bytes`);
    return at;
  }

  /** Room for the structure whose size `name` tells. */
  structure(name: string, ...args: readonly (number | bigint)[]): number {
    const bytes = Number(this.#perform(this.#find(name), args));
    if (bytes === 0) throw new Error(`${name}(${args.join()}) is 0`);
    return this.block(bytes);
  }

  /** Calls a function; its result is folded into the digest and given here, 0 where it has none. */
  call(name: string, ...args: readonly (number | bigint)[]): bigint {
    const index = this.#numbering.findIndex((each) => each.name === name);
    const called = this.#find(name);
    if (args.length !== called.parameters.length)
      throw new Error(`${name} takes ${called.parameters.length} arguments`);
    this.called.add(name);
    this.steps.push(...unsigned(index + 2));
    args.forEach((value, place) => {
      if (called.parameters[place] === "f") {
        const bits = doubleBits(Number(value));
        for (let shift = 0n; shift < 64n; shift += 8n) this.steps.push(Number((bits >> shift) & 255n));
      } else this.steps.push(...signed(BigInt(value)));
    });
    return this.#perform(called, args) ?? 0n;
  }

  /** Writes bytes to memory. */
  write(at: number, bytes: Uint8Array): void {
    this.steps.push(...unsigned(0), ...unsigned(at), ...unsigned(bytes.length), ...bytes);
    this.#reference.bytes.set(bytes, at);
  }

  /** Folds a stretch of memory into the digest. */
  foldMemory(at: number, bytes: number): void {
    if (bytes % 8 !== 0) throw new Error(`fold whole words, not ${bytes} bytes`);
    this.steps.push(...unsigned(1), ...unsigned(at), ...unsigned(bytes));
  }

  /** Writes the snapshot of the structure at `at` by the named function, folds it, and gives its place. */
  snapshot(save: string, at: number, ...more: readonly (number | bigint)[]): number {
    const bytes = Number(this.call("snapshotSize", at));
    const to = this.block(bytes);
    this.call(save, at, to, ...more);
    this.foldMemory(to, bytes);
    return to;
  }

  #find(name: string): ProgramFunction {
    const found = this.#reference.table.find((each) => each.name === name);
    if (found === undefined) throw new Error(`the server build has no function ${name}`);
    return found;
  }

  #perform(called: ProgramFunction, args: readonly (number | bigint)[]): bigint | undefined {
    const words = args.map((value, place) =>
      called.parameters[place] === "f" ? doubleBits(Number(value)) : BigInt(value),
    );
    return callFunction(this.#reference.functions, called, words, this.#reference.at);
  }
}

/** One structure's part of the program. */
export interface ConformanceCase {
  readonly name: string;
  write(script: Script): void;
}

/** A program, and which functions each of its structures calls. */
export interface WrittenProgram {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly called: ReadonlyMap<string, ReadonlySet<string>>;
}

/** The program of these structures. */
export function writeProgram(cases: readonly ConformanceCase[]): WrittenProgram {
  const build = openBuild("server");
  const at = build.alloc(blockBytes);
  const table = signatures.filter(({ only }) => only !== "c").map(tableEntry);
  const reference = { table, functions: build.x as unknown as Functions, at, bytes: build.bytes(at, blockBytes) };
  const small = (["edge", "embedded"] as const).map((name) => openBuild(name).x as unknown as Functions);
  const scriptsOf = (numbering: readonly ProgramFunction[]) =>
    cases.map(({ name, write }, index) => {
      const script = new Script(reference, numbering, 1_000 + index);
      write(script);
      return { name, script };
    });

  // The program's table lists what is called, and only the first pass tells what that is.
  const called = new Map(scriptsOf(table).map(({ name, script }) => [name, script.called]));
  const all = new Set([...called.values()].flatMap((names) => [...names]));
  const used = table.filter(({ name }) => all.has(name));
  const bytes = [...magic, ...unsigned(blockBytes), ...unsigned(used.length)];
  for (const { name, parameters, result } of used) bytes.push(...text(name), ...text(parameters), ...text(result));
  for (const { name, script } of scriptsOf(used)) {
    const isCommon = [...script.called].every((each) => small.every((build) => build[each] !== undefined));
    bytes.push(...text(name), isCommon ? 1 : 0, ...unsigned(script.steps.length));
    for (const step of script.steps) bytes.push(step);
  }
  return { bytes: Uint8Array.from(bytes), called };
}
