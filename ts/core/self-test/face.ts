/** Calls a build's JavaScript face with numbers of the C face, and tells its results in them. */

import type { ProgramFunction } from "./format.js";

/** Exported functions by name. */
export type Functions = Readonly<Record<string, ((...args: number[]) => number) | undefined>>;

const scratch = new DataView(new ArrayBuffer(8));

/** The bits of an f64, every NaN alike. */
function bitsOf(value: number): bigint {
  scratch.setFloat64(0, Number.isNaN(value) ? Number.NaN : value);
  return Number.isNaN(value) ? 0x7ff8000000000000n : scratch.getBigUint64(0);
}

function floatOf(bits: bigint): number {
  scratch.setBigUint64(0, BigInt.asUintN(64, bits));
  return scratch.getFloat64(0);
}

const wait = (us: number): bigint => (us === Number.POSITIVE_INFINITY ? -1n : BigInt(us * 1024));

/** What stands for an argument: one number, or the two halves of a long one. */
function argument(kind: string, value: bigint, base: number, to: number[]): void {
  switch (kind) {
    case "a":
      to.push(Number(value) + base);
      break;
    case "t":
      to.push(Number(value) / 1024);
      break;
    case "m":
      to.push(value < 0n ? Number.NaN : Number(value) / 1024);
      break;
    case "M":
      to.push(Number(value) / 1e6);
      break;
    case "p":
      to.push(Number(value) / 65_536);
      break;
    case "l":
      to.push(Number(BigInt.asIntN(32, value)), Number(BigInt.asIntN(32, value >> 32n)));
      break;
    case "f":
      to.push(floatOf(value));
      break;
    default:
      to.push(Number(value));
  }
}

/** The word that a result is folded as. */
function resultWord(kind: string, value: number, first: bigint, base: number): bigint {
  switch (kind) {
    case "a":
      // Where the block lies differs; 0 and 1 are answers, not addresses.
      return BigInt(value >>> 0 > 1 ? (value >>> 0) - base : value);
    case "t":
      return BigInt(value * 1024);
    case "d":
      return wait(value);
    case "c":
      return first === 0n ? BigInt(value) : BigInt(value * 1024);
    case "w":
      return BigInt(value);
    case "f":
      return bitsOf(value);
    default:
      return BigInt(value | 0);
  }
}

/**
 * Calls a function; `base` is added to addresses. Undefined where it gives nothing. A result of kind `c` is a count where the second
 * argument is 0.
 */
export function callFunction(
  functions: Functions,
  { name, parameters, result }: ProgramFunction,
  args: readonly bigint[],
  base: number,
): bigint | undefined {
  const given: number[] = [];
  args.forEach((value, index) => {
    argument(parameters[index]!, value, base, given);
  });
  const value = functions[name]!(...given);
  return result === "v" ? undefined : resultWord(result, value, args[1] ?? 0n, base);
}
