import type { Case } from "../harness/case.js";
import { weigh } from "../harness/memory.js";
import { PlainBucket } from "./plain-bucket.js";

/** Nothing is ever refused. */
const fast = { limit: 1e9, perMs: 1_000, burst: 1e9 };

/**
 * Nothing is refused, and a permit is back after ten seconds only: no key is ever as good as new, so that a table which may
 * forget such keys has to keep all of them.
 */
const slow = { limit: 1e5, perMs: 1e9, burst: 1e5 };

const sizes: readonly (readonly [count: number, label: string])[] = [
  [1, "1 key"],
  [10_000, "10k keys"],
  [1_000_000, "1M keys"],
];

/** With fewer keys than this, what the package itself takes when it is first used hides what a key takes. */
const fewestWeighed = 1_000;

/** Which key each operation takes: at random, the same in every run. */
const orderMask = 2 ** 20 - 1;

function keysAndOrder(count: number): { readonly keys: readonly string[]; readonly order: Uint32Array } {
  const keys = Array.from({ length: count }, (_, i) => `user:${i}`);
  // As keys of a request are: whole texts whose hash V8 already knows, not ropes. Their bytes count for nobody.
  const known = new Set(keys);
  if (known.size !== count) throw new Error("keys repeat");
  const order = new Uint32Array(orderMask + 1);
  let state = 0x9e3779b9;
  for (let i = 0; i < order.length; i++) {
    // xorshift32 (Marsaglia 2003)
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    order[i] = (state >>> 0) % count;
  }
  return { keys, order };
}

function casesOf(count: number, label: string): readonly Case[] {
  const group = `keyed limiter, ${label}`;
  // A single key would use up the slow rate's burst.
  const rate = count === 1 ? fast : slow;
  const weighed = (figures: Readonly<Record<string, number>>) => (count < fewestWeighed ? {} : { figures });

  const ours = (subject: "tryAcquire" | "check"): Case => ({
    group,
    subject: `holdfast ${subject}`,
    package: "holdfast",
    form: "sync",
    async prepare() {
      const { rateLimiter, tokenBucket } = await import("holdfast");
      const { KeyedLimiter } = await import("holdfast/core");
      const { keys, order } = keysAndOrder(count);
      const { built: limiter, figures } = await weigh(count, () => {
        const fresh = rateLimiter({ algorithm: tokenBucket(rate), keys: { max: count } });
        for (const key of keys) fresh.tryAcquire(key);
        return fresh;
      });
      // The policy does not show its table; this is the same table by itself.
      const table = new KeyedLimiter({ ...rate, maxKeys: count });
      for (const key of keys) table.tryAcquire(key, 1, 0);
      const tableBytesPerKey = table.bytesPerKey;
      const liveKeys = limiter.keys;
      if (liveKeys !== count) throw new Error(`${liveKeys} of ${count} keys are in the table`);
      table[Symbol.dispose]();
      const run =
        subject === "check"
          ? (i: number) => limiter.check(keys[order[i & orderMask]!])
          : (i: number) => (limiter.tryAcquire(keys[order[i & orderMask]!]) ? 1 : 0);
      return { run, ...weighed({ ...figures, tableBytesPerKey, liveKeys }) };
    },
  });

  return [
    ours("tryAcquire"),
    ours("check"),
    {
      group,
      subject: "plain Map of buckets",
      form: "sync",
      async prepare() {
        const { keys, order } = keysAndOrder(count);
        const buckets = new Map<string, PlainBucket>();
        const acquire = (key: string): number => {
          let bucket = buckets.get(key);
          if (bucket === undefined) buckets.set(key, (bucket = new PlainBucket(rate)));
          return bucket.tryAcquire(1, performance.now());
        };
        const { figures } = await weigh(count, () => {
          for (const key of keys) acquire(key);
        });
        return { run: (i) => acquire(keys[order[i & orderMask]!]!), ...weighed({ ...figures }) };
      },
    },
    {
      group,
      subject: "rate-limiter-flexible",
      package: "rate-limiter-flexible",
      form: "async",
      async prepare() {
        const { RateLimiterMemory } = await import("rate-limiter-flexible");
        const { keys, order } = keysAndOrder(count);
        const { built: limiter, figures } = await weigh(count, async () => {
          const fresh = new RateLimiterMemory({ points: 1e9, duration: 3_600 });
          for (const key of keys) await fresh.consume(key, 1);
          return fresh;
        });
        return { run: (i) => limiter.consume(keys[order[i & orderMask]!], 1), ...weighed({ ...figures }) };
      },
    },
  ];
}

export const keyedCases: readonly Case[] = sizes.flatMap(([count, label]) => casesOf(count, label));
