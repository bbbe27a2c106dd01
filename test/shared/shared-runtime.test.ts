/** Runtimes that threads share: handles, attaching, disposal, threads that leave or die, and waiting between threads. */

import { once } from "node:events";
import { describe, expect, test } from "vitest";
import {
  BackoffMachine,
  ConcurrentHashMap,
  Gcra,
  MpmcRing,
  SharedSemaphore,
  SpscRing,
  TokenBucket,
  WorkStealingDeque,
} from "../../ts/core/index.js";
import { manualClock } from "../../ts/kernel/index.js";
import { attachRuntime, type RuntimeHandle, sharedRuntime } from "../../ts/shared/index.js";
import { nextMessage, startThread } from "./threads.js";

const small = { memoryBytes: 1 << 20 };
const code = (name: string) => expect.objectContaining({ code: name });

/** A runtime over the same memory that takes itself for another thread: as if the handle had come from elsewhere. */
function asOtherThread(handle: RuntimeHandle, options: Parameters<typeof attachRuntime>[1] = {}) {
  return attachRuntime({ ...handle, id: `${handle.id}'` }, options);
}

describe("handles", () => {
  test("are plain data that survives a message, and give the same structure", () => {
    const runtime = sharedRuntime(small);
    const bucket = new TokenBucket({ limit: 3, perMs: 1_000 }, runtime);
    const other = asOtherThread(runtime.handle);
    // structuredClone refuses modules outside of postMessage; everything else of a handle must pass.
    const { module, ...rest } = bucket.handle.runtime;
    expect(structuredClone({ ...bucket.handle, runtime: { ...rest, memory: 0 } })).toMatchObject({
      kind: "TokenBucket",
    });
    expect(module).toBeInstanceOf(WebAssembly.Module);
    const same = TokenBucket.attach({ ...bucket.handle, runtime: other.handle });
    expect(bucket.tryAcquire(2, 0)).toBe(0);
    expect([same.remaining(0), same.tryAcquire(2, 0)]).toEqual([1, expect.closeTo(333.33, 1)]);
    expect(same).toBeInstanceOf(TokenBucket);
    expect(other.owner).not.toBe(runtime.owner);
  });

  test("belong to their class, to a memory that threads share, and to a thread that attached it", () => {
    const runtime = sharedRuntime(small);
    const { handle } = new TokenBucket({ limit: 3, perMs: 1_000 }, runtime);
    expect(() => Gcra.attach(handle)).toThrow(code("INVALID_OPTION"));
    expect(() => TokenBucket.attach({ ...handle, runtime: { ...handle.runtime, id: "elsewhere" } })).toThrow(
      code("NOT_ATTACHED"),
    );
    expect(() => new TokenBucket({ limit: 3, perMs: 1_000 }).handle).toThrow(code("NOT_SHARED"));
    expect(() => new BackoffMachine({ kind: "constant", baseMs: 1 }, runtime).handle).toThrow(code("NOT_SHARED"));
    expect(attachRuntime(handle)).toBe(runtime);
  });

  test("of what was disposed are refused, also where something else stands there now", () => {
    const runtime = sharedRuntime(small);
    const first = new SharedSemaphore({ permits: 1 }, runtime);
    const { handle } = first;
    first.dispose();
    expect(() => first.handle).toThrow(code("DISPOSED"));
    expect(() => SharedSemaphore.attach(handle)).toThrow(code("DISPOSED"));
    const second = new SharedSemaphore({ permits: 1 }, runtime);
    expect(second.handle.address).toBe(handle.address);
    expect(() => SharedSemaphore.attach(handle)).toThrow(code("DISPOSED"));
    expect(SharedSemaphore.attach(second.handle).tryAcquire()).toBe(true);
  });
});

describe("a structure", () => {
  test("lives until the last thread, and the last object in it, has let go", () => {
    const runtime = sharedRuntime(small);
    const other = asOtherThread(runtime.handle);
    const before = runtime.info.usedBytes;
    const made = new WorkStealingDeque({ capacity: 8 }, runtime);
    const twice = WorkStealingDeque.attach(made.handle);
    const far = WorkStealingDeque.attach({ ...made.handle, runtime: other.handle });
    made.push(1);
    made.dispose();
    expect(() => made.take()).toThrow(code("DISPOSED"));
    expect(twice.push(2)).toBe(true);
    twice.dispose();
    expect([far.trySteal(), far.trySteal(), far.trySteal()]).toEqual([1, 2, undefined]);
    expect(runtime.info.usedBytes).toBeGreaterThan(before);
    far.dispose();
    expect(runtime.info.usedBytes).toBe(before);
  });

  test("gives the permits of a thread that lets go to the others", () => {
    const runtime = sharedRuntime(small);
    const other = asOtherThread(runtime.handle);
    const here = new SharedSemaphore({ permits: 1 }, runtime);
    const there = SharedSemaphore.attach({ ...here.handle, runtime: other.handle });
    expect([there.tryAcquire(), here.tryAcquire(), there.held, here.held]).toEqual([true, false, 1, 0]);
    expect(() => here.release()).toThrow(code("NOT_ACQUIRED"));
    there.dispose();
    expect(here.tryAcquire()).toBe(true);
  });

  test("keeps keys of all kinds apart from each other in a map, for each thread with its own writer", () => {
    const runtime = sharedRuntime(small);
    const other = asOtherThread(runtime.handle);
    const here = new ConcurrentHashMap({ capacity: 50 }, runtime);
    const there = ConcurrentHashMap.attach({ ...here.handle, runtime: other.handle });
    const keys = [0, 1, 2 ** 53 - 1, -1, 5n, 2n ** 63n, "", "1", "x".repeat(3_000), "é", Uint8Array.of(1), "\u0002"];
    for (const [index, key] of keys.entries()) here.set(key, index * 2 ** 40 - 3);
    for (const [index, key] of keys.entries()) expect(there.get(key)).toBe(index * 2 ** 40 - 3);
    expect(there.get(Uint8Array.of(2))).toBe(keys.indexOf("\u0002") * 2 ** 40 - 3);
    expect(there.size).toBe(keys.length);
    expect([there.add("n", -5), here.add("n", 2), there.delete("n"), here.has("n")]).toEqual([-5, -3, -3, false]);
    expect([here.replace(1, 0, 9), here.replace(1, 2 ** 40 - 3, 9), there.insert(1, 0)]).toEqual([false, true, 9]);
    expect(() => here.set(0.5, 1)).toThrow(code("INVALID_OPTION"));
    expect(() => here.set(1, 2 ** 53)).toThrow(code("INVALID_OPTION"));
  });
});

describe("a thread", () => {
  test("that leaves gives everything back and frees its number", () => {
    const runtime = sharedRuntime(small);
    const before = runtime.info.usedBytes;
    for (let round = 0; round < 100; round++) {
      const other = asOtherThread(runtime.handle);
      expect(other.owner).toBe(2);
      const ring = new MpmcRing({ capacity: 4, messageBytes: 8 }, other);
      other.leave();
      expect(() => ring.tryPop()).toThrow(code("DISPOSED"));
      expect(() => new MpmcRing({ capacity: 4, messageBytes: 8 }, other)).toThrow(code("DISPOSED"));
    }
    expect(runtime.info.usedBytes).toBe(before);
  });

  test("that was taken for dead gives nothing back of the one that has its number now", () => {
    const runtime = sharedRuntime(small);
    const ring = new MpmcRing({ capacity: 4, messageBytes: 8 }, runtime);
    const attachedTo = (other: { readonly handle: RuntimeHandle }) =>
      MpmcRing.attach({ ...ring.handle, runtime: other.handle });
    const dead = attachRuntime({ ...runtime.handle, id: "dead" }, { workerId: 7 });
    const late = attachedTo(dead);
    runtime.reclaim(7);
    const next = attachRuntime({ ...runtime.handle, id: "next" });
    expect(next.owner).toBe(dead.owner);
    const held = attachedTo(next);
    ring.dispose();
    const used = runtime.info.usedBytes;
    late.dispose();
    expect(runtime.info.usedBytes).toBe(used);
    held.dispose();
    expect(runtime.info.usedBytes).toBeLessThan(used);
  });

  test("beyond the sixty-second is refused, until one was reclaimed", () => {
    const runtime = sharedRuntime(small);
    for (let n = 2; n <= 62; n++) attachRuntime({ ...runtime.handle, id: `thread ${n}` }, { workerId: 1_000 + n });
    expect(() => attachRuntime({ ...runtime.handle, id: "one more" })).toThrow(code("TOO_MANY_THREADS"));
    expect([runtime.reclaim(1_050), runtime.reclaim(1_050)]).toEqual([1, 0]);
    expect(attachRuntime({ ...runtime.handle, id: "one more" }).owner).toBe(50);
  });

  test.each(["exits by itself", "is terminated"])(
    "that %s gives its permit back in the turn of its exit",
    async (how) => {
      const runtime = sharedRuntime(small);
      const semaphore = new SharedSemaphore({ permits: 1 }, runtime);
      const task = how === "is terminated" ? "holdAndHang" : "holdAndExit";
      const worker = runtime.watch(startThread({ kind: "SharedSemaphore", handle: semaphore.handle, task }));
      const ended = once(worker, "exit");
      if (how === "is terminated") {
        await nextMessage(worker);
        expect(semaphore.tryAcquire()).toBe(false);
        await worker.terminate();
      }
      await ended;
      expect(semaphore.tryAcquire()).toBe(true);
    },
  );

  test("that is killed between reserve and commit wedges neither producers nor consumers", async () => {
    const runtime = sharedRuntime(small);
    const ring = new MpmcRing({ capacity: 4, messageBytes: 8 }, runtime);
    const message = (value: number) => new Uint8Array(8).fill(value);
    ring.tryPush(message(1));
    const worker = runtime.watch(startThread({ kind: "MpmcRing", handle: ring.handle, task: "claimAndHang" }));
    await nextMessage(worker);
    ring.tryPush(message(2));
    expect(ring.tryPop()).toBeUndefined();
    // A consumer that is already waiting is woken by the reclaim.
    const waiting = ring.pop();
    await worker.terminate();
    expect((await waiting)?.[0]).toBe(2);
    for (let round = 0; round < 10; round++) {
      for (const value of [1, 2, 3, 4]) expect(ring.tryPush(message(value))).toBe(true);
      expect(ring.tryPush(message(5))).toBe(false);
      for (const value of [1, 2, 3, 4]) expect(ring.tryPop()?.[0]).toBe(value);
    }
  });

  test("that gives no sign of life for the lease is taken for dead a quarter later at most; one that does is not", () => {
    const clock = manualClock();
    const runtime = sharedRuntime({ ...small, leaseMs: 1_000, clock });
    const silent = manualClock();
    const dead = asOtherThread(runtime.handle, { clock: silent });
    const alive = attachRuntime({ ...runtime.handle, id: "alive" }, { clock });
    const here = new SharedSemaphore({ permits: 2 }, runtime);
    const there = SharedSemaphore.attach({ ...here.handle, runtime: dead.handle });
    const third = SharedSemaphore.attach({ ...here.handle, runtime: alive.handle });
    expect([there.tryAcquire(), third.tryAcquire(), here.tryAcquire()]).toEqual([true, true, false]);
    clock.advanceSync(900);
    expect(here.tryAcquire()).toBe(false);
    clock.advanceSync(600);
    expect([here.tryAcquire(), here.tryAcquire()]).toEqual([true, false]);
    expect([dead.left, alive.left, runtime.left]).toEqual([true, false, false]);
    expect(() => there.release()).toThrow(code("NOT_ACQUIRED"));
    // What the dead one does later hits nobody else.
    there.dispose();
    expect(here.inUse).toBe(2);
  });
});

describe("waiting between threads", () => {
  const message = (value: number) => new Uint8Array(8).fill(value);

  test.each(["echo", "echoAsync"])("wakes a thread that sleeps: %s", async (task) => {
    const runtime = sharedRuntime(small);
    const ring = new SpscRing({ capacity: 2, messageBytes: 8 }, runtime);
    const worker = startThread({ kind: "SpscRing", handle: ring.handle, task });
    for (let value = 1; value <= 100; value++) {
      const answer = nextMessage<number>(worker);
      expect(await ring.push(message(value))).toBe(true);
      expect(await answer).toBe(value * 2);
    }
    const end = nextMessage(worker);
    await ring.push(message(0));
    expect(await end).toBe("done");
  });

  test("ends by time, by signal and by disposal, and loses no wake-up to a waiter that gave up", async () => {
    const clock = manualClock();
    const runtime = sharedRuntime({ ...small, clock });
    const ring = new SpscRing({ capacity: 2, messageBytes: 8 }, runtime);
    const timed = ring.pop({ timeoutMs: 50 });
    const controller = new AbortController();
    const aborted = ring.pop({ signal: controller.signal });
    const patient = ring.pop();
    await clock.advance(50);
    expect(await timed).toBeUndefined();
    controller.abort("enough");
    await expect(aborted).rejects.toBe("enough");
    await expect(ring.pop({ signal: controller.signal })).rejects.toBe("enough");
    ring.tryPush(message(7));
    expect((await patient)?.[0]).toBe(7);
    expect(clock.pendingTimers).toBe(0);
    const forgotten = ring.pop();
    ring.dispose();
    await expect(forgotten).rejects.toThrow(code("DISPOSED"));
    expect(await ring.pop({ timeoutMs: 0 }).catch((error: Error) => error)).toMatchObject({ code: "DISPOSED" });
  });

  test("a full ring lets its producer in as soon as there is room, and a semaphore its next", async () => {
    const runtime = sharedRuntime(small);
    const ring = new MpmcRing({ capacity: 1, messageBytes: 8 }, runtime);
    expect(await ring.push(message(1))).toBe(true);
    expect(await ring.push(message(2), { timeoutMs: 0 })).toBe(false);
    const later = ring.push(message(2));
    expect(ring.popSync()?.[0]).toBe(1);
    expect(await later).toBe(true);
    const semaphore = new SharedSemaphore({ permits: 0 }, runtime);
    const one = semaphore.acquire();
    semaphore.resize(1);
    expect(await one).toBe(true);
    expect(semaphore.acquireSync({ timeoutMs: 0 })).toBe(false);
    const two = semaphore.acquire();
    semaphore.release();
    expect(await two).toBe(true);
    const deque = new WorkStealingDeque({ capacity: 2 }, runtime);
    const stolen = deque.steal();
    deque.push(9);
    expect(await stolen).toBe(9);
  });
});

test("options that make no runtime are refused", () => {
  for (const options of [
    { memoryBytes: 0 },
    { maxStructures: 0 },
    { leaseMs: 99 },
    { workerId: -1 },
    { workerId: 0.5 },
  ]) {
    expect(() => sharedRuntime(options)).toThrow(code("INVALID_OPTION"));
  }
  const tight = sharedRuntime({ ...small, maxStructures: 1 });
  new SharedSemaphore({ permits: 1 }, tight);
  expect(() => new SharedSemaphore({ permits: 1 }, tight)).toThrow(code("ARENA_FULL"));
});

test("a host without shared memory is told how to get it", () => {
  const { SharedArrayBuffer: known } = globalThis;
  try {
    Reflect.deleteProperty(globalThis, "SharedArrayBuffer");
    expect(() => sharedRuntime()).toThrow(code("NO_SHARED_MEMORY"));
    expect(() => sharedRuntime()).toThrow("Cross-Origin-Embedder-Policy");
  } finally {
    globalThis.SharedArrayBuffer = known;
  }
});
