import { ticksFromUs, usFromTicks } from "../math/ticks";
import * as sendRate from "../retry/send-rate";

export { loadClocked as sendRateLoad, saveClocked as sendRateSave } from "./clocked";
export { sendRateInit, sendRateSize } from "../retry/send-rate";

export function sendRateRecord(at: usize, throttled: u32, nowUs: f64): void {
  sendRate.sendRateRecord(at, throttled, ticksFromUs(nowUs));
}

export function sendRateTryAcquire(at: usize, nowUs: f64): f64 {
  return usFromTicks(sendRate.sendRateTryAcquire(at, ticksFromUs(nowUs)));
}

export function sendRateRead(at: usize, what: u32, nowUs: f64): f64 {
  return <f64>sendRate.sendRateRead(at, what, ticksFromUs(nowUs));
}
