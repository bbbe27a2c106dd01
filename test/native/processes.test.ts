/** What several processes share through a file, and what is left of one that was killed. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { afterEach, describe, expect, it } from "vitest";
import { MpmcRing, SharedBreakerMachine, SharedSemaphore, TokenBucket } from "../../ts/core/index.js";
import { type ProcessRuntime, processRuntime } from "../../ts/native/index.js";
import { freshFile, startPeer, startPeers } from "./peers.js";

const opened: ProcessRuntime[] = [];

function open(file = freshFile()): { host: ProcessRuntime; file: string } {
  const host = processRuntime({ file, memoryBytes: 1 << 20, sweepMs: 20 });
  if (!opened.includes(host)) opened.push(host);
  return { host, file };
}

afterEach(() => {
  for (const host of opened.splice(0)) if (!host.left) host.leave();
});

/** Resolves once nobody but this process works on the file. */
async function alone(host: ProcessRuntime): Promise<void> {
  const untilMs = performance.now() + 10_000;
  while (host.owners().length > 1) {
    expect(performance.now()).toBeLessThan(untilMs);
    host.sweep();
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const limit = { name: "limit", kind: "TokenBucket", options: { limit: 50_000, perMs: 1_000 } };
const permits = { name: "permits", kind: "SharedSemaphore", options: { permits: 5 } };
const ring = { name: "ring", kind: "MpmcRing", options: { capacity: 64, messageBytes: 16 } };

describe("several processes", () => {
  it.each([2, 4])("%i of them admit what one would, exactly", async (count) => {
    const { file } = open();
    const peers = await startPeers(count, file);
    const admitted = await Promise.all(
      peers.map((peer) => peer.ask<number>("admitted", { ...limit, rounds: 40_000, atMs: 7 })),
    );
    expect(admitted.reduce((sum, each) => sum + each)).toBe(50_000);
  });

  it.each([2, 4])("%i of them open one breaker, and it lets exactly its probes pass", async (count) => {
    const { host, file } = open();
    const options = { kind: "consecutive", failures: 1_000, openForMs: 500, halfOpenPermits: 7, seed: 1 } as const;
    const breaker = { name: "breaker", kind: "SharedBreakerMachine", options };
    const peers = await startPeers(count, file);
    const all = (task: string, atMs: number) =>
      Promise.all(peers.map((peer) => peer.ask<number>(task, { ...breaker, rounds: 2_000, atMs })));
    const failed = (await all("failures", 1)).reduce((sum, each) => sum + each);
    // Each may have had one call out when the thousandth failed.
    expect(failed).toBeGreaterThanOrEqual(1_000);
    expect(failed).toBeLessThan(1_000 + count);
    expect((await all("probes", 400)).reduce((sum, each) => sum + each)).toBe(0);
    expect((await all("probes", 10_000)).reduce((sum, each) => sum + each)).toBe(7);
    expect(host.structure("breaker", SharedBreakerMachine, options).tryAcquire(10_000)).toBeLessThan(0);
  });

  it("wake each other, sleeping and not", async () => {
    const { host, file } = open();
    const semaphore = host.structure("permits", SharedSemaphore, { permits: 1 });
    expect(semaphore.tryAcquire()).toBe(true);
    const one = { ...permits, options: { permits: 1 } };
    const [sleeper, waiter] = await startPeers(2, file);
    const slept = sleeper!.ask<boolean>("acquire", { ...one, sync: true });
    semaphore.release();
    expect(await slept).toBe(true);
    await sleeper!.kill();
    const waited = waiter!.ask<boolean>("acquire", { ...one, sync: false });
    expect(await waited).toBe(true);
  });

  it("pass handles as messages", async () => {
    const { host, file } = open();
    const bucket = host.structure("two", TokenBucket, { limit: 2, perMs: 1_000 });
    const peer = await startPeer(file);
    const attach = () => peer.ask<number>("attached", { kind: "TokenBucket", handle: bucket.handle, atMs: 0 });
    expect([await attach(), bucket.tryAcquire(1, 0), await attach(), bucket.tryAcquire(1, 0)]).toEqual([
      0, 0, 500, 500,
    ]);
  });

  it("agree on the time", async () => {
    const { host } = open();
    const before = Number(process.hrtime.bigint()) / 1e6;
    const now = host.now();
    expect(now).toBeGreaterThan(before - 0.01);
    expect(now).toBeLessThan(Number(process.hrtime.bigint()) / 1e6 + 0.01);
  });
});

describe("a process that is killed", () => {
  it("gives its permits back to who waits for them", async () => {
    const { host, file } = open();
    const semaphore = host.structure("permits", SharedSemaphore, { permits: 5 });
    const peer = await startPeer(file);
    expect(await peer.ask("hold", { ...permits, permits: 9 })).toBe(5);
    expect(semaphore.tryAcquire()).toBe(false);
    const waited = semaphore.acquire({ timeoutMs: 20_000 });
    await peer.kill();
    expect(await waited).toBe(true);
    expect(semaphore.inUse).toBe(1);
  });

  it("may be so at any moment", async () => {
    const { host, file } = open();
    const semaphore = host.structure("permits", SharedSemaphore, { permits: 5 });
    const messages = host.structure("ring", MpmcRing, ring.options);
    for (let round = 0; round < 12; round++) {
      const peers = await startPeers(2, file);
      for (const peer of peers) {
        const churning = peer.message();
        peer.child.send({ task: "churn", semaphore: permits, ring });
        await churning;
      }
      // Whatever happens until here decides at which instruction they die.
      for (let n = 0; n < 1_000 * round; n++) if (semaphore.tryAcquire()) semaphore.release();
      await Promise.all(peers.map((peer) => peer.kill()));
      await alone(host);
      expect(semaphore.inUse).toBe(0);
      while (messages.tryPop() !== undefined);
      for (let n = 0; n < 64; n++) expect(messages.tryPush(new Uint8Array(16))).toBe(true);
      expect(messages.tryPush(new Uint8Array(16))).toBe(false);
      while (messages.tryPop() !== undefined);
    }
  });

  it("is told from one that ends as it should, which leaves nothing to sweep", async () => {
    const { host, file } = open();
    const peer = await startPeer(file);
    expect(await peer.ask("hold", { ...permits, permits: 2 })).toBe(2);
    const { process: id } = await peer.ask<{ process: number }>("owner");
    expect(host.owners().map((each) => each.process)).toContain(id);
    await peer.end();
    expect(host.owners()).toHaveLength(1);
    expect(host.structure("permits", SharedSemaphore, permits.options).inUse).toBe(0);
  });
});

describe("a name", () => {
  it("means the same structure, also when every process has ended meanwhile", async () => {
    const file = freshFile();
    const first = await startPeer(file);
    expect(await first.ask("admitted", { ...limit, rounds: 10, atMs: 7 })).toBe(10);
    await first.kill();
    const { host } = open(file);
    expect(host.names()).toEqual([{ name: "limit", kind: "TokenBucket" }]);
    expect(host.structure("limit", TokenBucket, { perMs: 1_000, limit: 50_000 }).remaining(7)).toBe(49_990);
  });

  it("is refused for another class, or other options", () => {
    const { host } = open();
    host.structure("limit", TokenBucket, { limit: 1, perMs: 1_000 });
    expect(() => host.structure("limit", SharedSemaphore, { permits: 1 })).toThrow(
      expect.objectContaining({ code: "NAME_TAKEN" }),
    );
    expect(() => host.structure("limit", TokenBucket, { limit: 2, perMs: 1_000 })).toThrow(
      expect.objectContaining({ code: "NAME_TAKEN" }),
    );
    for (const name of ["", "x".repeat(65), "ü".repeat(33), "a\0b"]) {
      expect(() => host.structure(name, TokenBucket, { limit: 1, perMs: 1_000 })).toThrow(
        expect.objectContaining({ code: "INVALID_OPTION" }),
      );
    }
  });

  it("can be forgotten, and then means a new one", () => {
    const { host } = open();
    const options = { limit: 1, perMs: 1_000 };
    const bucket = host.structure("limit", TokenBucket, options);
    expect(bucket.tryAcquire(1, 0)).toBe(0);
    expect([host.forget("limit"), host.forget("limit")]).toEqual([true, false]);
    expect(bucket.tryAcquire(1, 0)).toBe(1_000);
    bucket.dispose();
    const used = host.info.usedBytes;
    host.structure("limit", TokenBucket, options).dispose();
    host.forget("limit");
    expect(host.info.usedBytes).toBe(used);
  });
});

describe("threads of one process", () => {
  it("have each their own runtime, and what a terminated one held is back at once", async () => {
    const { host, file } = open();
    const semaphore = host.structure("permits", SharedSemaphore, permits.options);
    const worker = new Worker(new URL("./holder.worker.mjs", import.meta.url), { workerData: { file, ...permits } });
    await once(worker, "message");
    expect([semaphore.inUse, host.owners().length]).toEqual([5, 2]);
    expect(new Set(host.owners().map((each) => each.process)).size).toBe(1);
    await worker.terminate();
    expect([semaphore.inUse, host.owners().length]).toEqual([0, 1]);
  });

  it("get the same runtime for the same file", () => {
    const { host, file } = open();
    expect(processRuntime({ file })).toBe(host);
    host.leave();
    expect(host.left).toBe(true);
    const again = open(file).host;
    expect(again).not.toBe(host);
  });
});
