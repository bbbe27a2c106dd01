/** Clocks beside what one would write by hand: a plain one, and one that threads can share. */

import { HybridClock, IntervalTreeClock, VectorClock } from "holdfast/core";
import { compareByHand, HandHybrid, HandSharedHybrid, mergeByHand, mergeMaps } from "./clocks-by-hand.js";
import { type CoreCase, timed } from "./timed.js";

const hybrid: readonly CoreCase[] = [
  timed("hybrid clock: now", () => {
    const clock = new HybridClock({ maxOffsetMs: 0 });
    return (nowMs) => clock.now(nowMs).logical;
  }),
  timed("hybrid clock, steps of the wall clock watched: now", () => {
    const clock = new HybridClock();
    return (nowMs) => clock.now(nowMs).logical;
  }),
  timed("hybrid clock by hand, two numbers: now", () => {
    const clock = new HandHybrid();
    return (nowMs) => clock.now(nowMs).logical;
  }),
  timed("hybrid clock by hand, shared, BigInt: now", () => {
    const clock = new HandSharedHybrid();
    return (nowMs) => clock.now(nowMs).logical;
  }),
];

const entries = 64;
const others = 100;

/** Clocks of a group of processes that have heard of almost everything. */
const counters = (seed: number): number[] => Array.from({ length: entries }, (_, i) => 1_000 + ((i * seed) % 7));

function vectorOf(seed: number): VectorClock {
  const clock = new VectorClock({ entries });
  for (const [index, count] of counters(seed).entries()) clock.raise(index, count);
  return clock;
}

const mapOf = (seed: number): Map<string, number> =>
  new Map(counters(seed).map((count, index) => [`process-${index}`, count]));

/** Each order as a number, so that its result can be added up. */
const codes = { equal: 0, before: 1, after: 2, concurrent: 3 } as const;

const vectors: readonly CoreCase[] = [
  timed("vector clock, 64 entries: compare", () => {
    const [one, other] = [vectorOf(3), vectorOf(5)];
    return () => codes[one.compare(other)];
  }),
  timed("vector clock by hand, 64 entries: compare", () => {
    const [one, other] = [Float64Array.from(counters(3)), Float64Array.from(counters(5))];
    return () => compareByHand(one, other);
  }),
  timed("vector clock, 64 entries: merge", () => {
    const [one, other] = [vectorOf(3), vectorOf(5)];
    return () => {
      one.merge(other);
      return 0;
    };
  }),
  timed("vector clock by hand, 64 entries: merge", () => {
    const [one, other] = [Float64Array.from(counters(3)), Float64Array.from(counters(5))];
    return () => {
      mergeByHand(one, other);
      return one[0]!;
    };
  }),
  timed("vector clock as a Map, 64 entries: merge", () => {
    const [one, other] = [mapOf(3), mapOf(5)];
    return () => {
      mergeMaps(one, other);
      return 0;
    };
  }),
  timed(`vector clock, 64 entries: compare with ${others}`, () => {
    const one = vectorOf(3);
    const many = Array.from({ length: others }, (_, index) => vectorOf(index));
    return () => one.compareMany(many).length;
  }),
  timed(`vector clock by hand, 64 entries: compare with ${others}`, () => {
    const one = Float64Array.from(counters(3));
    const many = Array.from({ length: others }, (_, index) => Float64Array.from(counters(index)));
    return () => many.map((other) => compareByHand(one, other)).length;
  }),
];

const intervalTrees: readonly CoreCase[] = [
  timed("interval tree clock, 8 participants: event", () => {
    let stamps = [new IntervalTreeClock()];
    while (stamps.length < 8) stamps = stamps.flatMap((stamp) => [stamp, stamp.fork()]);
    const stamp = stamps[0]!;
    return () => {
      stamp.event();
      return 0;
    };
  }),
];

export const clockCases: readonly CoreCase[] = [...hybrid, ...vectors, ...intervalTrees];
