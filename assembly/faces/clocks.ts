import * as dotted from "../clocks/dotted";
import * as set from "../clocks/dotted-set";
import * as hybrid from "../clocks/hybrid";
import * as vector from "../clocks/vector";
import { hotTicksFromUs, ticksFromUs, wholeFrom } from "../math/ticks";

export {
  loadState as dottedLoad, loadState as dottedSetLoad, loadState as stampLoad, loadState as vectorLoad, saveState as dottedSave,
  saveState as dottedSetSave, saveState as hybridSave, saveState as stampSave, saveState as vectorSave,
} from "../memory/snapshot";
export { dottedCompare, dottedContext, dottedInit, dottedSize } from "../clocks/dotted";
export {
  dottedSetCompare, dottedSetDiscard, dottedSetInit, dottedSetJoin, dottedSetRead, dottedSetSize, dottedSetSync,
} from "../clocks/dotted-set";
export { hybridLast, hybridLoad, hybridSize, hybridStepsBack } from "../clocks/hybrid";
export {
  stampBits, stampCompare, stampDecode, stampEncode, stampEvent, stampFork, stampInit, stampJoin, stampPeek, stampScratch, stampSize,
} from "../clocks/interval-tree";
export { vectorCompare, vectorCompareMany, vectorInit, vectorMerge, vectorSize } from "../clocks/vector";

export function hybridInit(at: usize, logicalBits: u32, offsetMaxUs: f64): i32 {
  return hybrid.hybridInit(at, logicalBits, ticksFromUs(offsetMaxUs));
}

export function hybridNow(at: usize, nowUs: f64, count: u32, to: usize): i32 {
  return hybrid.hybridNow(at, hotTicksFromUs(nowUs), count, to);
}

export function hybridForward(at: usize, low: u32, high: u32): i32 {
  return hybrid.hybridForward(at, <i64>low | (<i64>high << 32));
}

export function hybridUpdate(at: usize, low: u32, high: u32, nowUs: f64, to: usize): i32 {
  return hybrid.hybridUpdate(at, <i64>low | (<i64>high << 32), ticksFromUs(nowUs), to);
}

export function hybridSetBound(at: usize, boundUs: f64): void {
  hybrid.hybridSetBound(at, ticksFromUs(boundUs));
}

export function hybridArm(at: usize, armed: u32, nowUs: f64): void {
  hybrid.hybridArm(at, armed, ticksFromUs(nowUs));
}

export function hybridObserve(at: usize, nowUs: f64): i32 {
  return hybrid.hybridObserve(at, ticksFromUs(nowUs));
}

export function vectorGet(at: usize, index: u32): f64 {
  return <f64>vector.vectorGet(at, index);
}

export function vectorRaise(at: usize, index: u32, count: f64): i32 {
  return vector.vectorRaise(at, index, wholeFrom(count));
}

export function vectorIncrement(at: usize, index: u32): f64 {
  return <f64>vector.vectorIncrement(at, index);
}

export function dottedWrite(at: usize, context: usize, count: u32, id: u32, counter: f64): i32 {
  return dotted.dottedWrite(at, context, count, id, wholeFrom(counter));
}

export function dottedCounter(at: usize, id: u32): f64 {
  return <f64>dotted.dottedCounter(at, id);
}

export function dottedSetUpdate(at: usize, context: usize, count: u32, id: u32, value: f64, scratch: usize): i32 {
  return set.dottedSetUpdate(at, context, count, id, wholeFrom(value), scratch);
}

export function dottedSetRow(at: usize, index: u32, what: u32): f64 {
  return <f64>set.dottedSetRow(at, index, what);
}

export function dottedSetValue(at: usize, index: u32): f64 {
  return <f64>set.dottedSetValue(at, index);
}

export function dottedSetAppendRow(at: usize, id: u32, counter: f64, values: u32): i32 {
  return set.dottedSetAppendRow(at, id, wholeFrom(counter), values);
}

export function dottedSetAppend(at: usize, value: f64): i32 {
  return set.dottedSetAppend(at, wholeFrom(value));
}
