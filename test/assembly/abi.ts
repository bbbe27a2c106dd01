/** The ABI as `assembly/abi/*.json` tells it (its README.md has the kinds), and the embedded build under the JavaScript face. */

import { readFileSync } from "node:fs";
import { type Signature, signaturesOf } from "../../scripts/lib/abi.mjs";

export type { Signature };

/** All exported functions. */
export const signatures: readonly Signature[] = signaturesOf();

/** Whether a profile's full module has no room for a function: its profile.json lists beginnings of names. */
export function isLeftOut(name: string, profile: string): boolean {
  const file = new URL(`../../hw-profiles/${profile}/profile.json`, import.meta.url);
  const { leavesOut = [] } = JSON.parse(readFileSync(file, "utf8")) as { leavesOut?: readonly string[] };
  return leavesOut.some((beginning) => name.startsWith(beginning));
}

const ticksMax = 2n ** 62n;

/** The nearest whole number, half to even. */
function nearest(value: number): number {
  const down = Math.floor(value);
  const rest = value - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}

/** As `ticksFromUs`: to the nearest, half to even. */
export function ticksFromUs(us: number): bigint {
  const ticks = us * 1024;
  if (!(ticks > 0)) return 0n;
  return ticks >= 2 ** 62 ? ticksMax : BigInt(nearest(ticks));
}

function wholeFrom(value: number): bigint {
  if (!(value >= 0)) return -1n;
  return value >= 2 ** 53 ? 2n ** 53n : BigInt(Math.ceil(value));
}

function partsFrom(value: number, of: number): number {
  const scaled = value * of;
  if (!(scaled > 0)) return 0;
  return scaled >= 2 ** 32 - 1 ? 2 ** 32 - 1 : nearest(scaled);
}

const usFromTicks = (ticks: bigint): number => Number(ticks) / 1024;

/** One argument of the C face from one of the JavaScript face. */
const argument: Readonly<Record<string, (value: number) => number | bigint>> = {
  address: (value) => value,
  u32: (value) => value,
  i32: (value) => value,
  whole: wholeFrom,
  ticks: ticksFromUs,
  moment: (value) => (Number.isNaN(value) ? -1n : ticksFromUs(value)),
  millionths: (value) => partsFrom(value, 1e6),
  parts: (value) => partsFrom(value, 65_536),
};

/** A result of the JavaScript face from one of the C face; those that are not here are the same in both. */
const result: Readonly<Record<string, (value: bigint, args: readonly number[]) => number>> = {
  whole: Number,
  ticks: usFromTicks,
  wait: (value) => (value < 0n ? Number.POSITIVE_INFINITY : usFromTicks(value)),
  countOrTicks: (value, args) => (args[1] === 0 ? Number(value) : usFromTicks(value)),
};

type Raw = Readonly<Record<string, (...args: (number | bigint)[]) => number | bigint>>;

/** The C face of a module under the JavaScript face, by the rules of `assembly/math/ticks.ts`. */
export function javaScriptFace(raw: Raw): Record<string, (...args: number[]) => number> {
  const face: Record<string, (...args: number[]) => number> = {};
  for (const { name, parameters, result: kind, only } of signatures) {
    const call = raw[name];
    if (call === undefined || only === "c") continue;
    const back = result[kind ?? ""] ?? ((value: bigint) => value as unknown as number);
    face[name] = (...args) => {
      const given: (number | bigint)[] = [];
      let at = 0;
      for (const parameter of parameters) {
        if (parameter.kind === "long") {
          given.push(BigInt.asIntN(64, BigInt(args[at]! >>> 0) | (BigInt(args[at + 1]! >>> 0) << 32n)));
          at += 2;
        } else given.push(argument[parameter.kind]!(args[at++]!));
      }
      return back(call(...given) as bigint, args);
    };
  }
  return face;
}
