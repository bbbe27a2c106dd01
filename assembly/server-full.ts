/** The face for servers and browsers: what an edge worker has (`full.ts`), and what it has no room for. */

export {
  stampBits, stampCompare, stampDecode, stampEncode, stampEvent, stampFork, stampInit, stampJoin, stampPeek, stampScratch, stampSize,
} from "./clocks/interval-tree";
export * from "./faces/breaker-full";
export * from "./faces/dotted";
export * from "./faces/dotted-set";
export * from "./faces/ewma";
export * from "./faces/gcra-live";
export * from "./faces/hierarchy";
export * from "./faces/histogram-views";
export * from "./faces/lockfree";
export * from "./faces/membership";
export * from "./faces/reservoir";
export * from "./faces/send-rate";
export * from "./faces/sliding-log";
export * from "./faces/warm-up";
export * from "./full";
export {
  anchorAdd, anchorCount, anchorFind, anchorFindMany, anchorHas, anchorInit, anchorRemove, anchorSize,
} from "./hashing/anchor";
export { loadsTakeOnMaglev, loadsTakeOnRing } from "./hashing/bounded";
export { loadsInit, loadsRead, loadsRelease, loadsSize } from "./hashing/loads";
export { ringFind, ringFindMany, ringInit, ringSize } from "./hashing/ring";
export { md5 } from "./hashing/md5";
export { murmur2x64 } from "./hashing/murmur2";
export { murmur3x128 } from "./hashing/murmur3-128";
export { weightedFind, weightedFindMany, weightedInit, weightedSize } from "./hashing/weighted-rendezvous";
export { xxh3Hash128, xxh3Hash64, xxh3Init, xxh3Size } from "./hashing/xxh3";
export {
  loadState as anchorLoad, loadState as loadsLoad, loadState as sketchLoad, loadState as stampLoad, saveState as anchorSave,
  saveState as loadsSave, saveState as sketchSave, saveState as stampSave,
} from "./memory/snapshot";
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
