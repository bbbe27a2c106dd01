/** Runs a conformance program on one build: README.md in this folder has the format. */

import { callFunction, type Functions } from "./face.js";
import { digestStart, digestText, fold, magic, type ProgramFunction } from "./format.js";
import { ProgramReader } from "./program-reader.js";

/** What a program runs on: functions, and a block of zeroed memory that they can reach. */
export interface ProgramHost {
  readonly functions: Functions;
  /** A block of so many bytes; called once. */
  allocate(bytes: number): { readonly at: number; readonly bytes: Uint8Array };
}

/** What came out. */
export interface ProgramResult {
  /** Digest of each structure that the build has, in the program's order. */
  readonly digests: Readonly<Record<string, string>>;
  /** Structures that the build lacks. */
  readonly absent: readonly string[];
  /** Folds the digests of the structures that every full profile has; undefined where one of them is absent. */
  readonly common: string | undefined;
}

function readFunctions(reader: ProgramReader): ProgramFunction[] {
  return Array.from({ length: reader.number() }, () => ({
    name: reader.text(),
    parameters: reader.text(),
    result: reader.text(),
  }));
}

/** The function of each call step and how far the steps go, without running them. */
function functionsOf(reader: ProgramReader, end: number, functions: readonly ProgramFunction[]): Set<string> {
  const names = new Set<string>();
  while (reader.at < end) {
    const step = reader.number();
    if (step === 0) {
      reader.number();
      reader.skip(reader.number());
    } else if (step === 1) {
      reader.number();
      reader.number();
    } else {
      const { name, parameters } = functions[step - 2]!;
      for (const kind of parameters) {
        if (kind === "f") reader.skip(8);
        else reader.signed();
      }
      names.add(name);
    }
  }
  return names;
}

/** Runs the steps of one structure and gives its digest. */
function runSteps(
  steps: Uint8Array,
  functions: readonly ProgramFunction[],
  host: ProgramHost,
  block: { readonly at: number; readonly bytes: Uint8Array },
): bigint {
  const reader = new ProgramReader(steps);
  const view = new DataView(block.bytes.buffer, block.bytes.byteOffset, block.bytes.byteLength);
  let digest = digestStart;
  block.bytes.fill(0);
  while (!reader.done) {
    const step = reader.number();
    if (step === 0) {
      const at = reader.number();
      block.bytes.set(reader.take(reader.number()), at);
    } else if (step === 1) {
      const at = reader.number();
      const end = at + reader.number();
      for (let word = at; word < end; word += 8) digest = fold(digest, view.getBigInt64(word, true));
    } else {
      const called = functions[step - 2]!;
      const args = Array.from(called.parameters, (kind) => {
        if (kind !== "f") return reader.signed();
        const bytes = reader.take(8);
        return new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0, true);
      });
      const word = callFunction(host.functions, called, args, block.at);
      if (word !== undefined) digest = fold(digest, word);
    }
  }
  return digest;
}

/** Runs a program. Throws a `RangeError` where the bytes are no program of this version. */
export function runConformance(program: Uint8Array, host: ProgramHost): ProgramResult {
  const reader = new ProgramReader(program);
  if (!magic.every((byte) => reader.byte() === byte)) throw new RangeError("these bytes are no conformance program");
  const block = host.allocate(reader.number());
  const functions = readFunctions(reader);
  const digests: Record<string, string> = {};
  const absent: string[] = [];
  let common: bigint | undefined = digestStart;
  while (!reader.done) {
    const name = reader.text();
    const isCommon = reader.number() === 1;
    const steps = reader.take(reader.number());
    const needed = functionsOf(new ProgramReader(steps), steps.length, functions);
    if ([...needed].every((each) => each in host.functions)) {
      const digest = runSteps(steps, functions, host, block);
      digests[name] = digestText(digest);
      if (isCommon && common !== undefined) common = fold(common, digest);
    } else {
      absent.push(name);
      if (isCommon) common = undefined;
    }
  }
  return { digests, absent, common: common === undefined ? undefined : digestText(common) };
}
