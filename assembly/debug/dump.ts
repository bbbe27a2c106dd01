/** States and snapshots as JSON: `ts/debug` has the type. */

import { isDamaged } from "../memory/snapshot";
import { CONFIGURATION, Layout, MEMORY, SNAPSHOT, acceptedBy, layoutOf } from "./layout";
import { Reader } from "./reader";

const HEAD: u32 = 8;
/** Bytes of the checksum behind a snapshot. */
const SEAL: u32 = 8;

/** The layout of what begins at `at`; null where nothing known does. */
function found(at: usize, bytes: u32): Layout | null {
  return bytes < HEAD ? null : layoutOf(load<u32>(at));
}

function section(reader: Reader, configuration: bool, most: u32): string {
  const parts: string[] = [];
  const fields = reader.layout.fields;
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i];
    if ((field.section == CONFIGURATION) != configuration || !reader.has(field)) continue;
    const isAbsent = field.count.includes("?") && reader.countOf(field) == 0;
    if (!field.name.startsWith("unused") && !isAbsent) parts.push(`"${field.name}":${reader.json(field, most)}`);
  }
  return `{${parts.join(",")}}`;
}

function write(layout: Layout, at: usize, bytes: u32, own: string, most: u32): string {
  const reader = new Reader(layout, at, bytes, own);
  const isSnapshot = own == SNAPSHOT;
  const size = isSnapshot ? reader.headEnd : max<u32>(reader.headEnd, <u32>min<u64>(reader.end, u32.MAX_VALUE));
  let rest = isSnapshot ? `,"damaged":${size + SEAL > bytes || isDamaged(at)}` : "";
  const next = reader.headEnd + (isSnapshot ? SEAL : 0);
  if (layout.then != "" && next < bytes) {
    const behind = found(at + next, bytes - next);
    if (behind) rest += `,"then":${write(behind, at + next, bytes - next, own, most)}`;
  }
  return `{"kind":"${layout.kind}","name":"${layout.name}","version":${layout.version},"bytes":${size},"snapshot":${isSnapshot},` +
    `"configuration":${section(reader, true, most)},"state":${section(reader, false, most)}${rest}}`;
}

function extent(at: usize, bytes: u32): u64 {
  const layout = found(at, bytes);
  if (!layout) return 0;
  const reader = new Reader(layout, at, bytes, MEMORY);
  const end = max<u64>(reader.headEnd, reader.end);
  return layout.then == "" || end >= bytes ? end : end + extent(at + <usize>end, bytes - <u32>end);
}

/**
 * Bytes that a structure occupies, found out from a copy of its first ones (512 are enough for every kind); 0 where no known
 * structure begins there.
 */
export function dumpExtent(copy: Uint8Array): f64 {
  return <f64>extent(copy.dataStart, copy.length);
}

/** The structure at `at`, of which `bytes` may be read, with at most `most` values of each list; empty where no known one begins there. */
export function dumpAt(at: usize, bytes: u32, most: u32): string {
  const layout = found(at, bytes);
  return layout ? write(layout, at, bytes, MEMORY, most) : "";
}

/** A copy of a structure, as `dumpAt`. */
export function dumpCopy(copy: Uint8Array, most: u32): string {
  return dumpAt(copy.dataStart, copy.length, most);
}

/** A snapshot, as `dumpAt`; `damaged` where its checksum says so. */
export function dumpSnapshot(snapshot: Uint8Array, most: u32): string {
  const layout = found(snapshot.dataStart, snapshot.length);
  return layout ? write(layout, snapshot.dataStart, snapshot.length, SNAPSHOT, most) : "";
}

/** The kinds that a function of the core takes, with commas between them; empty where it takes an address of anything. */
export function kindsOf(name: string): string {
  return acceptedBy(name);
}

/** What the loader wants to know to make a byte array. */
export const bytesId: u32 = idof<Uint8Array>();
