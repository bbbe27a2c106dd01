import * as body from "../clocks/dotted";
import { wholeFrom } from "../math/ticks";

export { dottedCompare, dottedContext, dottedInit, dottedSize } from "../clocks/dotted";
export { loadState as dottedLoad, saveState as dottedSave } from "../memory/snapshot";

export function dottedWrite(at: usize, context: usize, count: u32, id: u32, counter: f64): i32 {
  return body.dottedWrite(at, context, count, id, wholeFrom(counter));
}

export function dottedCounter(at: usize, id: u32): f64 {
  return <f64>body.dottedCounter(at, id);
}
