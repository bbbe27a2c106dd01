import * as body from "../clocks/dotted-set";
import { wholeFrom } from "../math/ticks";

export {
  dottedSetCompare, dottedSetDiscard, dottedSetInit, dottedSetJoin, dottedSetRead, dottedSetSize, dottedSetSync,
} from "../clocks/dotted-set";
export { loadState as dottedSetLoad, saveState as dottedSetSave } from "../memory/snapshot";

export function dottedSetUpdate(at: usize, context: usize, count: u32, id: u32, value: f64, scratch: usize): i32 {
  return body.dottedSetUpdate(at, context, count, id, wholeFrom(value), scratch);
}

export function dottedSetRow(at: usize, index: u32, what: u32): f64 {
  return <f64>body.dottedSetRow(at, index, what);
}

export function dottedSetValue(at: usize, index: u32): f64 {
  return <f64>body.dottedSetValue(at, index);
}

export function dottedSetAppendRow(at: usize, id: u32, counter: f64, values: u32): i32 {
  return body.dottedSetAppendRow(at, id, wholeFrom(counter), values);
}

export function dottedSetAppend(at: usize, value: f64): i32 {
  return body.dottedSetAppend(at, wholeFrom(value));
}
