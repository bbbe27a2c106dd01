import type { Address } from "./base.js";

/** Hashing. A 64-bit key or seed is two halves of 32 bits; in memory it is 8 bytes, lowest first. */
export interface HashingExports {
  jumpHash(low: number, high: number, buckets: number): number;
  jumpHashMany(keys: Address, count: number, buckets: number, out: Address): void;
  jumpHash32Many(keys: Address, count: number, buckets: number, out: Address): void;
  murmur3x32(from: Address, length: number, seed: number): number;
  xxHash32(from: Address, length: number, seed: number): number;
  xxHash64(from: Address, length: number, seedLow: number, seedHigh: number, out: Address): void;
  xxHash64Many(texts: Address, ends: Address, count: number, seedLow: number, seedHigh: number, out: Address): void;
}
