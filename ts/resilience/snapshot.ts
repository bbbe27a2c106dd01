/** State of a policy as data: copied, versioned, and bound to the options that it makes sense with. */

import { snapshotInvalid } from "./errors.js";

/**
 * A policy's state. It survives `structuredClone` and `postMessage`; times inside are remaining times, so it holds in
 * another process with another clock. {@link encodeSnapshot} makes bytes of it.
 */
export interface PolicySnapshot {
  readonly kind: string;
  readonly version: 1;
  /** The options that shape the state; `restore` refuses a snapshot made with others. */
  readonly config: string;
  readonly state: Uint8Array;
}

/** The state of a policy that has none. */
export const noState: Uint8Array = new Uint8Array(0);

/** Wraps core bytes. */
export function sealSnapshot(kind: string, config: string, state: Uint8Array): PolicySnapshot {
  return { kind, version: 1, config, state };
}

/** Checks a snapshot and gives its core bytes; `SNAPSHOT_INVALID` where it is not for this policy. */
export function openSnapshot(kind: string, config: string, snapshot: PolicySnapshot): Uint8Array {
  if (snapshot?.kind !== kind || snapshot.version !== 1 || !(snapshot.state instanceof Uint8Array)) {
    throw snapshotInvalid(`this is not a snapshot of a ${kind} in version 1`, { kind: snapshot?.kind });
  }
  if (snapshot.config !== config) {
    throw snapshotInvalid(`the snapshot was made with options ${snapshot.config}, this ${kind} has ${config}`, {
      theirs: snapshot.config,
      ours: config,
    });
  }
  return snapshot.state;
}

/** Checks that a policy without state is given none. */
export function expectNoState(kind: string, state: Uint8Array): void {
  if (state.length !== 0) throw snapshotInvalid(`a ${kind} has no state, but the snapshot has ${state.length} bytes`);
}

/** `HFS1`, little-endian: a Holdfast snapshot in version 1. */
const magic = 0x31534648;
/** Magic and the length of the head. */
const prefixBytes = 8;

/**
 * A snapshot as one image of bytes: for a file, a key-value store, a message.
 *
 * @example
 * ```ts
 * import { circuitBreaker, decodeSnapshot, encodeSnapshot } from "holdfast";
 *
 * const before = circuitBreaker({ consecutiveFailures: 1 });
 * await before.tryExecute(() => Promise.reject(new Error("down")));
 * const image: Uint8Array = encodeSnapshot(before.snapshot());
 *
 * const after = circuitBreaker({ consecutiveFailures: 1 });
 * after.restore(decodeSnapshot(image));
 * after.state; // => "open"
 * ```
 */
export function encodeSnapshot(snapshot: PolicySnapshot): Uint8Array {
  const head = new TextEncoder().encode(JSON.stringify([snapshot.kind, snapshot.config]));
  const image = new Uint8Array(prefixBytes + head.length + snapshot.state.length);
  const view = new DataView(image.buffer);
  view.setUint32(0, magic, true);
  view.setUint32(4, head.length, true);
  image.set(head, prefixBytes);
  image.set(snapshot.state, prefixBytes + head.length);
  return image;
}

/**
 * What {@link encodeSnapshot} made bytes of.
 *
 * @throws HoldfastError `SNAPSHOT_INVALID` for bytes that are no such image
 */
export function decodeSnapshot(image: Uint8Array): PolicySnapshot {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  const headBytes = image.length < prefixBytes || view.getUint32(0, true) !== magic ? -1 : view.getUint32(4, true);
  if (headBytes < 0 || prefixBytes + headBytes > image.length) {
    throw snapshotInvalid(`these ${image.length} bytes are no snapshot of a policy in version 1`);
  }
  const [kind, config] = headOf(image.subarray(prefixBytes, prefixBytes + headBytes));
  return sealSnapshot(kind, config, image.slice(prefixBytes + headBytes));
}

function headOf(bytes: Uint8Array): readonly [kind: string, config: string] {
  let head: unknown;
  try {
    head = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw snapshotInvalid(`the head of the snapshot cannot be read: ${(error as Error).message}`);
  }
  if (!Array.isArray(head) || head.length !== 2 || head.some((part) => typeof part !== "string")) {
    throw snapshotInvalid("the head of the snapshot is not a kind and a configuration");
  }
  return head as [string, string];
}

/** Several snapshots as the state of one: the image of each after its length. */
export function packSnapshots(snapshots: readonly PolicySnapshot[]): Uint8Array {
  const images = snapshots.map(encodeSnapshot);
  const packed = new Uint8Array(images.reduce((bytes, image) => bytes + 4 + image.length, 0));
  const view = new DataView(packed.buffer);
  let at = 0;
  for (const image of images) {
    view.setUint32(at, image.length, true);
    packed.set(image, at + 4);
    at += 4 + image.length;
  }
  return packed;
}

/** What {@link packSnapshots} packed; `SNAPSHOT_INVALID` where it was cut off or is something else. */
export function unpackSnapshots(packed: Uint8Array): readonly PolicySnapshot[] {
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const snapshots: PolicySnapshot[] = [];
  let at = 0;
  while (at < packed.length) {
    const end = at + 4 <= packed.length ? at + 4 + view.getUint32(at, true) : Number.POSITIVE_INFINITY;
    if (end > packed.length) throw snapshotInvalid(`a snapshot of ${packed.length} bytes is cut off at byte ${at}`);
    snapshots.push(decodeSnapshot(packed.subarray(at + 4, end)));
    at = end;
  }
  return snapshots;
}
