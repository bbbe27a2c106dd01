/**
 * The policies really decide by the core: with a core whose decisions trap (memory and set-up still work), every policy
 * that decides must fail. A policy that passed here would have a second, hidden implementation.
 */

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import binaryen from "binaryen";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { resetDefaultRuntime } from "../../bindings/index.js";
import { LatencyHistogram, provideModule } from "../../ts/core/index.js";
import { manualClock } from "../../ts/kernel/index.js";
import {
  bulkhead,
  circuitBreaker,
  constant,
  count,
  gcra,
  leakyBucket,
  pipeline,
  rateLimiter,
  retry,
  retryBudget,
  time,
  tokenBucket,
} from "../../ts/resilience/index.js";
import {
  all,
  fixedWindow,
  leakyBucketQueue,
  slidingLog,
  slidingWindow,
  warmUp,
} from "../../ts/resilience/limiter/index.js";

/** Set-up, not decisions: taking memory, and laying out a structure in it. */
const keepsWorking = /^(arena\w+|\w+(Size|Init))$/;

/** The shipped core with `unreachable` for the body of everything that decides. */
function trappingModule(): WebAssembly.Module {
  const file = fileURLToPath(new URL("../../dist/wasm/server.wasm", import.meta.url));
  const module = binaryen.readBinary(readFileSync(file));
  const exported: { name: string; value: string }[] = [];
  for (let index = 0; index < module.getNumExports(); index++) {
    const info = binaryen.getExportInfo(module.getExportByIndex(index));
    if (info.kind === binaryen.ExternalFunction) exported.push({ name: info.name, value: info.value });
  }
  for (const { name, value } of exported.filter((each) => !keepsWorking.test(each.name))) {
    const { params, results } = binaryen.getFunctionInfo(module.getFunction(value));
    module.removeExport(name);
    module.addFunction(`trap ${name}`, params, results, [], module.unreachable());
    module.addFunctionExport(`trap ${name}`, name);
  }
  return new WebAssembly.Module(module.emitBinary() as Uint8Array<ArrayBuffer>);
}

const trap = expect.any(WebAssembly.RuntimeError);
const down = () => {
  throw new Error("down");
};

describe("with a core that traps", () => {
  const clock = manualClock();

  beforeAll(() => {
    resetDefaultRuntime();
    provideModule(trappingModule(), "server");
  });
  afterAll(() => resetDefaultRuntime());

  it.each([
    ["consecutive failures", { consecutiveFailures: 3 }],
    ["a count window", { window: count(10) }],
    ["a time window", { window: time(1_000) }],
  ])("a circuit breaker with %s cannot decide", async (_name, options) => {
    const breaker = circuitBreaker({ ...options, clock });
    expect(() => breaker.tryAcquire()).toThrow(trap);
    expect(() => breaker.state).toThrow(trap);
    await expect(breaker.execute(() => 1)).rejects.toEqual(trap);
    expect(await breaker.tryExecute(() => 1)).toEqual({ ok: false, error: trap });
  });

  it("a rate limiter cannot decide, with keys or without", async () => {
    const rate = { limit: 1, perMs: 1 };
    const keyed = [gcra(rate), tokenBucket(rate), leakyBucket(rate), fixedWindow(rate), slidingWindow(rate)];
    const single = [slidingLog(rate), leakyBucketQueue({ ...rate, capacity: 1 }), warmUp({ ...rate, warmUpMs: 1 })];
    for (const algorithm of [...keyed, ...single, all(...keyed)]) {
      expect(() => rateLimiter({ algorithm, clock }).check()).toThrow(trap);
      await expect(rateLimiter({ algorithm, clock }).execute(() => 1)).rejects.toEqual(trap);
    }
    for (const algorithm of [...keyed, all(...keyed)]) {
      expect(() => rateLimiter({ algorithm, clock, keys: { max: 10 } }).check("key")).toThrow(trap);
    }
  });

  it("a bulkhead cannot decide", async () => {
    expect(() => bulkhead({ limit: 1, clock }).tryAcquire()).toThrow(trap);
    await expect(bulkhead({ limit: 1, clock }).execute(() => 1)).rejects.toEqual(trap);
  });

  it("a retry cannot choose its delay, nor a budget pay for it", async () => {
    await expect(retry({ clock }).execute(down)).rejects.toEqual(trap);
    const budget = retryBudget({ clock });
    expect(() => budget.deposit()).toThrow(trap);
    expect(() => budget.tryWithdraw()).toThrow(trap);
    expect(() => constant({ baseMs: 1 }).delayMs(1)).toThrow(trap);
  });

  it("a histogram cannot record", () => {
    expect(() => new LatencyHistogram().record(1)).toThrow(trap);
  });

  it("a pipeline of them fails, and leaves nothing behind", async () => {
    const users = pipeline("users", { clock, timeout: { timeoutMs: 100 }, bulkhead: { limit: 1 } });
    await expect(users.execute(() => 1)).rejects.toEqual(trap);
    await clock.advance(50);
    expect(clock.pendingTimers).toBe(0);
  });
});
