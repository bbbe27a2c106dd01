import * as body from "../clocks/vector";
import { wholeFrom } from "../math/ticks";

export { vectorCompare, vectorCompareMany, vectorInit, vectorMerge, vectorSize } from "../clocks/vector";
export { loadState as vectorLoad, saveState as vectorSave } from "../memory/snapshot";

export function vectorGet(at: usize, index: u32): f64 {
  return <f64>body.vectorGet(at, index);
}

export function vectorRaise(at: usize, index: u32, count: f64): i32 {
  return body.vectorRaise(at, index, wholeFrom(count));
}

export function vectorIncrement(at: usize, index: u32): f64 {
  return <f64>body.vectorIncrement(at, index);
}
