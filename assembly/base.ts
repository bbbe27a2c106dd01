/**
 * The face for JavaScript hosts: numbers only. Instants and spans are microseconds in f64, weights and limits are f64,
 * addresses and counts are i32. Nothing in `faces/` decides: each function turns its numbers into whole ones, calls its
 * body and turns the result back.
 */

export { arenaAlloc, arenaFree, arenaGeneration, arenaInit, arenaUsed } from "./memory/arena";
export { snapshotSize } from "./memory/snapshot";
export * from "./faces/breaker";
export * from "./faces/gcra";
export * from "./faces/histogram";
export * from "./faces/keyed";
export * from "./faces/retry";
export {
  semaphoreInUse, semaphoreInit, semaphoreRelease, semaphoreResize, semaphoreSize, semaphoreTryAcquire,
} from "./limiters/semaphore";
