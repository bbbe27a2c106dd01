/** State of a policy as data: copied, versioned, and bound to the options that it makes sense with. */

import { snapshotInvalid } from "./errors.js";

/**
 * A policy's state. It survives `structuredClone` and `postMessage`; times inside are remaining times, so it holds in
 * another process with another clock.
 */
export interface PolicySnapshot {
  readonly kind: string;
  readonly version: 1;
  /** The options that shape the state; `restore` refuses a snapshot made with others. */
  readonly config: string;
  readonly state: Uint8Array;
}

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
