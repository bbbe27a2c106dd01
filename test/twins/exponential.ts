/**
 * OpenTelemetry's exponential histogram by its definition: it keeps every value, and finds buckets by comparing with powers of the base to
 * 256 binary places.
 */

const places = 256n;

/** The whole part of a square root, by Newton's method. */
function squareRoot(square: bigint): bigint {
  let root = 1n << BigInt(Math.ceil(square.toString(2).length / 2));
  for (;;) {
    const better = (root + square / root) >> 1n;
    if (better >= root) return root;
    root = better;
  }
}

/** 2^(2^-n) for n from 0 to 20, times 2^256. */
export const roots: readonly bigint[] = Array.from({ length: 20 }).reduce<bigint[]>(
  (all) => [...all, squareRoot(all.at(-1)! << places)],
  [2n << places],
);

const double = new Float64Array(1);
const bits = new BigUint64Array(double.buffer);

/** A normal number's exponent, and its fraction in units of 2^-52. */
function parts(magnitude: number): [exponent: number, fraction: bigint] {
  double[0] = Math.max(magnitude, 2 ** -1022);
  return [Number(bits[0]! >> 52n) - 1023, bits[0]! & 0xfffffffffffffn];
}

/** The index of the bucket with base^index < magnitude <= base^(index + 1). */
export function exponentialIndex(magnitude: number, scale: number): number {
  const [exponent, fraction] = parts(Math.abs(magnitude));
  if (scale <= 0) return Math.floor((fraction === 0n ? exponent - 1 : exponent) / 2 ** -scale);
  if (fraction === 0n) return exponent * 2 ** scale - 1;
  const number = (1n << places) | (fraction << (places - 52n));
  let bound = 1n << places;
  let index = 0;
  for (let digit = 1; digit <= scale; digit++) {
    const next = (bound * roots[digit]!) >> places;
    index *= 2;
    if (number > next) {
      bound = next;
      index++;
    }
  }
  return exponent * 2 ** scale + index;
}

/** Buckets of one sign. */
export interface TwinBuckets {
  readonly offset: number;
  readonly counts: readonly number[];
}

export class ExponentialTwin {
  readonly values: number[] = [];
  readonly #maxSize: number;
  readonly #maxScale: number;

  constructor(maxSize: number, maxScale: number) {
    this.#maxSize = maxSize;
    this.#maxScale = maxScale;
  }

  record(value: number): void {
    if (Number.isFinite(value)) this.values.push(value);
  }

  #indexes(sign: number, scale: number): number[] {
    return this.values.filter((value) => value * sign > 0).map((value) => exponentialIndex(value, scale));
  }

  /** The largest scale at which both signs fit. */
  get scale(): number {
    const fits = (scale: number): boolean =>
      [1, -1].every((sign) => {
        const indexes = this.#indexes(sign, scale);
        return indexes.length === 0 || Math.max(...indexes) - Math.min(...indexes) < this.#maxSize;
      });
    let scale = this.#maxScale;
    while (!fits(scale)) scale--;
    return scale;
  }

  get zeros(): number {
    return this.values.filter((value) => value === 0).length;
  }

  buckets(sign: 1 | -1): TwinBuckets {
    const indexes = this.#indexes(sign, this.scale);
    if (indexes.length === 0) return { offset: 0, counts: [] };
    const offset = Math.min(...indexes);
    const counts = Array.from<number>({ length: Math.max(...indexes) - offset + 1 }).fill(0);
    for (const index of indexes) counts[index - offset]!++;
    return { offset, counts };
  }
}
