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

const cockatiel = (
  subject: string,
  rule: (peer: typeof import("cockatiel")) => import("cockatiel").IBreaker,
): Case => ({
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

const failing = "breaker, closed: a failure recorded";
const downError = new Error("down");
const down = (): Promise<never> => Promise.reject(downError);

/** Windows of the failure path, the way each make writes them; none of them is opened by the failures. */
const windows: Readonly<Record<string, () => Promise<CircuitBreakerOptions>>> = {
  consecutive: async () => ({ consecutiveFailures: 1_000_000 }),
  "count(100)": async () => ({ window: { kind: "count", calls: 100 }, failureRate: 1 }),
  "count(10,000)": async () => ({ window: { kind: "count", calls: 10_000 }, failureRate: 1 }),
  "time(10 s)": async () => ({ window: { kind: "time", windowMs: 10_000, buckets: 10 }, failureRate: 1 }),
  "time(10 s) after 50,000 calls": async () => ({
    window: { kind: "time", windowMs: hour, buckets: 10 },
    failureRate: 1,
  }),
};

/** Calls before the measuring, so that a window that keeps its samples has them to keep. */
const fullWindow = 50_000;

const oursFailing = (kind: string): Case => ({
  group: failing,
  subject: `holdfast ${kind}`,
  package: "holdfast",
  form: "refused",
  async prepare() {
    const { circuitBreaker } = await import("holdfast");
    const breaker = circuitBreaker(await windows[kind]!());
    for (let call = 0; call < (kind.includes("50,000") ? fullWindow : 1); call++) breaker.tryAcquire()!.success();
    let calls = 0;
    return {
      run() {
        // A count window forgets the success that keeps its rate below one.
        if (kind.startsWith("count") && ++calls % 50 === 0) breaker.tryAcquire()!.success();
        return breaker.execute(down);
      },
    };
  },
});

const cockatielFailing = (
  subject: string,
  rule: (peer: typeof import("cockatiel")) => import("cockatiel").IBreaker,
): Case => ({
  group: failing,
  subject: `cockatiel ${subject}`,
  package: "cockatiel",
  form: "refused",
  async prepare() {
    const peer = await import("cockatiel");
    const breaker = peer.circuitBreaker(peer.handleAll, { halfOpenAfter: 5_000, breaker: rule(peer) });
    await breaker.execute(work);
    let calls = 0;
    return {
      run() {
        if (++calls % 50 === 0) void breaker.execute(work);
        return breaker.execute(down);
      },
    };
  },
});

const opossumFailing = (samples: number): Case => ({
  group: failing,
  subject: `opossum, ${samples.toLocaleString("en")} calls in its window`,
  package: "opossum",
  form: "refused",
  async prepare() {
    const { default: Opossum } = await import("opossum");
    // Its buckets turn by a timer, which a busy loop keeps from running: what is in the window stays there.
    const options = { timeout: false, errorThresholdPercentage: 100, rollingCountTimeout: hour };
    const breaker = new Opossum((fn: () => Promise<unknown>) => fn(), options);
    for (let call = 0; call < samples; call++) await breaker.fire(work);
    let calls = 0;
    return {
      run() {
        // The window stays as large as it is called: what these calls have added is cut off.
        if (++calls % 10 === 0) breaker.status.window[0].latencyTimes.length = samples;
        return breaker.fire(down);
      },
    };
  },
});

const opening = "breaker, opening: 1,000 calls, all of them fail";
const herd = 1_000;

/** A breaker that is made, opened by the fifth failure, and refuses the other 995 calls: each costs this much. */
const openingBy = (
  subject: string,
  name: string,
  make: () => Promise<() => (fn: () => Promise<never>) => Promise<unknown>>,
): Case => ({
  group: opening,
  subject,
  package: name,
  form: "async",
  perRun: herd,
  async prepare() {
    const breaker = await make();
    return {
      async run() {
        const execute = breaker();
        for (let call = 0; call < herd; call++) {
          try {
            await execute(down);
          } catch {
            // A failure or a refusal, as it should be.
          }
        }
      },
    };
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
  ...Object.keys(windows).map(oursFailing),
  cockatielFailing("ConsecutiveBreaker", (peer) => new peer.ConsecutiveBreaker(1e9)),
  cockatielFailing("CountBreaker(100)", (peer) => new peer.CountBreaker({ threshold: 0.999, size: 100 })),
  cockatielFailing("CountBreaker(10,000)", (peer) => new peer.CountBreaker({ threshold: 0.999, size: 10_000 })),
  cockatielFailing(
    "SamplingBreaker(10 s)",
    (peer) => new peer.SamplingBreaker({ threshold: 0.999, duration: 10_000, minimumRps: 1e9 }),
  ),
  opossumFailing(100),
  opossumFailing(fullWindow),
  openingBy("holdfast", "holdfast", async () => {
    const { circuitBreaker } = await import("holdfast");
    return () => {
      const breaker = circuitBreaker({ consecutiveFailures: 5 });
      return (fn) => breaker.execute(fn);
    };
  }),
  openingBy("cockatiel", "cockatiel", async () => {
    const peer = await import("cockatiel");
    return () => {
      const rule = new peer.ConsecutiveBreaker(5);
      const breaker = peer.circuitBreaker(peer.handleAll, { halfOpenAfter: 5_000, breaker: rule });
      return (fn) => breaker.execute(fn);
    };
  }),
  openingBy("opossum", "opossum", async () => {
    const { default: Opossum } = await import("opossum");
    return () => {
      const breaker = new Opossum((fn: () => Promise<never>) => fn(), { timeout: false, volumeThreshold: 5 });
      return async (fn) => {
        const outcome = breaker.fire(fn);
        if (breaker.opened) breaker.status.shutdown();
        return outcome;
      };
    };
  }),
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
