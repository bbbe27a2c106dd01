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
export const SEAL_BYTES: u32 = 8;

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

/** Copies the structure at `from` to `to`; the caller turns times into remaining times, then seals. */
export function copyOut(from: usize, to: usize): void {
  copyWords(to, from, headBytes(from));
}

/** Compares a snapshot with the structure that it shall be loaded into. */
export function compatible(into: usize, from: usize): i32 {
  if (load<u64>(into) != load<u64>(from)) return load<u32>(into) == load<u32>(from) ? OTHER_CONFIGURATION : NOT_A_SNAPSHOT;
  const bytes = headBytes(into);
  if (load<i64>(from + bytes) != checksum(from, bytes)) return DAMAGED;
  const end = <u32>load<u16>(into, 6) << 3;
  for (let at: u32 = 8; at < end; at += 8) {
    if (load<i64>(into + at) != load<i64>(from + at)) return OTHER_CONFIGURATION;
  }
  return LOADED;
}

/** Copies everything behind the configuration of a compatible snapshot into the structure. */
export function copyIn(into: usize, from: usize): void {
  const start = <u32>load<u16>(into, 6) << 3;
  copyWords(into + start, from + start, headBytes(into) - start);
}
