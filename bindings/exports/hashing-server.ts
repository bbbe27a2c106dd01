import type { Address } from "./base.js";

/** Hashing that the modules for servers and browsers have, and the one for edge workers has not. */
export interface HashingServerExports {
  md5(from: Address, length: number, out: Address): void;
  murmur2x64(from: Address, length: number, seedLow: number, seedHigh: number, out: Address): void;
  murmur3x128(from: Address, length: number, seed: number, out: Address): void;
  xxh3Size(): number;
  xxh3Init(at: Address, seedLow: number, seedHigh: number): void;
  xxh3Hash64(at: Address, from: Address, length: number, out: Address): void;
  xxh3Hash128(at: Address, from: Address, length: number, out: Address): void;
}
