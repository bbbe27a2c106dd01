import * as body from "../limiters/leaky-queue";
import { ticksFromUs, wholeFrom } from "../math/ticks";
import { waitUs } from "../math/wait";

export function leakyQueueEnter(at: usize, weight: f64, nowUs: f64): f64 {
  return waitUs(body.leakyQueueEnter(at, wholeFrom(weight), ticksFromUs(nowUs)));
}

export function leakyQueuePeek(at: usize, weight: f64, nowUs: f64): f64 {
  return waitUs(body.leakyQueuePeek(at, wholeFrom(weight), ticksFromUs(nowUs)));
}

export function leakyQueueLeave(at: usize, weight: f64, dueUs: f64, nowUs: f64): i32 {
  return body.leakyQueueLeave(at, wholeFrom(weight), ticksFromUs(dueUs), ticksFromUs(nowUs));
}
