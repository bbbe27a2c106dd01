/**
 * The debug build: all that servers and browsers have, with the compiler's assertions, names and a source map, and what reads
 * states and snapshots. Unlike every other build it has managed values (texts and byte arrays), a collector, and so data of its own: they stand
 * above the arena, in a memory that is one thread's.
 */

export * from "./debug/admin";
export { bytesId, dumpAt, dumpCopy, dumpExtent, dumpSnapshot, kindsOf } from "./debug/dump";
export * from "./server-full";
