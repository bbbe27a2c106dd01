/** Seeded calls through our timeout, cockatiel's and opossum's: they settle at the same time with the same, except where a list says why not. */

import { timeout as cockatielTimeout, TimeoutStrategy } from "cockatiel";
import Opossum from "opossum";
import { afterEach, beforeEach, it } from "vitest";
import { seeded } from "../../../ts/kernel/index.js";
import { timeout } from "../../../ts/resilience/index.js";
import { type CallSeen, type CallStep, caller } from "./call-traces.js";
import { compare, type Difference, expectAllUsed, holdTime, releaseTime } from "./compare.js";

type TimeoutDifference = Difference<CallStep, CallSeen, CallSeen>;

const timeoutMs = 50;

const cockatielDifferences: readonly TimeoutDifference[] = [
  {
    name: "the error of the deadline",
    reason: "A deadline has an error of its own, with a code; cockatiel throws the same error as for a cancelled call.",
    shownOnly: true,
    explains: ({ ours, theirs }) =>
      ours.outcome === "TIMEOUT" &&
      theirs.outcome === "Operation timed out after 50ms" &&
      ours.signalled &&
      theirs.signalled,
  },
  {
    name: "abort after success",
    reason:
      "The signal never aborts after the function has ended: the body of its response may still be read. cockatiel aborts it unless told not to.",
    shownOnly: true,
    explains: ({ ours, theirs }) =>
      ours.outcome === theirs.outcome && ours.settledMs === theirs.settledMs && !ours.signalled && theirs.signalled,
  },
  {
    name: "the caller's reason",
    reason:
      "A caller who aborts gets the reason that it gave; cockatiel says that the call timed out, which it did not.",
    explains: ({ ours, theirs }) => ours.outcome === "enough" && theirs.outcome === "Operation timed out after 50ms",
  },
];

const opossumDifferences: readonly TimeoutDifference[] = [
  {
    name: "the error of the deadline",
    reason: "The codes differ in name only.",
    shownOnly: true,
    explains: ({ ours, theirs }) => ours.outcome === "TIMEOUT" && theirs.outcome === "ETIMEDOUT",
  },
  {
    name: "abort of one call",
    reason:
      "Each call takes its caller's signal; opossum has one controller for all calls of a breaker, which nobody can abort for one.",
    explains: ({ ours, theirs }) => ours.outcome === "enough" && theirs.outcome !== "enough",
  },
];

/** A call that ends before the deadline, after it, or never; some callers abort. Never two things at the same instant. */
function plan(seed: number): CallStep[] {
  const random = seeded(seed);
  const draw = random.next();
  const tookMs = draw < 0.2 ? undefined : 1 + 3 * Math.floor(random.next() * 30);
  const abortAfterMs = random.next() < 0.3 ? 2 + 3 * Math.floor(random.next() * 30) : undefined;
  const attempts = [{ tookMs, ok: random.next() < 0.6 }];
  return [{ plan: { attempts, abortAfterMs } }, ...Array.from({ length: 12 }, () => ({ waitMs: 10 }))];
}

/** Opossum gives its function no signal. */
const shown = ({ settledMs, outcome }: CallSeen) => ({ settledMs, outcome });
const shownWithSignal = (seen: CallSeen) => ({ ...shown(seen), signalled: seen.signalled });

async function differ(
  differences: readonly TimeoutDifference[],
  visible: (seen: CallSeen) => unknown,
  peer: () => ReturnType<typeof caller>,
): Promise<Set<string>> {
  const used = new Set<string>();
  for (let seed = 1; seed <= 150; seed++) {
    const policy = timeout({ timeoutMs });
    const ours = caller((work, signal) => policy.execute(({ signal: cut }) => work({ signal: cut }), { signal }));
    const run = {
      seed,
      steps: plan(seed),
      ours,
      theirs: peer(),
      visible: { ours: visible, theirs: visible },
      differences,
    };
    await compare(run, used);
  }
  return used;
}

beforeEach(holdTime);
afterEach(releaseTime);

it("hard timeouts, beside cockatiel's aggressive strategy", async () => {
  const used = await differ(cockatielDifferences, shownWithSignal, () => {
    const policy = cockatielTimeout(timeoutMs, TimeoutStrategy.Aggressive);
    return caller((work, signal) => policy.execute((context) => work(context), signal));
  });
  expectAllUsed(cockatielDifferences, used);
});

it("hard timeouts, beside opossum's", async () => {
  const used = await differ(opossumDifferences, shown, () => {
    const breaker = new Opossum((work: (context: object) => Promise<unknown>) => work({}), { timeout: timeoutMs });
    return caller(
      (work) => breaker.fire(work),
      () => breaker.shutdown(),
    );
  });
  expectAllUsed(opossumDifferences, used);
});
