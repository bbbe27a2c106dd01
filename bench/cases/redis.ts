/** Limiters over one redis-server, through the same client: what a shared limit costs a call. */
import type { Case } from "../harness/case.js";

/** Where scripts/bench.mjs has started a redis-server; without it, these cases are not run. */
const url = process.env["HOLDFAST_BENCH_REDIS"];

const alone = "limiter over Redis, one call after the other";
const together = "limiter over Redis, 100 calls at once";
const refused = "limiter over Redis, a key that is refused for a while";
const many = 100;

/** Nothing is refused where refusals are not the subject. */
const rate = { limit: 1e6, perMs: 1_000 };

type Call = () => Promise<unknown>;

async function connect() {
  const { Redis } = await import("ioredis");
  const client = new Redis(url!);
  await client.ping();
  return client;
}

async function ours(algorithm: "gcra" | "slidingWindow", limit = rate): Promise<Call> {
  const { distributedRateLimiter, fromIoredis } = await import("holdfast/redis");
  const { slidingWindow } = await import("holdfast/resilience/limiter");
  const { gcra } = await import("holdfast");
  const limiter = distributedRateLimiter({
    redis: fromIoredis(await connect()),
    algorithm: algorithm === "gcra" ? gcra({ ...limit, burst: limit.limit }) : slidingWindow(limit),
    prefix: `bench-${limit.limit}`,
    onStoreFailure: "closed",
  });
  return async () => {
    const { decidedBy } = await limiter.check("all");
    if (decidedBy === "closed") throw new Error("the server did not answer");
  };
}

async function flexible(options: object): Promise<Call> {
  const { RateLimiterRedis } = await import("rate-limiter-flexible");
  const storeClient = await connect();
  const limiter = new RateLimiterRedis({
    storeClient,
    keyPrefix: "flexible",
    points: rate.limit,
    duration: 1,
    ...options,
  });
  return () => limiter.consume("all", 1);
}

async function bare(): Promise<Call> {
  const client = await connect();
  return () => client.incr("bench-count");
}

const rows: readonly { readonly subject: string; readonly package?: string; readonly make: () => Promise<Call> }[] = [
  { subject: "holdfast check, GCRA", package: "holdfast", make: () => ours("gcra") },
  { subject: "holdfast check, sliding window", package: "holdfast", make: () => ours("slidingWindow") },
  { subject: "rate-limiter-flexible", package: "rate-limiter-flexible", make: () => flexible({}) },
  { subject: "INCR, for comparison", package: "ioredis", make: bare },
];

const passing: readonly Case[] = rows.flatMap(({ make, ...row }) => [
  { ...row, group: alone, form: "async" as const, prepare: async () => ({ run: await make() }) },
  {
    ...row,
    group: together,
    form: "async" as const,
    perRun: many,
    prepare: async () => {
      const call = await make();
      return { run: () => Promise.all(Array.from({ length: many }, call)) };
    },
  },
]);

/** The limit is reached before anything is timed. */
const refusing: readonly Case[] = [
  {
    group: refused,
    subject: "holdfast check, GCRA",
    package: "holdfast",
    form: "async",
    async prepare() {
      const run = await ours("gcra", { limit: 1, perMs: 3_600_000 });
      await run();
      return { run };
    },
  },
  {
    group: refused,
    subject: "rate-limiter-flexible, inMemoryBlockOnConsumed",
    package: "rate-limiter-flexible",
    form: "refused",
    async prepare() {
      const run = await flexible({ keyPrefix: "refused", points: 1, duration: 3_600, inMemoryBlockOnConsumed: 1 });
      await run().catch(() => {});
      return { run };
    },
  },
];

export const redisCases: readonly Case[] = url === undefined ? [] : [...passing, ...refusing];
