import type { Address } from "./base.js";

/** Hashing and placement. A 64-bit key is two halves of 32 bits; in memory it is 8 bytes, lowest first. */
export interface HashingExports {
  jumpHash(low: number, high: number, buckets: number): number;
  jumpHashMany(keys: Address, count: number, buckets: number, out: Address): void;
}
