/** The face for servers and browsers: what an edge worker has (`full.ts`), and what it has no room for. */

export * from "./full";
export {
  anchorAdd, anchorCount, anchorFind, anchorFindMany, anchorHas, anchorInit, anchorRemove, anchorSize,
} from "./hashing/anchor";
export { loadsTakeOnMaglev, loadsTakeOnRing } from "./hashing/bounded";
export { loadsInit, loadsRead, loadsRelease, loadsSize } from "./hashing/loads";
export { md5 } from "./hashing/md5";
export { murmur2x64 } from "./hashing/murmur2";
export { murmur3x128 } from "./hashing/murmur3-128";
export { weightedFind, weightedFindMany, weightedInit, weightedSize } from "./hashing/weighted-rendezvous";
export { xxh3Hash128, xxh3Hash64, xxh3Init, xxh3Size } from "./hashing/xxh3";
export {
  loadState as anchorLoad, loadState as loadsLoad, saveState as anchorSave, saveState as loadsSave,
} from "./memory/snapshot";
