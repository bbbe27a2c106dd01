/**
 * Every structure starts with the same 8 bytes: a magic word that names its kind and layout version, its size and the
 * end of its configuration, both in 64-bit words. Configuration follows, then what changes:
 *
 *     0 u32 magic | 4 u16 words in all | 6 u16 words of header and configuration | configuration … | state …
 *
 * A snapshot is the same bytes, with times turned into remaining times, and a checksum behind them. It can be loaded
 * only into a structure of the same kind, version, size and configuration.
 */

import { copyWords } from "./words";

/** Why a snapshot was not loaded. */
export const LOADED: i32 = 0;
export const NOT_A_SNAPSHOT: i32 = 1;
export const OTHER_CONFIGURATION: i32 = 2;
export const DAMAGED: i32 = 3;

/** Bytes that a snapshot has beyond its structure: the checksum. */
const SEAL_BYTES: u32 = 8;

/** Writes the head of a structure. */
// @ts-ignore: decorator
@inline
export function writeHead(at: usize, magic: u32, bytes: u32, configurationEnd: u32): void {
  store<u32>(at, magic);
  store<u32>(at, (bytes >> 3) | ((configurationEnd >> 3) << 16), 4);
}

/** Size of the structure or snapshot at `at`, without its checksum. */
// @ts-ignore: decorator
@inline
export function headBytes(at: usize): u32 {
  return <u32>load<u16>(at, 4) << 3;
}

/** A 64-bit checksum in the manner of FNV-1a, one word at a step: it finds damage, it proves no origin. */
function checksum(at: usize, bytes: u32): i64 {
  let sum: i64 = -3750763034362895579;
  for (const end = at + bytes; at < end; at += 8) {
    sum = (sum ^ load<i64>(at)) * 1099511628211;
    sum ^= sum >> 29;
  }
  return sum;
}

/** Puts the checksum behind a snapshot. */
export function seal(at: usize): void {
  const bytes = headBytes(at);
  store<i64>(at + bytes, checksum(at, bytes));
}

/** Copies the structure at `from` to `to`; a caller that turns times into remaining times does so, then seals. */
export function copyOut(from: usize, to: usize): void {
  copyWords(to, from, headBytes(from));
}

/** Bytes that the snapshot of the structure at `at` occupies. */
export function snapshotSize(at: usize): u32 {
  return headBytes(at) + SEAL_BYTES;
}

/** Writes a snapshot of a structure that knows no time, or whose times are by a clock of its own. */
export function saveState(at: usize, to: usize): void {
  copyOut(at, to);
  seal(to);
}

/** Compares kind, version, size and configuration of two structures: 0, or how they differ. */
export function compare(at: usize, other: usize): i32 {
  if (load<u64>(at) != load<u64>(other)) return load<u32>(at) == load<u32>(other) ? OTHER_CONFIGURATION : NOT_A_SNAPSHOT;
  for (const end = at + configurationEnd(at); (at += 8) < end; ) {
    other += 8;
    if (load<i64>(at) != load<i64>(other)) return OTHER_CONFIGURATION;
  }
  return LOADED;
}

/** Where the state of a structure begins. */
// @ts-ignore: decorator
@inline
export function configurationEnd(at: usize): u32 {
  return <u32>load<u16>(at, 6) << 3;
}

/** Whether the checksum of the snapshot at `from` says that it is damaged. */
export function isDamaged(from: usize): bool {
  const bytes = headBytes(from);
  return load<i64>(from + bytes) != checksum(from, bytes);
}

/**
 * Loads a snapshot into a structure of the same kind, version, size and configuration: everything behind the configuration
 * is replaced. Returns 0, or why nothing was.
 */
export function loadState(at: usize, from: usize): i32 {
  const status = compare(at, from);
  if (status != LOADED) return status;
  const bytes = headBytes(at);
  if (load<i64>(from + bytes) != checksum(from, bytes)) return DAMAGED;
  const start = configurationEnd(at);
  copyWords(at + start, from + start, bytes - start);
  return LOADED;
}
