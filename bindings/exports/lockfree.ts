import type { Address } from "./base.js";

/**
 * Lock-free structures and the registry of who holds them (`assembly/lockfree/`). A slot is an address, 0 where there is none and 1
 * where another thread is in the middle of its call. A 64-bit number is two halves of 32 bits.
 */
export interface LockFreeExports {
  eventPrepare(event: Address): number;
  eventSignal(event: Address): void;
  eventWait(at: Address, ticket: number, timeoutUs: number): number;

  spscSize(capacity: number, messageBytes: number): number;
  spscInit(at: Address, capacity: number, messageBytes: number): number;
  spscReserve(at: Address): Address;
  spscReserveRun(at: Address, wanted: number): number;
  spscCommit(at: Address, count: number): void;
  spscPeek(at: Address): Address;
  spscPeekRun(at: Address, wanted: number): number;
  spscRelease(at: Address, count: number): void;
  spscCount(at: Address): number;

  recordsSize(capacity: number): number;
  recordsInit(at: Address, capacity: number): number;
  recordsLongest(at: Address): number;
  recordsReserve(at: Address, length: number): Address;
  recordsCommit(at: Address): void;
  recordsPeek(at: Address): Address;
  recordsRelease(at: Address): void;
  recordsUsed(at: Address): number;

  mpmcSize(capacity: number, messageBytes: number): number;
  mpmcInit(at: Address, capacity: number, messageBytes: number): number;
  mpmcClaim(at: Address, owner: number): Address;
  mpmcPublish(at: Address, slot: Address, owner: number): number;
  mpmcTake(at: Address, owner: number): Address;
  mpmcRelease(at: Address, slot: Address, owner: number): number;
  mpmcCount(at: Address): number;
  mpmcReclaim(at: Address, owner: number): number;

  stackSize(capacity: number, messageBytes: number): number;
  stackInit(at: Address, capacity: number, messageBytes: number): number;
  stackReserve(at: Address): Address;
  stackCommit(at: Address, slot: Address): void;
  stackTake(at: Address): Address;
  stackRelease(at: Address, slot: Address): void;
  stackIsEmpty(at: Address): number;

  queueSize(capacity: number, messageBytes: number): number;
  queueInit(at: Address, capacity: number, messageBytes: number): number;
  queueReserve(at: Address): Address;
  queueCommit(at: Address, slot: Address): void;
  queueTake(at: Address): Address;
  queueRelease(at: Address, slot: Address): void;
  queueIsEmpty(at: Address): number;

  dequeSize(capacity: number): number;
  dequeInit(at: Address, capacity: number): number;
  dequePush(at: Address, item: number): number;
  dequeTake(at: Address): number;
  dequeSteal(at: Address): number;
  dequeCount(at: Address): number;

  mapSize(capacity: number): number;
  mapInit(at: Address, capacity: number, s0: number, s1: number, s2: number, s3: number): number;
  mapDigest(at: Address, hash: Address, key: Address, length: number, last: number, out: Address): void;
  mapAsk(
    at: Address,
    what: number,
    key0: number,
    key1: number,
    value0: number,
    value1: number,
    expected0: number,
    expected1: number,
    out: Address,
  ): number;
  mapCount(at: Address): number;

  permitsSize(): number;
  permitsInit(at: Address, permits: number): number;
  permitsTryAcquire(at: Address, owner: number): number;
  permitsRelease(at: Address, owner: number): number;
  permitsReclaim(at: Address, owner: number): number;
  permitsHeld(at: Address, owner: number): number;
  permitsInUse(at: Address): number;
  permitsResize(at: Address, permits: number): number;

  registrySize(entries: number): number;
  registryInit(at: Address, entries: number): number;
  registryJoin(at: Address, label: number): number;
  registryOwner(at: Address, owner: number, what: number): number;
  registryBeat(at: Address, owner: number): void;
  registryAdd(at: Address, block: Address, owner: number): number;
  registryHold(at: Address, entry: number, block: Address, generation: number, owner: number): number;
  registryDrop(at: Address, entry: number, owner: number): number;
  registryReclaim(at: Address, owner: number, word: number): number;
}
