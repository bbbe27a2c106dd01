import * as deque from "../lockfree/deque";
import * as map from "../lockfree/map";
import { ticksFromUs, wholeFrom } from "../math/ticks";
import * as event from "../memory/event";

export { dequeCount, dequeInit, dequeSize } from "../lockfree/deque";
export { mapCount, mapDigest, mapSize } from "../lockfree/map";
export {
  mpmcClaim, mpmcCount, mpmcInit, mpmcPublish, mpmcReclaim, mpmcRelease, mpmcSize, mpmcTake,
} from "../lockfree/mpmc";
export {
  permitsHeld, permitsInUse, permitsInit, permitsReclaim, permitsRelease, permitsResize, permitsSize, permitsTryAcquire,
} from "../lockfree/permits";
export { queueCommit, queueInit, queueIsEmpty, queueRelease, queueReserve, queueSize, queueTake } from "../lockfree/queue";
export {
  recordsCommit, recordsInit, recordsLongest, recordsPeek, recordsRelease, recordsReserve, recordsSize, recordsUsed,
} from "../lockfree/records";
export {
  registryAdd, registryBeat, registryDrop, registryHold, registryInit, registryJoin, registryOwner, registryReclaim,
  registrySize,
} from "../lockfree/registry";
export {
  spscCommit, spscCount, spscInit, spscPeek, spscPeekRun, spscRelease, spscReserve, spscReserveRun, spscSize,
} from "../lockfree/spsc";
export { stackCommit, stackInit, stackIsEmpty, stackRelease, stackReserve, stackSize, stackTake } from "../lockfree/stack";
export { eventPrepare, eventSignal } from "../memory/event";

export function eventWait(at: usize, ticket: u32, timeoutUs: f64): i32 {
  return event.eventWait(at, ticket, ticksFromUs(timeoutUs));
}

export function dequePush(at: usize, item: f64): i32 {
  return deque.dequePush(at, wholeFrom(item));
}

export function dequeTake(at: usize): f64 {
  return <f64>deque.dequeTake(at);
}

export function dequeSteal(at: usize): f64 {
  return <f64>deque.dequeSteal(at);
}

// @ts-ignore: decorator
@inline
function long(low: u32, high: u32): u64 {
  return <u64>low | (<u64>high << 32);
}

/** The secret comes as four halves, lowest first. */
export function mapInit(at: usize, capacity: u32, s0: u32, s1: u32, s2: u32, s3: u32): i32 {
  return map.mapInit(at, capacity, <i64>long(s0, s1), <i64>long(s2, s3));
}

export function mapAsk(
  at: usize, what: u32, key0: u32, key1: u32, value0: u32, value1: u32, expected0: u32, expected1: u32, out: usize,
): i32 {
  return map.mapAsk(at, what, long(key0, key1), long(value0, value1), long(expected0, expected1), out);
}
