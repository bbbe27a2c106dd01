/** A breaker's state as bytes: the machine's snapshot, and behind it how long a slow start has been going on. */

import { snapshotInvalid } from "../errors.js";

/** A 64-bit float, little-endian; NaN where there is no slow start. */
const slowStartBytes = 8;

/** Puts both parts together. */
export function packState(machine: Uint8Array, elapsedMs: number | undefined): Uint8Array {
  const state = new Uint8Array(machine.length + slowStartBytes);
  state.set(machine);
  new DataView(state.buffer).setFloat64(machine.length, elapsedMs ?? Number.NaN, true);
  return state;
}

/** Takes them apart; `SNAPSHOT_INVALID` where a slow start of `longestMs` cannot have gone on for so long. */
export function unpackState(
  state: Uint8Array,
  longestMs: number,
): { readonly machine: Uint8Array; readonly elapsedMs: number | undefined } {
  if (state.length < slowStartBytes) throw snapshotInvalid(`${state.length} bytes are no state of a circuit breaker`);
  const at = state.byteOffset + state.length - slowStartBytes;
  const elapsedMs = new DataView(state.buffer).getFloat64(at, true);
  const machine = state.subarray(0, -slowStartBytes);
  if (Number.isNaN(elapsedMs)) return { machine, elapsedMs: undefined };
  if (elapsedMs >= 0 && elapsedMs <= longestMs) return { machine, elapsedMs };
  throw snapshotInvalid(`a slow start of ${longestMs} ms cannot have gone on for ${elapsedMs} ms`);
}
