/** The letters of the conformance program, and what they stand for in `assembly/abi/`. */

/** A function as the program's table tells it. */
export interface ProgramFunction {
  readonly name: string;
  /** A letter for each parameter. */
  readonly parameters: string;
  /** A letter; `v` for none. */
  readonly result: string;
}

/** The first bytes of a program: "HFC1". */
export const magic: readonly number[] = [0x48, 0x46, 0x43, 0x31];

/** What a digest starts from. */
export const digestStart = 0xcbf29ce484222325n;

/** Folds a 64-bit word into a digest. */
export function fold(digest: bigint, word: bigint): bigint {
  const mixed = BigInt.asIntN(64, (digest ^ BigInt.asUintN(64, word)) * 0x100000001b3n);
  return BigInt.asUintN(64, mixed ^ (mixed >> 29n));
}

/** A digest as it is printed. */
export const digestText = (digest: bigint): string => digest.toString(16).padStart(16, "0");
