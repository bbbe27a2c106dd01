import type { Case } from "../harness/case.js";
import { work } from "../harness/references.js";
import { PlainBucket } from "./plain-bucket.js";

const group = "limiter, one for all";

/** High enough that nothing is ever refused: refusals are measured where they are the subject. */
const rate = { limit: 1e9, perMs: 1_000, burst: 1e9 };

const ours = (subject: string, make: (holdfast: typeof import("holdfast")) => (i: number) => unknown): Case => ({
  group,
  subject: `holdfast ${subject}`,
  package: "holdfast",
  form: "sync",
  async prepare() {
    return { run: make(await import("holdfast")) };
  },
});

export const limiterCases: readonly Case[] = [
  ours("tryAcquire, token bucket", ({ rateLimiter, tokenBucket }) => {
    const limiter = rateLimiter({ algorithm: tokenBucket(rate) });
    return () => (limiter.tryAcquire() ? 1 : 0);
  }),
  ours("check, token bucket", ({ rateLimiter, tokenBucket }) => {
    const limiter = rateLimiter({ algorithm: tokenBucket(rate) });
    return () => limiter.check();
  }),
  ours("check, GCRA", ({ gcra, rateLimiter }) => {
    const limiter = rateLimiter({ algorithm: gcra(rate) });
    return () => limiter.check();
  }),
  {
    group,
    subject: "plain JavaScript bucket",
    form: "sync",
    async prepare() {
      const bucket = new PlainBucket(rate);
      return { run: () => bucket.tryAcquire(1, performance.now()) };
    },
  },
  {
    group,
    subject: "holdfast core TokenBucket, time passed in",
    package: "holdfast",
    form: "sync",
    async prepare() {
      const { TokenBucket } = await import("holdfast/core");
      const bucket = new TokenBucket(rate);
      let nowMs = 0;
      return { run: () => bucket.tryAcquire(1, (nowMs += 0.001)) };
    },
  },
  {
    group,
    subject: "plain JavaScript bucket, time passed in",
    form: "sync",
    async prepare() {
      const bucket = new PlainBucket(rate);
      let nowMs = 0;
      return { run: () => bucket.tryAcquire(1, (nowMs += 0.001)) };
    },
  },
  {
    group,
    subject: "rate-limiter-flexible, one key",
    package: "rate-limiter-flexible",
    form: "async",
    async prepare() {
      const { RateLimiterMemory } = await import("rate-limiter-flexible");
      const limiter = new RateLimiterMemory({ points: 1e9, duration: 3_600 });
      return { run: () => limiter.consume("all", 1) };
    },
  },
  {
    group,
    subject: "bottleneck schedule, reservoir",
    package: "bottleneck",
    form: "async",
    async prepare() {
      const { default: Bottleneck } = await import("bottleneck");
      const limiter = new Bottleneck({ reservoir: 1e9 });
      return { run: () => limiter.schedule(work) };
    },
  },
];
