/**
 * Everything at once, for a long time: calls that throw, hang, come back late or never, callers who give up, options and modes that
 * change, state that is saved and restored. Whatever happened, nothing may be left: no permit, no timer, no listener, no waiter.
 *
 * Here in a bounded form; `npm run test:long` makes a million calls of it, and in CI a fifth of that.
 */

import { setMaxListeners } from "node:events";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, it } from "vitest";
import { type ManualClock, manualClock, type Random, seeded } from "../../ts/kernel/index.js";
import {
  adaptive,
  type Bulkhead,
  bulkhead,
  type CallOptions,
  type Changes,
  type CircuitBreaker,
  circuitBreaker,
  exponential,
  gcra,
  type LatencyTarget,
  latencyTarget,
  type Pipeline,
  type PipelineOptions,
  pipeline,
  retryBudget,
} from "../../ts/resilience/index.js";

const long = process.env["HOLDFAST_LONG"] === "1";
const hurried = Number(process.env["HOLDFAST_LONG_SECONDS"] ?? "60") < 10;
const totalCalls = long ? (hurried ? 200_000 : 1_000_000) : 20_000;
/** Calls between two looks at what is left; until then those that hang go on hanging. */
const roundCalls = 2_000;

/** One world: a pipeline over parts that others use too, and all that a caller can do with it. */
class World {
  readonly clock: ManualClock = manualClock();
  readonly random: Random;
  readonly slots: Bulkhead;
  readonly breaker: CircuitBreaker;
  readonly target: LatencyTarget;
  readonly policy: Pipeline;
  /** A signal that outlives every call, as a server's shutdown signal does. */
  readonly shutdown = new AbortController();
  readonly listeners: { readonly live: Set<unknown> };
  started = 0;
  settled = 0;
  readonly codes = new Map<string, number>();
  #hanging: (() => void)[] = [];

  constructor(seed: number) {
    this.random = seeded(seed);
    const { clock } = this;
    // Ours is one, but the guarded functions listen too.
    setMaxListeners(0, this.shutdown.signal);
    this.listeners = watch(this.shutdown.signal);
    this.slots = bulkhead({ limit: 8, queue: { size: 8, maxWaitMs: 40 }, maxHoldMs: 500, clock });
    this.breaker = circuitBreaker({
      consecutiveFailures: 6,
      openForMs: 30,
      halfOpen: { permits: 2, maxWaitMs: 60 },
      clock,
    });
    this.target = latencyTarget("world", { clock, windowMs: 5_000 });
    this.policy = pipeline("world", this.options() as PipelineOptions);
  }

  chance(share: number): boolean {
    return this.random.next() < share;
  }

  below(end: number): number {
    return Math.floor(this.random.next() * end);
  }

  options(): Changes<PipelineOptions> {
    const { clock, random, breaker, slots, target } = this;
    const backoff = exponential({ baseMs: 1 + this.below(5), maxMs: 30, jitter: "full", random });
    return {
      clock,
      random,
      fallback: this.chance(0.2) ? { to: [() => this.#work(), () => "spare"] } : undefined,
      cache: this.chance(0.3) ? { ttlMs: 1 + this.below(20), maxEntries: 20, failureTtlMs: this.below(5) } : undefined,
      coalesce: this.chance(0.4) ? { maxWaiters: 1 + this.below(5), maxKeys: 30 } : undefined,
      timeout: this.chance(0.8) ? { timeoutMs: 20 + this.below(100) } : undefined,
      retry: { attempts: 1 + this.below(4), backoff, budget: this.chance(0.5) ? false : retryBudget({ clock }) },
      hedge: this.chance(0.6)
        ? { afterMs: this.below(12), max: 1 + this.below(2), budget: this.chance(0.5) ? false : undefined }
        : undefined,
      breaker: this.chance(0.9) ? breaker : undefined,
      throttle: this.chance(0.3) ? { windowMs: 500 } : undefined,
      rateLimiter: {
        algorithm: gcra({ limit: 60, perMs: 1_000, burst: 3 }),
        keys: { max: 50 },
        maxWaitMs: this.below(4),
      },
      bulkhead: slots,
      attemptTimeout: this.chance(0.8)
        ? {
            timeoutMs: this.chance(0.5) ? 5 + this.below(30) : adaptive({ target, minMs: 5, maxMs: 35, random }),
            strategy: this.chance(0.3) ? "cooperative" : "hard",
          }
        : undefined,
    };
  }

  /** What a guarded function may do, bad manners included. */
  #work(signal?: { addEventListener(type: "abort", listener: () => void): void }): unknown {
    const way = this.below(100);
    if (way < 15) return "at once";
    if (way < 30) throw new Error("at once");
    if (way < 40) return Promise.reject(Object.assign(new Error("soon"), { status: 503 }));
    return new Promise((resolve, reject) => {
      const end = () => (way % 2 === 0 ? resolve("in the end") : reject(new Error("in the end")));
      // One in two hundred hangs until the round is over, whatever anybody tells it.
      if (way === 99 && this.chance(0.5)) this.#hanging.push(end);
      else this.clock.schedule(end, this.below(way < 90 ? 12 : 60));
      if (way % 5 === 0) signal?.addEventListener("abort", () => reject(new Error("stopped")));
    });
  }

  call(): void {
    this.started++;
    const controller = new AbortController();
    const signal = this.chance(0.4) ? this.shutdown.signal : controller.signal;
    const options: CallOptions = {
      key: `k${this.below(60)}`,
      idempotent: this.chance(0.8),
      ...(this.chance(0.6) ? { signal } : {}),
    };
    if (this.chance(0.1)) controller.abort("before");
    const outcome = this.policy.tryExecute(
      (context) => this.#work(this.chance(0.5) ? context.signal : undefined),
      options,
    );
    void outcome.then((settled) => {
      this.settled++;
      const code = settled.ok ? "ok" : String((settled.error as { code?: unknown })?.code ?? "error");
      this.codes.set(code, (this.codes.get(code) ?? 0) + 1);
    });
    if (this.chance(0.1)) this.clock.schedule(() => controller.abort("later"), this.below(30));
  }

  disturb(): void {
    switch (this.below(6)) {
      case 0:
        this.policy.reconfigure(this.options());
        break;
      case 1:
        this.slots.resize(1 + this.below(12));
        break;
      case 2:
        this.policy.setMode(this.chance(0.8) ? "enforce" : this.chance(0.5) ? "shadow" : "off");
        break;
      case 3:
        this.policy.restore(this.policy.snapshot());
        break;
      case 4:
        this.slots.tryAcquire();
        break;
      default: {
        const hold = this.breaker.isolate();
        this.clock.schedule(() => hold[Symbol.dispose](), this.below(20));
      }
    }
  }

  /** Lets everything come to its end. */
  async rest(): Promise<void> {
    for (const end of this.#hanging.splice(0)) end();
    await this.clock.advance(10_000);
    for (const end of this.#hanging.splice(0)) end();
    await this.clock.advance(10_000);
  }
}

/** Notes the abort listeners on a signal that were added and not removed. */
function watch(signal: AbortSignal): { readonly live: Set<unknown> } {
  const live = new Set<unknown>();
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = ((type: string, listener: EventListener, options?: AddEventListenerOptions) => {
    // Those of the guarded functions are their own affair: ours are gone after the first abort.
    if (options?.once === true) live.add(listener);
    add(type, listener, options);
  }) as typeof signal.addEventListener;
  signal.removeEventListener = ((type: string, listener: EventListener) => {
    live.delete(listener);
    remove(type, listener);
  }) as typeof signal.removeEventListener;
  return { live };
}

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

function heapBytes(): number {
  collect();
  collect();
  return process.memoryUsage().heapUsed;
}

it(`leaves nothing behind after ${totalCalls} calls with aborts, throws, hangs and changes`, {
  timeout: 600_000,
}, async () => {
  const world = new World(20_260_101);
  let earlyBytes = 0;
  while (world.started < totalCalls) {
    const end = world.started + roundCalls;
    while (world.started < end) {
      world.call();
      if (world.chance(0.02)) world.disturb();
      if (world.chance(0.5)) await world.clock.advance(world.below(4));
    }
    await world.rest();
    expect(world.settled).toBe(world.started);
    expect(world.slots).toMatchObject({ inUse: 0, queued: 0 });
    expect(world.clock.pendingTimers).toBe(0);
    expect(world.listeners.live.size).toBe(0);
    // No probe is out: as many as are allowed come in at once, whatever went on while it was half-open.
    world.breaker.reset();
    for (let failure = 0; failure < 6; failure++) world.breaker.tryAcquire()?.failure();
    await world.clock.advance(100);
    const probes = [1, 2, 3].map(() => world.breaker.tryAcquire());
    expect(probes.map((probe) => probe !== undefined)).toEqual([true, true, false]);
    for (const probe of probes) probe?.success();
    if (world.started === roundCalls * 3) earlyBytes = heapBytes();
  }
  // Every way out was taken, so the claim is about all of them.
  const met = [...world.codes.keys()];
  for (const code of [
    "ok",
    "error",
    "TIMEOUT",
    "CIRCUIT_OPEN",
    "BULKHEAD_FULL",
    "RATE_LIMITED",
    "RETRIES_EXHAUSTED",
    "COALESCE_FULL",
    "THROTTLED",
  ]) {
    expect(met).toContain(code);
  }
  expect(heapBytes() - earlyBytes).toBeLessThan(4_000_000);
});
