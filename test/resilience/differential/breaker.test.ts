/** Seeded schedules of calls through our breaker and the peers': the same decisions, except where the lists below say why not. */

import { ConsecutiveBreaker, CountBreaker, type IBreaker } from "cockatiel";
import { afterEach, beforeEach, expect, it } from "vitest";
import { type Random, seeded } from "../../../ts/kernel/index.js";
import { type CircuitBreakerOptions, count, time } from "../../../ts/resilience/index.js";
import { type BreakerSeen, type BreakerStep, cockatielBreaker, holdfast, opossum } from "./breaker-subjects.js";
import { compare, type Difference, expectAllUsed, holdTime, type Point, releaseTime } from "./compare.js";

type BreakerPoint = Point<BreakerStep, BreakerSeen, BreakerSeen>;
type BreakerDifference = Difference<BreakerStep, BreakerSeen, BreakerSeen>;

const openForMs = 100;
const traces = 150;

/** Calls that begin and end in any order, and time that passes; now and then long enough for a probe to be given up. */
function schedule(seed: number): BreakerStep[] {
  const random = seeded(seed);
  const steps: BreakerStep[] = [];
  const out: number[] = [];
  const badness = 0.2 + 0.7 * random.next();
  let begun = 0;
  for (let step = 0; step < 40; step++) {
    const draw = random.next();
    if (draw < 0.4) {
      out.push(begun);
      steps.push({ begin: begun++ });
    } else if (draw < 0.8) {
      const [end] = out.splice(Math.floor(random.next() * out.length), 1);
      if (end !== undefined) steps.push({ end, ok: random.next() >= badness });
    } else {
      steps.push({ waitMs: waits(random) });
    }
  }
  return steps;
}

function waits(random: Random): number {
  const draw = random.next();
  return draw < 0.1 ? 10_001 : draw < 0.4 ? 100 : draw < 0.7 ? 30 : 250;
}

/** The trace of one call after another, none at the same time. */
function sequence(seed: number): BreakerStep[] {
  let ended = -1;
  return schedule(seed).flatMap((step): BreakerStep[] => {
    if ("end" in step) return [];
    if ("waitMs" in step) return [step];
    ended = step.begin;
    return [step, { end: ended, ok: (seed * 7919 + ended * 104_729) % 5 < 2 }];
  });
}

const ended = ({ step }: BreakerPoint) => "end" in step;
const states = ({ ours, theirs }: BreakerPoint, our: string, their: string) =>
  ours.state === our && theirs.state === their;
const failuresOf = (seen: BreakerSeen, step: BreakerStep) => seen.failures + ("ok" in step && !step.ok ? 1 : 0);

/** Comes last in each list: a result that was late may show its trace in a peer's counters only later. */
const late: BreakerDifference = {
  name: "late results",
  reason:
    "A call that began before the last change of state says nothing about the state that it ends in; peers count it there, and let it open or close.",
  explains: (point) => point.ours.late > 0,
};
const hungProbe: BreakerDifference = {
  name: "hung probe",
  reason:
    "A probe that has no verdict after maxWaitMs opens the breaker again; peers wait for it for ever and refuse or hold everybody.",
  explains: ({ ours, theirs }) =>
    theirs.state === "half-open" && (ours.state === "open" || (ours.begun === "runs" && theirs.begun !== "runs")),
};

const cockatielDifferences: readonly BreakerDifference[] = [
  hungProbe,
  {
    name: "the state that is shown",
    reason: "An open breaker whose time is over reads half-open; cockatiel's reads open until the next call.",
    shownOnly: true,
    explains: (point) => states(point, "half-open", "open") && !("begin" in point.step),
  },
  {
    name: "calls beside a probe",
    reason:
      "Half-open refuses beyond its permits; cockatiel holds such callers, without a bound, and lets all go at once when it closes.",
    explains: ({ ours, theirs }) => ours.begun === "refused" && theirs.begun === "waits",
  },
];

const consecutiveDifferences: readonly BreakerDifference[] = [...cockatielDifferences, late];

const countDifferences: readonly BreakerDifference[] = [
  ...cockatielDifferences,
  {
    name: "rate at equality",
    reason:
      "A rate opens when it is reached, as the name threshold says and resilience4j does; cockatiel's has to be passed.",
    explains: (point) =>
      ended(point) &&
      states(point, "open", "closed") &&
      2 * failuresOf(point.before.ours, point.step) === Math.min(10, point.before.ours.calls + 1),
  },
  {
    name: "rate after a success",
    reason:
      "Each result is judged by the rate with it; cockatiel looks after failures only, so the success that completes the minimum, or pushes another out of the window, passes unjudged.",
    explains: (point) => ended(point) && states(point, "open", "closed") && "ok" in point.step && point.step.ok,
  },
  {
    name: "the probe's result",
    reason: "Closing begins with an empty window; cockatiel's begins with the success of the probe.",
    explains: (point) => ended(point) && point.ours.closings > 0 && point.before.ours.calls < 10,
  },
  late,
];

const opossumDifferences: readonly BreakerDifference[] = [
  hungProbe,
  {
    name: "window after closing",
    reason: "Closing clears the window; opossum keeps the failures that opened it, and one more opens it again.",
    explains: ({ ours, theirs }) => theirs.closings > 0 && theirs.failures > ours.failures,
  },
  {
    name: "calls that count",
    reason: "Completed calls count; opossum divides by all that were fired, those that run or were refused too.",
    explains: ({ before, ours, theirs }) => theirs.calls !== Math.max(ours.calls, before.ours.calls),
  },
  {
    name: "rate at equality",
    reason: "As above: a rate opens when it is reached.",
    explains: (point) =>
      states(point, "open", "closed") && 2 * failuresOf(point.before.ours, point.step) === point.before.ours.calls + 1,
  },
  {
    name: "rate after a success",
    reason: "As above: each result is judged.",
    explains: (point) => states(point, "open", "closed") && "ok" in point.step && point.step.ok,
  },
  late,
];

beforeEach(holdTime);
afterEach(releaseTime);

const shown = ({ begun, state }: BreakerSeen) => ({ begun, state });
const visible = { ours: shown, theirs: shown };

/** Many traces, each through new breakers. */
async function differ(
  differences: readonly BreakerDifference[],
  trace: (seed: number) => BreakerStep[],
  options: CircuitBreakerOptions,
  peer: () => ReturnType<typeof opossum>,
): Promise<Set<string>> {
  const used = new Set<string>();
  for (let seed = 1; seed <= traces; seed++) {
    const subjects = { ours: holdfast(options), theirs: peer() };
    await compare({ seed, steps: trace(seed), ...subjects, visible, differences }, used);
  }
  return used;
}

it("failures in a row, beside cockatiel's ConsecutiveBreaker", async () => {
  const peer = () => cockatielBreaker(new ConsecutiveBreaker(3), openForMs);
  const used = await differ(consecutiveDifferences, schedule, { consecutiveFailures: 3, openForMs }, peer);
  expectAllUsed(consecutiveDifferences, used);
});

it("failures in a row, one call after another: no difference but the state that is shown", async () => {
  const peer = () => cockatielBreaker(new ConsecutiveBreaker(3), openForMs);
  const used = await differ(consecutiveDifferences, sequence, { consecutiveFailures: 3, openForMs }, peer);
  expect([...used]).toEqual(["the state that is shown"]);
});

it("the last calls, beside cockatiel's CountBreaker", async () => {
  const rule = (): IBreaker => new CountBreaker({ size: 10, threshold: 0.5, minimumNumberOfCalls: 4 });
  const options = { window: count(10), failureRate: 0.5, minimumCalls: 4, openForMs };
  const used = await differ(countDifferences, schedule, options, () => cockatielBreaker(rule(), openForMs));
  expectAllUsed(countDifferences, used);
});

it("the last calls, a threshold that is never met exactly, one call after another: only what the probe and successes do", async () => {
  const rule = (): IBreaker => new CountBreaker({ size: 10, threshold: 0.55, minimumNumberOfCalls: 4 });
  const options = { window: count(10), failureRate: 0.55, minimumCalls: 4, openForMs };
  const used = await differ(countDifferences, sequence, options, () => cockatielBreaker(rule(), openForMs));
  expect([...used].sort()).toEqual(["rate after a success", "the probe's result", "the state that is shown"]);
});

const opossumOptions = {
  resetTimeout: openForMs,
  errorThresholdPercentage: 50,
  volumeThreshold: 4,
  rollingCountTimeout: 1_000,
};
const likeOpossum: CircuitBreakerOptions = { window: time(1_000), failureRate: 0.5, minimumCalls: 4, openForMs };

it("a window of time, beside opossum", async () => {
  const used = new Set([
    ...(await differ(opossumDifferences, schedule, likeOpossum, () => opossum(opossumOptions))),
    ...(await differ(opossumDifferences, sequence, likeOpossum, () => opossum(opossumOptions))),
  ]);
  expectAllUsed(opossumDifferences, used);
});
