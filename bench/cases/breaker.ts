import type { CircuitBreakerOptions } from "holdfast";
import type { Case } from "../harness/case.js";
import { work } from "../harness/references.js";

const hour = 3_600_000;

/** The three ways of counting; the last reads the clock twice a call. */
const kinds: Readonly<Record<string, () => Promise<CircuitBreakerOptions>>> = {
  consecutive: async () => ({ consecutiveFailures: 5 }),
  "count(100)": async () => {
    const { count } = await import("holdfast");
    return { window: count(100) };
  },
  "time(10 s) and slow calls": async () => {
    const { time } = await import("holdfast");
    return { window: time(10_000), slowRate: 0.8, slowAfterMs: 2_000 };
  },
};

const closed = "breaker, closed";
const refusing = "breaker, open: a refusal";
const twoStep = "breaker, two-step permit";

const ours = (kind: string): Case => ({
  group: closed,
  subject: `holdfast ${kind}`,
  package: "holdfast",
  form: "async",
  async prepare() {
    const { circuitBreaker } = await import("holdfast");
    const breaker = circuitBreaker(await kinds[kind]!());
    return { run: () => breaker.execute(work) };
  },
});

const permits = (kind: string): Case => ({
  group: twoStep,
  subject: `holdfast ${kind}`,
  package: "holdfast",
  form: "sync",
  async prepare() {
    const { circuitBreaker } = await import("holdfast");
    const breaker = circuitBreaker(await kinds[kind]!());
    return {
      run() {
        const permit = breaker.tryAcquire();
        permit?.success();
        return permit === undefined ? 0 : 1;
      },
    };
  },
});

const cockatiel = (subject: string, rule: (peer: typeof import("cockatiel")) => import("cockatiel").IBreaker): Case => ({
  group: closed,
  subject: `cockatiel ${subject}`,
  package: "cockatiel",
  form: "async",
  async prepare() {
    const peer = await import("cockatiel");
    const breaker = peer.circuitBreaker(peer.handleAll, { halfOpenAfter: 5_000, breaker: rule(peer) });
    return { run: () => breaker.execute(work) };
  },
});

/** A breaker that one failure has opened for an hour. */
async function openBreaker() {
  const { circuitBreaker } = await import("holdfast");
  const breaker = circuitBreaker({ consecutiveFailures: 1, openForMs: hour });
  breaker.tryAcquire()?.failure();
  if (breaker.state !== "open") throw new Error(`the breaker is ${breaker.state}, not open`);
  return breaker;
}

export const breakerCases: readonly Case[] = [
  ...Object.keys(kinds).map(ours),
  cockatiel("ConsecutiveBreaker", (peer) => new peer.ConsecutiveBreaker(5)),
  cockatiel("CountBreaker(100)", (peer) => new peer.CountBreaker({ threshold: 0.5, size: 100 })),
  cockatiel("SamplingBreaker(10 s)", (peer) => new peer.SamplingBreaker({ threshold: 0.5, duration: 10_000 })),
  {
    group: closed,
    subject: "opossum, timeout: false",
    package: "opossum",
    form: "async",
    async prepare() {
      const { default: Opossum } = await import("opossum");
      const breaker = new Opossum(work, { timeout: false });
      return { run: () => breaker.fire() };
    },
  },
  ...Object.keys(kinds).map(permits),
  {
    group: refusing,
    subject: "holdfast execute",
    package: "holdfast",
    form: "refused",
    async prepare() {
      const breaker = await openBreaker();
      return { run: () => breaker.execute(work) };
    },
  },
  {
    group: refusing,
    subject: "holdfast tryExecute",
    package: "holdfast",
    form: "async",
    async prepare() {
      const breaker = await openBreaker();
      return { run: () => breaker.tryExecute(work) };
    },
  },
  {
    group: refusing,
    subject: "holdfast tryAcquire",
    package: "holdfast",
    form: "sync",
    async prepare() {
      const breaker = await openBreaker();
      return { run: () => (breaker.tryAcquire() === undefined ? 1 : 0) };
    },
  },
  {
    group: refusing,
    subject: "cockatiel",
    package: "cockatiel",
    form: "refused",
    async prepare() {
      const peer = await import("cockatiel");
      const breaker = peer.circuitBreaker(peer.handleAll, {
        halfOpenAfter: hour,
        breaker: new peer.ConsecutiveBreaker(1),
      });
      await breaker.execute(() => Promise.reject(new Error("down"))).catch(() => {});
      return { run: () => breaker.execute(work) };
    },
  },
  {
    group: refusing,
    subject: "opossum",
    package: "opossum",
    form: "refused",
    async prepare() {
      const { default: Opossum } = await import("opossum");
      const breaker = new Opossum(work, { timeout: false, resetTimeout: hour });
      breaker.open();
      return { run: () => breaker.fire() };
    },
  },
];
