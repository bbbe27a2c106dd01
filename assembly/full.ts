/** The face for JavaScript hosts with every structure; `base.ts` has the conventions and what most programs need. */

export * from "./base";
export * from "./faces/breaker-full";
export * from "./faces/retry-full";
export * from "./faces/lockfree";
export * from "./faces/hierarchy";
export * from "./faces/keyed-window";
export * from "./faces/leaky-queue";
export * from "./faces/sliding-log";
export * from "./faces/warm-up";
export * from "./faces/window";
export { jumpHash, jumpHashMany } from "./hashing/jump";
export { jumpHash, jumpHash32Many, jumpHashMany } from "./hashing/jump";
export { maglevFind, maglevFindMany, maglevInit, maglevSize } from "./hashing/maglev";
export { murmur3x32 } from "./hashing/murmur3-32";
export { rendezvousFind, rendezvousFindMany, rendezvousInit, rendezvousSize } from "./hashing/rendezvous";
export { ringFind, ringFindMany, ringInit, ringSize } from "./hashing/ring";
export { xxHash32 } from "./hashing/xxhash32";
export { xxHash64, xxHash64Many } from "./hashing/xxhash64";
export * from "./faces/histogram-views";
export { jumpHash, jumpHashMany } from "./hashing/jump";
export { loadState as sketchLoad, saveState as sketchSave } from "./memory/snapshot";
export {
  ddsketchInit, ddsketchMerge, ddsketchQuantile, ddsketchRecord, ddsketchRecordMany, ddsketchReset, ddsketchSize,
} from "./sketches/ddsketch";
export {
  exponentialCounts, exponentialIndex, exponentialInit, exponentialLowerBound, exponentialMerge, exponentialQuantile,
  exponentialRecord, exponentialRecordMany, exponentialReset, exponentialSize, exponentialState, exponentialZeros,
} from "./sketches/exponential";
export { p2Init, p2Record, p2RecordMany, p2Reset, p2Size, p2Value } from "./sketches/p2";
export {
  tdigestCentroids, tdigestInit, tdigestMerge, tdigestQuantile, tdigestRecord, tdigestRecordMany, tdigestReset, tdigestSize,
} from "./sketches/tdigest";
export { sketchRead } from "./sketches/totals";
