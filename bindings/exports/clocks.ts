import type { Address } from "./base.js";

/** Clocks. A timestamp or context row lies in memory, lowest byte first; a 64-bit number is passed as two halves of 32 bits. */
export interface ClockExports {
  hybridSize(): number;
  hybridInit(at: Address, logicalBits: number, offsetMaxUs: number): number;
  hybridNow(at: Address, nowUs: number, count: number, to: Address): number;
  hybridForward(at: Address, low: number, high: number): number;
  hybridUpdate(at: Address, low: number, high: number, nowUs: number, to: Address): number;
  hybridLast(at: Address, to: Address): void;
  hybridSetBound(at: Address, boundUs: number): void;
  hybridArm(at: Address, armed: number, nowUs: number): void;
  hybridObserve(at: Address, nowUs: number): number;
  hybridStepsBack(at: Address): number;
  hybridSave(at: Address, to: Address): void;
  hybridLoad(at: Address, from: Address): number;

  vectorSize(entries: number): number;
  vectorInit(at: Address, entries: number): number;
  vectorGet(at: Address, index: number): number;
  vectorRaise(at: Address, index: number, count: number): number;
  vectorIncrement(at: Address, index: number): number;
  vectorCompare(at: Address, other: Address): number;
  vectorCompareMany(at: Address, others: Address, count: number, out: Address): void;
  vectorMerge(at: Address, other: Address): number;
  vectorSave(at: Address, to: Address): void;
  vectorLoad(at: Address, from: Address): number;

  dottedSize(rows: number): number;
  dottedInit(at: Address, rows: number): number;
  dottedWrite(at: Address, context: Address, count: number, id: number, counter: number): number;
  dottedCounter(at: Address, id: number): number;
  dottedCompare(at: Address, other: Address): number;
  dottedContext(at: Address, to: Address): number;
  dottedSave(at: Address, to: Address): void;
  dottedLoad(at: Address, from: Address): number;

  dottedSetSize(rows: number, values: number): number;
  dottedSetInit(at: Address, rows: number, values: number): number;
  dottedSetSync(at: Address, other: Address, scratch: Address): number;
  dottedSetUpdate(at: Address, context: Address, count: number, id: number, value: number, scratch: Address): number;
  dottedSetDiscard(at: Address, context: Address, count: number): number;
  dottedSetCompare(at: Address, other: Address): number;
  dottedSetJoin(at: Address, to: Address): number;
  dottedSetRead(at: Address, what: number): number;
  dottedSetRow(at: Address, index: number, what: number): number;
  dottedSetValue(at: Address, index: number): number;
  dottedSetAppendRow(at: Address, id: number, counter: number, values: number): number;
  dottedSetAppend(at: Address, value: number): number;
  dottedSetSave(at: Address, to: Address): void;
  dottedSetLoad(at: Address, from: Address): number;

  stampSize(capacity: number): number;
  stampInit(at: Address, capacity: number): number;
  stampBits(at: Address): number;
  stampScratch(bits: number): number;
  stampEvent(at: Address, scratch: Address): number;
  stampFork(at: Address, other: Address, scratch: Address): number;
  stampJoin(at: Address, other: Address, scratch: Address): number;
  stampPeek(at: Address, other: Address, scratch: Address): number;
  stampCompare(at: Address, other: Address, scratch: Address): number;
  stampDecode(at: Address, from: Address, bytes: number, scratch: Address): number;
  stampEncode(at: Address, to: Address): number;
  stampSave(at: Address, to: Address): void;
  stampLoad(at: Address, from: Address): number;
}
