import { ticksFromUs } from "../math/ticks";
import * as phi from "../membership/phi";
import * as suspicion from "../membership/suspicion";

export { loadClocked as phiLoad, loadClocked as suspicionLoad, saveClocked as phiSave, saveClocked as suspicionSave } from "./clocked";
export { healthInit, healthNote, healthScore, healthSize } from "../membership/health";
export { phiInit, phiOf, phiRead, phiSize } from "../membership/phi";
export { gossipPushPullScale, gossipRetransmits, gossipSuspicionLeast } from "../membership/scale";
export { suspicionConfirm, suspicionConfirmations, suspicionSize, suspicionTimeout } from "../membership/suspicion";

export function phiHeartbeat(at: usize, nowUs: f64): void {
  phi.phiHeartbeat(at, ticksFromUs(nowUs));
}

export function phiValue(at: usize, nowUs: f64): f64 {
  return phi.phiValue(at, ticksFromUs(nowUs));
}

export function phiAvailable(at: usize, nowUs: f64): i32 {
  return phi.phiAvailable(at, ticksFromUs(nowUs));
}

export function suspicionInit(at: usize, expected: u32, leastUs: f64, mostUs: f64, from: u32, nowUs: f64): i32 {
  return suspicion.suspicionInit(at, expected, leastUs, mostUs, from, ticksFromUs(nowUs));
}

export function suspicionRemaining(at: usize, nowUs: f64): f64 {
  return suspicion.suspicionRemaining(at, ticksFromUs(nowUs));
}
