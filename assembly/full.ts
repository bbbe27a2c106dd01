/**
 * The face for JavaScript hosts with all that an edge worker has room for; `base.ts` has the conventions and what most programs
 * need, `server-full.ts` the rest.
 */

export * from "./base";
export * from "./faces/hybrid";
export * from "./faces/keyed-many";
export * from "./faces/keyed-window";
export * from "./faces/leaky-queue";
export * from "./faces/retry-full";
export * from "./faces/sampling";
export * from "./faces/vector";
export * from "./faces/window";
export { jumpHash, jumpHash32Many, jumpHashMany } from "./hashing/jump";
export { maglevFind, maglevFindMany, maglevInit, maglevSize } from "./hashing/maglev";
export { murmur3x32 } from "./hashing/murmur3-32";
export { rendezvousFind, rendezvousFindMany, rendezvousInit, rendezvousSize } from "./hashing/rendezvous";
export { xxHash32 } from "./hashing/xxhash32";
export { xxHash64, xxHash64Many } from "./hashing/xxhash64";
