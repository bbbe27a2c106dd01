/** One of several processes that share a limit: makes so many calls at once, and tells how many were allowed. */
import { gcra } from "holdfast";
import { distributedRateLimiter, fromIoredis } from "holdfast/redis";
import { slidingWindow } from "holdfast/resilience/limiter";
import { Redis } from "ioredis";

const [url, kind, limit, calls] = process.argv.slice(2);
const client = new Redis(url);
const rate = { limit: Number(limit), perMs: 3_600_000 };
const limiter = distributedRateLimiter({
  redis: fromIoredis(client),
  algorithm: kind === "gcra" ? gcra({ ...rate, burst: rate.limit }) : slidingWindow(rate),
  prefix: "shared",
  onStoreFailure: "closed",
  timeoutMs: 10_000,
  // Each call shall reach the server.
  maxBlockedKeys: 0,
});
const decisions = await Promise.all(Array.from({ length: Number(calls) }, () => limiter.check("all")));
const count = (test) => decisions.filter(test).length;
process.stdout.write(
  JSON.stringify({
    allowed: count(({ allowed }) => allowed),
    byStore: count(({ decidedBy }) => decidedBy === "store"),
  }),
);
client.disconnect();
