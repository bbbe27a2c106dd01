/** The distributed limiter on a real redis-server: every client, many processes at once, and everything that can happen to a server. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Cluster, Redis } from "ioredis";
import { Redis as Redis6 } from "ioredis-6";
import { createClient as createClient5, createCluster } from "redis";
import { createClient as createClient4 } from "redis-4";
import { createClient as createClient6 } from "redis-6";
import { describe, expect, onTestFinished, test } from "vitest";
import { type Clock, systemClock } from "../../ts/kernel/index.js";
import {
  type DistributedRateLimiterOptions,
  distributedRateLimiter,
  fromIoredis,
  fromRedis,
  type RedisPort,
} from "../../ts/redis/index.js";
import { gcra, tokenBucket } from "../../ts/resilience/index.js";
import { slidingWindow } from "../../ts/resilience/limiter/index.js";
import { freePort } from "./programs.js";
import { RedisServer, redisProgram, SlowProxy } from "./redis-server.js";

const hourly = (limit: number) => tokenBucket({ limit, perMs: 3_600_000 });

/** A client of each package and version that is supported; it is closed when the test ends. */
const clients: Record<string, (url: string) => Promise<RedisPort>> = {
  "redis 4": async (url) => {
    const client = createClient4({ url }).on("error", () => {});
    await client.connect();
    onTestFinished(() => client.disconnect().catch(() => {}));
    return fromRedis(client);
  },
  "redis 5": async (url) => {
    const client = createClient5({ url }).on("error", () => {});
    await client.connect();
    onTestFinished(() => client.destroy());
    return fromRedis(client);
  },
  "redis 6": async (url) => {
    const client = createClient6({ url }).on("error", () => {});
    await client.connect();
    onTestFinished(() => client.destroy());
    return fromRedis(client);
  },
  "ioredis 5": async (url) => fromIoredis(ioredis(url)),
  "ioredis 6": async (url) => {
    const client = new Redis6(url);
    client.on("error", () => {});
    onTestFinished(() => client.disconnect());
    return fromIoredis(client);
  },
};

function ioredis(url: string): Redis {
  const client = new Redis(url, { retryStrategy: () => 50 });
  client.on("error", () => {});
  onTestFinished(() => client.disconnect());
  return client;
}

function limiterOf(redis: RedisPort, options: Partial<DistributedRateLimiterOptions> = {}) {
  return distributedRateLimiter({
    redis,
    algorithm: hourly(10),
    prefix: "test",
    onStoreFailure: "closed",
    timeoutMs: 2_000,
    maxBlockedKeys: 0,
    ...options,
  });
}

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Waits until something holds. */
async function eventually(holds: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await holds()); tries++) {
    if (tries > 200) throw new Error("it never came to hold");
    await pause(25);
  }
}

describe.skipIf(redisProgram === undefined)("a limit on redis-server", () => {
  test.each(Object.keys(clients))("%s: decides, also after SCRIPT FLUSH and a restart", async (name) => {
    const server = await RedisServer.run();
    const limiter = limiterOf(await clients[name]!(server.url));
    expect(await limiter.check("a", { weight: 4 })).toMatchObject({ allowed: true, limit: 10, remaining: 6 });
    await ioredis(server.url).script("FLUSH");
    expect(await limiter.check("a", { weight: 6 })).toMatchObject({ allowed: true, remaining: 0, decidedBy: "store" });
    const refused = await limiter.check("a");
    expect(refused).toMatchObject({ allowed: false, decidedBy: "store" });
    expect(refused.retryAfterMs).toBeGreaterThan(300_000);
    expect(refused.retryAfterMs).toBeLessThanOrEqual(360_000);
    expect(await limiter.refund("a", { weight: 2 })).toBe(true);
    expect(await limiter.check("a")).toMatchObject({ allowed: true, remaining: 1 });
    expect(await limiter.reset("a")).toBe(true);
    expect(await limiter.check("a")).toMatchObject({ allowed: true, remaining: 9 });
    await server.kill();
    await server.start();
    // What was used is gone with the server, the limit is not.
    await eventually(async () => (await limiter.check("b")).decidedBy === "store");
    expect(await limiter.check("a")).toMatchObject({ allowed: true, remaining: 9, decidedBy: "store" });
  });

  test("a hundred connections at once: the limit, exactly", async () => {
    const server = await RedisServer.run();
    for (const algorithm of [hourly(500), slidingWindow({ limit: 500, perMs: 3_600_000 })]) {
      const limiters = Array.from({ length: 100 }, () => limiterOf(fromIoredis(ioredis(server.url)), { algorithm }));
      const decisions = await Promise.all(
        limiters.flatMap((limiter) => Array.from({ length: 10 }, () => limiter.check("all"))),
      );
      expect(decisions.every(({ decidedBy }) => decidedBy === "store")).toBe(true);
      expect(decisions.filter(({ allowed }) => allowed)).toHaveLength(500);
      expect(new Set(decisions.filter(({ allowed }) => allowed).map(({ remaining }) => remaining)).size).toBe(500);
    }
  });

  test.each(["gcra", "window"])("four processes at once, %s: the limit, exactly", async (kind) => {
    const server = await RedisServer.run();
    const program = new URL("./limiter.process.mjs", import.meta.url).pathname;
    const told = await Promise.all(
      [1, 2, 3, 4].map(() => promisify(execFile)(process.execPath, [program, server.url, kind, "1000", "400"])),
    );
    const counts = told.map(({ stdout }) => JSON.parse(stdout) as { allowed: number; byStore: number });
    expect(counts.map(({ byStore }) => byStore)).toEqual([400, 400, 400, 400]);
    expect(counts.reduce((sum, { allowed }) => sum + allowed, 0)).toBe(1000);
  });

  test("over time: never more than the rate and a burst", async () => {
    const server = await RedisServer.run();
    const limiters = Array.from({ length: 5 }, () =>
      limiterOf(fromIoredis(ioredis(server.url)), { algorithm: gcra({ limit: 200, perMs: 1_000, burst: 5 }) }),
    );
    await limiters[0]!.check("warm");
    const startMs = performance.now();
    let allowed = 0;
    while (performance.now() - startMs < 1_000) {
      const decisions = await Promise.all(limiters.map((limiter) => limiter.check("all")));
      allowed += decisions.filter((decision) => decision.allowed).length;
    }
    const lastedMs = performance.now() - startMs;
    expect(allowed).toBeLessThanOrEqual(5 + lastedMs / 5 + 1);
    expect(allowed).toBeGreaterThan(20);
  });

  test("a client whose clock is wrong by an hour counts as all others do", async () => {
    const server = await RedisServer.run();
    const off = (hours: number): Clock => ({
      ...systemClock,
      now: () => systemClock.now() + hours * 3_600_000,
      wallNow: () => systemClock.wallNow() + hours * 3_600_000,
    });
    for (const algorithm of [hourly(9), slidingWindow({ limit: 9, perMs: 3_600_000 })]) {
      const limiters = [0, 1, 5].map((hours) =>
        limiterOf(fromIoredis(ioredis(server.url)), { algorithm, clock: off(hours) }),
      );
      const decisions = [];
      for (let i = 0; i < 15; i++) decisions.push(await limiters[i % 3]!.check("a"));
      expect(decisions.map(({ allowed }) => allowed)).toEqual(Array.from({ length: 15 }, (_, i) => i < 9));
      const waits = await Promise.all(limiters.map((limiter) => limiter.check("a")));
      const [first, ...rest] = waits.map(({ retryAfterMs }) => retryAfterMs);
      for (const wait of rest) expect(Math.abs(wait - first!)).toBeLessThan(1_000);
    }
  });

  test("no key outlives what it counts", async () => {
    const server = await RedisServer.run();
    const client = ioredis(server.url);
    const short = { limit: 10, perMs: 200 };
    for (const algorithm of [tokenBucket(short), slidingWindow(short)]) {
      const limiter = limiterOf(fromIoredis(client), { algorithm });
      for (let i = 0; i < 50; i++) await limiter.check(`key ${i}`, { weight: 10 });
    }
    const keys = await client.keys("*");
    expect(keys).toContain("test:gcra:key 49");
    expect(keys).toContain("test:window-200000:key 49");
    for (const key of keys) expect(await client.pttl(key)).toBeGreaterThan(-1);
    await eventually(async () => (await client.dbsize()) === 0);
    const limiter = limiterOf(fromIoredis(client));
    await limiter.check("back");
    await limiter.refund("back");
    expect(await client.dbsize()).toBe(0);
  });

  test("no key is forgotten before it counts nothing any more", async () => {
    const server = await RedisServer.run();
    const client = ioredis(server.url);
    const bucket = limiterOf(fromIoredis(client), { algorithm: gcra({ limit: 7, perMs: 1_000, burst: 1_000 }) });
    const window = limiterOf(fromIoredis(client), { algorithm: slidingWindow({ limit: 1_000, perMs: 700 }) });
    for (let weight = 1; weight <= 300; weight++) {
      await bucket.check("a", { weight: 1 });
      await window.check("a", { weight: 1 });
      const [restsUs] = (await client.get("test:gcra:a"))!.split(" ").map(Number);
      expect(Number(await client.call("PEXPIRETIME", "test:gcra:a")) * 1000).toBeGreaterThanOrEqual(restsUs!);
      const [number] = (await client.get("test:window-700000:a"))!.split(" ").map(Number);
      expect(Number(await client.call("PEXPIRETIME", "test:window-700000:a"))).toBeGreaterThanOrEqual(
        (number! + 2) * 700,
      );
    }
  });

  test("a refusal takes nothing: who is refused a hundred times is not kept out for it", async () => {
    const server = await RedisServer.run();
    for (const algorithm of [gcra({ limit: 5, perMs: 1_000 }), slidingWindow({ limit: 1, perMs: 200 })]) {
      const limiter = limiterOf(fromIoredis(ioredis(server.url)), { algorithm });
      expect((await limiter.check("a")).allowed).toBe(true);
      const first = await limiter.check("a");
      const decisions = await Promise.all(Array.from({ length: 100 }, () => limiter.check("a")));
      const last = decisions.at(-1)!;
      if (!last.allowed) expect(last.retryAfterMs).toBeLessThanOrEqual(first.retryAfterMs);
      await pause(first.retryAfterMs + 5);
      expect((await limiter.check("a")).allowed).toBe(true);
    }
  });

  test("a rate that changes counts on with the keys of the one before", async () => {
    const server = await RedisServer.run();
    const client = ioredis(server.url);
    const before = limiterOf(fromIoredis(client), { algorithm: tokenBucket({ limit: 3, perMs: 3_600_000 }) });
    expect((await before.check("a", { weight: 3 })).allowed).toBe(true);
    const after = limiterOf(fromIoredis(client), { algorithm: tokenBucket({ limit: 7, perMs: 3_600_000 }) });
    expect(await after.check("a")).toMatchObject({ allowed: false, limit: 7, remaining: 0, decidedBy: "store" });
    const smaller = limiterOf(fromIoredis(client), { algorithm: gcra({ limit: 3_600, perMs: 3_600_000 }) });
    // An hour ahead is more than this limiter can owe: it costs one second and no more.
    expect((await smaller.check("a")).retryAfterMs).toBeLessThanOrEqual(1_000);
  });

  test("a key that holds something else is an error that is seen", async () => {
    const server = await RedisServer.run();
    const client = ioredis(server.url);
    await client.set("test:gcra:a", "something else");
    await client.lpush("test:gcra:b", "a list");
    await client.set("test:window-1000:c", "x");
    const bucket = limiterOf(fromIoredis(client));
    const window = limiterOf(fromIoredis(client), { algorithm: slidingWindow({ limit: 1, perMs: 1 }) });
    const message = (text: string) => ({ message: expect.stringContaining(text) });
    expect(await bucket.check("a")).toMatchObject({ decidedBy: "closed", storeError: message("WRONGSTATE") });
    expect(await bucket.check("b")).toMatchObject({ decidedBy: "closed", storeError: message("WRONGTYPE") });
    expect(await window.check("c")).toMatchObject({ decidedBy: "closed", storeError: message("WRONGSTATE") });
    expect(await client.get("test:gcra:a")).toBe("something else");
    expect((await bucket.check("d")).allowed).toBe(true);
  });

  test("a cluster: every key where it belongs", async () => {
    const server = await RedisServer.run({
      "cluster-enabled": "yes",
      // The usual one, the port and 10,000, need not exist.
      "cluster-port": String(await freePort()),
      "cluster-announce-ip": "127.0.0.1",
    });
    const node = ioredis(server.url);
    await node.call("CLUSTER", "ADDSLOTSRANGE", "0", "16383");
    await eventually(async () => String(await node.call("CLUSTER", "INFO")).includes("cluster_state:ok"));
    const ofRedis = createCluster({ rootNodes: [{ url: server.url }] });
    await ofRedis.connect();
    onTestFinished(() => ofRedis.destroy());
    const ofIoredis = new Cluster([{ host: "127.0.0.1", port: server.port }]);
    onTestFinished(() => ofIoredis.disconnect());
    const limiters = [fromRedis(ofRedis), fromIoredis(ofIoredis)].map((port) => limiterOf(port));
    for (let i = 0; i < 50; i++) {
      const [taker, other] = i % 2 === 0 ? limiters : limiters.toReversed();
      expect(await taker!.check(`key ${i}`, { weight: 10 })).toMatchObject({ allowed: true, decidedBy: "store" });
      expect(await other!.check(`key ${i}`)).toMatchObject({ allowed: false, decidedBy: "store" });
    }
  });
});

describe.skipIf(redisProgram === undefined)("a redis-server that fails", () => {
  test.each(["open", "closed", "local"] as const)("kill -9 in mid-run, %s, and back", async (onStoreFailure) => {
    const server = await RedisServer.run();
    const options = { onStoreFailure, localShare: 0.25, timeoutMs: 500, failures: 3, pauseMs: 100 };
    const limiter = limiterOf(fromIoredis(ioredis(server.url)), { algorithm: hourly(1_000), ...options });
    const told: string[] = [];
    limiter.on("storeFailed", () => told.push("failed"));
    limiter.on("storeRecovered", () => told.push("recovered"));
    const run = async () => {
      const latenciesMs: number[] = [];
      const decisions = await Promise.all(
        Array.from({ length: 200 }, async () => {
          const startMs = performance.now();
          const decision = await limiter.check("a");
          latenciesMs.push(performance.now() - startMs);
          return decision;
        }),
      );
      return { decisions, slowestMs: Math.max(...latenciesMs) };
    };
    expect((await run()).decisions.every(({ decidedBy, allowed }) => decidedBy === "store" && allowed)).toBe(true);
    const midway = run();
    await server.kill();
    await midway;
    // From here on the dead server is known: calls end at once, by what was chosen.
    await eventually(async () => {
      await limiter.check("a");
      return limiter.storeState !== "closed";
    });
    const { decisions } = await run();
    expect(decisions.every(({ decidedBy }) => decidedBy === onStoreFailure)).toBe(true);
    const allowed = decisions.filter((decision) => decision.allowed).length;
    if (onStoreFailure === "open") expect(allowed).toBe(200);
    if (onStoreFailure === "closed") expect(allowed).toBe(0);
    if (onStoreFailure === "local") {
      const more = [...(await run()).decisions, ...(await run()).decisions];
      // A quarter of a thousand at once, and not one more in this hour's first second.
      expect(allowed + more.filter((decision) => decision.allowed).length).toBeLessThanOrEqual(251);
    }
    expect(told).toContain("failed");
    await server.start();
    await eventually(async () => (await limiter.check("b")).decidedBy === "store");
    expect(limiter.storeState).toBe("closed");
    expect(told.at(-1)).toBe("recovered");
    expect((await run()).decisions.every(({ decidedBy }) => decidedBy === "store")).toBe(true);
  });

  test("a server that is paused holds nobody up for longer than the timeout, and later for no time at all", async () => {
    const server = await RedisServer.run();
    const limiter = limiterOf(fromIoredis(ioredis(server.url)), {
      onStoreFailure: "open",
      timeoutMs: 100,
      failures: 2,
    });
    await limiter.check("a");
    await ioredis(server.url).call("CLIENT", "PAUSE", "5000", "ALL");
    const startMs = performance.now();
    expect(await limiter.check("a")).toMatchObject({ decidedBy: "open", storeError: { code: "TIMEOUT" } });
    expect(await limiter.check("a")).toMatchObject({ decidedBy: "open", storeError: { code: "TIMEOUT" } });
    for (let i = 0; i < 500; i++) {
      expect(await limiter.check("a")).toMatchObject({ decidedBy: "open", storeError: { code: "CIRCUIT_OPEN" } });
    }
    expect(performance.now() - startMs).toBeLessThan(2_500);
  });

  test.each(Object.keys(clients))(
    "%s: a slow network is cut at the timeout, and forgiven when it is fast again",
    async (name) => {
      const server = await RedisServer.run();
      const proxy = await new SlowProxy(server.port).start();
      const limiter = limiterOf(await clients[name]!(proxy.url), { timeoutMs: 100, failures: 3, pauseMs: 50 });
      expect((await limiter.check("a")).decidedBy).toBe("store");
      proxy.delayMs = 800;
      const startMs = performance.now();
      expect(await limiter.check("a")).toMatchObject({ decidedBy: "closed", storeError: { code: "TIMEOUT" } });
      expect(performance.now() - startMs).toBeLessThan(790);
      proxy.delayMs = 0;
      await eventually(async () => (await limiter.check("b")).decidedBy === "store");
    },
  );

  test.each(["redis 5", "redis 6"])("%s: commands that nobody waits for are not sent late", async (name) => {
    const server = await RedisServer.run();
    const limiter = limiterOf(await clients[name]!(server.url), { timeoutMs: 50, failures: 100 });
    expect((await limiter.check("a")).remaining).toBe(9);
    await server.kill();
    for (let i = 0; i < 5; i++) expect((await limiter.check("b")).decidedBy).toBe("closed");
    await server.start();
    await eventually(async () => (await limiter.check("c")).decidedBy === "store");
    // One more than this call has taken at most: a command that was on its way when the server died.
    expect((await limiter.check("b")).remaining).toBeGreaterThanOrEqual(8);
  });

  test("no server at all: every failure mode from the first call on", async () => {
    const server = await RedisServer.run();
    await server.kill();
    const client = new Redis(server.url, { enableOfflineQueue: false, retryStrategy: () => null });
    client.on("error", () => {});
    onTestFinished(() => client.disconnect());
    for (const [onStoreFailure, allowed] of [
      ["open", true],
      ["closed", false],
      ["local", true],
    ] as const) {
      const limiter = limiterOf(fromIoredis(client), { onStoreFailure, localShare: 1, timeoutMs: 200 });
      expect(await limiter.check("a")).toMatchObject({ allowed, decidedBy: onStoreFailure });
    }
  });
});
