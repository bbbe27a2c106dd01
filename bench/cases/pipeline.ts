import type { Case } from "../harness/case.js";
import { work } from "../harness/references.js";

const four = "retry + breaker + timeout + bulkhead";
const three = "retry + breaker + bulkhead";

const breaker = { consecutiveFailures: 5 };
const bulkheadLimit = 10;
const timeoutMs = 1_000;

const ours = (
  group: string,
  subject: string,
  make: (holdfast: typeof import("holdfast")) => { execute(fn: typeof work): Promise<number> },
): Case => ({
  group,
  subject: `holdfast ${subject}`,
  package: "holdfast",
  form: "async",
  async prepare() {
    const policy = make(await import("holdfast"));
    return { run: () => policy.execute(work) };
  },
});

/** cockatiel's policies in the same order; `limit` makes the timeout or leaves it out. */
const cockatiel = (
  group: string,
  subject: string,
  limit: (peer: typeof import("cockatiel")) => readonly import("cockatiel").IPolicy[],
): Case => ({
  group,
  subject,
  package: "cockatiel",
  form: "async",
  async prepare() {
    const peer = await import("cockatiel");
    const policy = peer.wrap(
      peer.retry(peer.handleAll, { maxAttempts: 3, backoff: new peer.ExponentialBackoff() }),
      peer.circuitBreaker(peer.handleAll, { halfOpenAfter: 5_000, breaker: new peer.ConsecutiveBreaker(5) }),
      ...limit(peer),
      peer.bulkhead(bulkheadLimit, 10),
    );
    return { run: () => policy.execute(work) };
  },
});

const bulkhead = { limit: bulkheadLimit, queue: { size: 10 } };

export const pipelineCases: readonly Case[] = [
  ours(four, "pipeline, budget: false", ({ pipeline }) =>
    pipeline("bench", {
      retry: { attempts: 3, budget: false },
      breaker,
      bulkhead,
      attemptTimeout: { timeoutMs },
    }),
  ),
  ours(four, "pipeline, default budget", ({ pipeline }) =>
    pipeline("bench", { retry: { attempts: 3 }, breaker, bulkhead, attemptTimeout: { timeoutMs } }),
  ),
  ours(four, "compose", (holdfast) =>
    holdfast.compose(
      holdfast.retry({ attempts: 3 }),
      holdfast.circuitBreaker(breaker),
      holdfast.timeout({ timeoutMs }),
      holdfast.bulkhead(bulkhead),
    ),
  ),
  cockatiel(four, "cockatiel wrap", (peer) => [peer.timeout(timeoutMs, peer.TimeoutStrategy.Aggressive)]),
  cockatiel(four, "cockatiel wrap, abortOnReturn: false", (peer) => [
    peer.timeout(timeoutMs, { strategy: peer.TimeoutStrategy.Aggressive, abortOnReturn: false }),
  ]),
  ours(three, "pipeline, budget: false", ({ pipeline }) =>
    pipeline("bench", { retry: { attempts: 3, budget: false }, breaker, bulkhead }),
  ),
  cockatiel(three, "cockatiel wrap", () => []),
];
