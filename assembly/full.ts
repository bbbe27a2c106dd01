/**
 * The face for JavaScript hosts with all that an edge worker has room for; `base.ts` has the conventions and what most programs
 * need, `server-full.ts` the rest.
 */

export * from "./base";
export * from "./faces/breaker-full";
export * from "./faces/hierarchy";
export * from "./faces/keyed-window";
export * from "./faces/leaky-queue";
export * from "./faces/retry-full";
export * from "./faces/sliding-log";
export * from "./faces/warm-up";
export * from "./faces/window";
export { jumpHash, jumpHash32Many, jumpHashMany } from "./hashing/jump";
export { maglevFind, maglevFindMany, maglevInit, maglevSize } from "./hashing/maglev";
export { murmur3x32 } from "./hashing/murmur3-32";
export { rendezvousFind, rendezvousFindMany, rendezvousInit, rendezvousSize } from "./hashing/rendezvous";
export { ringFind, ringFindMany, ringInit, ringSize } from "./hashing/ring";
export { xxHash32 } from "./hashing/xxhash32";
export { xxHash64, xxHash64Many } from "./hashing/xxhash64";
export * from "./faces/clocks";
export {
  stampBits, stampCompare, stampDecode, stampEncode, stampEvent, stampFork, stampInit, stampJoin, stampPeek, stampScratch, stampSize,
} from "./clocks/interval-tree";
export * from "./faces/dotted";
export * from "./faces/dotted-set";
export * from "./faces/hybrid";
export * from "./faces/vector";
export * from "./faces/ewma";
export * from "./faces/sampling";
export { jumpHash, jumpHashMany } from "./hashing/jump";
export { loadState as stampLoad, saveState as stampSave } from "./memory/snapshot";
