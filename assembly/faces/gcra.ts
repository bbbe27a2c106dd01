import * as body from "../limiters/gcra";
import { hotTicksFromUs, hotWholeFrom, ticksFromUs, usFromTicks, wholeFrom } from "../math/ticks";
import { hotWaitUs, waitUs } from "../math/wait";
import { tellFloats } from "./tell";

export { gcraSize } from "../limiters/gcra";

export function gcraInit(at: usize, limit: f64, periodUs: f64, burst: f64, initial: f64): i32 {
  return body.gcraInit(at, wholeFrom(limit), ticksFromUs(periodUs), wholeFrom(burst), wholeFrom(initial));
}

export function gcraTryAcquire(at: usize, weight: f64, nowUs: f64): f64 {
  return hotWaitUs(body.gcraTryAcquire(at, hotWholeFrom(weight), hotTicksFromUs(nowUs)));
}

export function gcraCheck(at: usize, weight: f64, nowUs: f64, to: usize): f64 {
  const wait = body.gcraCheck(at, wholeFrom(weight), ticksFromUs(nowUs), to);
  tellFloats(to);
  return waitUs(wait);
}

export function gcraPeek(at: usize, weight: f64, nowUs: f64): f64 {
  return waitUs(body.gcraPeek(at, wholeFrom(weight), ticksFromUs(nowUs)));
}

export function gcraRemaining(at: usize, nowUs: f64): f64 {
  return <f64>body.gcraRemaining(at, ticksFromUs(nowUs));
}

export function gcraResetAfter(at: usize, nowUs: f64): f64 {
  return usFromTicks(body.gcraResetAfter(at, ticksFromUs(nowUs)));
}

export function gcraRefund(at: usize, weight: f64, nowUs: f64): void {
  body.gcraRefund(at, wholeFrom(weight), ticksFromUs(nowUs));
}

export function gcraReserve(at: usize, weight: f64, nowUs: f64, patienceUs: f64): f64 {
  return waitUs(body.gcraReserve(at, wholeFrom(weight), ticksFromUs(nowUs), ticksFromUs(patienceUs)));
}

export function gcraCancelReservation(at: usize, weight: f64, dueUs: f64, nowUs: f64): i32 {
  return body.gcraCancelReservation(at, wholeFrom(weight), ticksFromUs(dueUs), ticksFromUs(nowUs));
}

export function gcraConfigure(at: usize, limit: f64, periodUs: f64, burst: f64, nowUs: f64): i32 {
  return body.gcraConfigure(at, wholeFrom(limit), ticksFromUs(periodUs), wholeFrom(burst), ticksFromUs(nowUs));
}

export function gcraSave(at: usize, to: usize, nowUs: f64): void {
  body.gcraSave(at, to, ticksFromUs(nowUs));
}

export function gcraLoad(at: usize, from: usize, nowUs: f64): i32 {
  return body.gcraLoad(at, from, ticksFromUs(nowUs));
}
