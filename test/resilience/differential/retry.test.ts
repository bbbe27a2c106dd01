/** Seeded plans of attempts through our retry and cockatiel's: the same attempts at the same times, except where the list says why not. */

import { retry as cockatielRetry, ExponentialBackoff, handleAll, noJitterGenerator } from "cockatiel";
import { afterEach, beforeEach, expect, it } from "vitest";
import { seeded } from "../../../ts/kernel/index.js";
import { constant, exponential, retry } from "../../../ts/resilience/index.js";
import { type CallSeen, type CallStep, caller } from "./call-traces.js";
import { compare, type Difference, expectAllUsed, holdTime, releaseTime } from "./compare.js";

const differences: readonly Difference<CallStep, CallSeen, CallSeen>[] = [
  {
    name: "the error of the last attempt",
    reason:
      "After several attempts the error says how often and why no more, and carries each failure; its cause is what cockatiel throws.",
    shownOnly: true,
    explains: ({ ours, theirs }) =>
      ours.outcome === "RETRIES_EXHAUSTED" &&
      ours.cause === theirs.outcome &&
      ours.settledMs === theirs.settledMs &&
      String(ours.begun) === String(theirs.begun),
  },
  {
    name: "abort",
    reason:
      "An abort settles the call at once, with the caller's reason, and nothing starts any more; cockatiel waits for the attempt or the delay, and starts one attempt after an abort in a delay.",
    explains: ({ ours, theirs }) =>
      ours.outcome === "enough" &&
      (theirs.outcome !== "enough" || theirs.settledMs! > ours.settledMs!) &&
      ours.begun.every((ms, attempt) => ms === theirs.begun[attempt]) &&
      theirs.begun.length - ours.begun.length <= 1,
  },
];

/** One call, then time enough for it to end, in small steps, so that the first difference is found where it begins. */
function plan(seed: number): CallStep[] {
  const random = seeded(seed);
  const attempts = Array.from({ length: 4 }, () => ({
    tookMs: Math.floor(random.next() * 50),
    ok: random.next() < 0.3,
  }));
  const abortAfterMs = random.next() < 0.4 ? 1 + Math.floor(random.next() * 300) : undefined;
  return [{ plan: { attempts, abortAfterMs } }, ...Array.from({ length: 60 }, () => ({ waitMs: 10 }))];
}

const visible = ({ begun, settledMs, outcome }: CallSeen) => ({ begun, settledMs, outcome });

beforeEach(holdTime);
afterEach(releaseTime);

it("constant and exponential delays, with and without an abort, beside cockatiel", async () => {
  const used = new Set<string>();
  for (let seed = 1; seed <= 150; seed++) {
    const grows = seed % 2 === 0;
    const backoff = grows ? exponential({ baseMs: 20, maxMs: 70, jitter: "none" }) : constant({ baseMs: 35 });
    const policy = retry({ attempts: 3, backoff });
    const peer = cockatielRetry(handleAll, {
      maxAttempts: 2,
      backoff: new ExponentialBackoff({
        generator: noJitterGenerator,
        initialDelay: grows ? 20 : 35,
        exponent: grows ? 2 : 1,
        maxDelay: grows ? 70 : 35,
      }),
    });
    const run = {
      seed,
      steps: plan(seed),
      ours: caller((work, signal) => policy.execute(work, { signal })),
      theirs: caller((work, signal) => peer.execute(work, signal)),
      visible: { ours: visible, theirs: visible },
      differences,
    };
    await compare(run, used);
  }
  expectAllUsed(differences, used);
  expect(used.size).toBe(2);
});
