/** What the classes of the lock-free structures add to the core: slots, copies, batches, sizes, and waiting without shared memory. */

import { expect, test } from "vitest";
import {
  ConcurrentHashMap,
  ConcurrentQueue,
  createFullRuntime,
  MpmcRing,
  RecordRing,
  SharedSemaphore,
  SpscRing,
  WorkStealingDeque,
} from "../../ts/core/index.js";
import { manualClock } from "../../ts/kernel/index.js";
import { wasmOf } from "../assembly/builds.js";

const message = (value: number, bytes = 8): Uint8Array => new Uint8Array(bytes).fill(value);
const code = (name: string) => expect.objectContaining({ code: name });

test("a slot is the same place in bytes, ints and floats", () => {
  for (const it of [SpscRing, MpmcRing, ConcurrentQueue].map((make) => new make({ capacity: 3, messageBytes: 16 }))) {
    for (let round = 0; round < 5; round++) {
      const slot = it.reserve();
      expect(slot % 8).toBe(0);
      it.floats[slot / 8] = Math.PI + round;
      it.ints[slot / 4 + 3] = -9 - round;
      it.bytes[slot + 8] = 255;
      it.commit(slot);
      const popped = it.tryPop()!;
      const view = new DataView(popped.buffer);
      expect(popped).toHaveLength(16);
      expect(view.getFloat64(0, true)).toBe(Math.PI + round);
      expect([view.getInt32(12, true), popped[8]]).toEqual([-9 - round, 255]);
    }
    expect([it.take(), it.tryPop()]).toEqual([-1, undefined]);
  }
});

test("batches go around the end of the ring, as far as there is room", () => {
  const ring = new SpscRing({ capacity: 4, messageBytes: 8 });
  const three = Uint8Array.from([1, 2, 3].flatMap((value) => [...message(value)]));
  const into = new Uint8Array(24);
  expect([ring.pushMany(three), ring.popMany(into.subarray(0, 16)), ring.pushMany(three), ring.count]).toEqual([
    3, 2, 3, 4,
  ]);
  expect([ring.pushMany(three), ring.popMany(into)]).toEqual([0, 3]);
  expect([into[0], into[8], into[16]]).toEqual([3, 1, 2]);
  expect([ring.popMany(into), ring.popMany(into), ring.pushMany(new Uint8Array(0))]).toEqual([1, 0, 0]);
  expect(() => ring.pushMany(new Uint8Array(9))).toThrow(code("INVALID_OPTION"));
  expect(() => ring.tryPush(new Uint8Array(9))).toThrow("has 8 bytes");
});

test("a ring says how large it became, and what it cannot be", () => {
  expect(new MpmcRing({ capacity: 5, messageBytes: 8 }).capacity).toBe(8);
  expect(new ConcurrentQueue({ capacity: 5, messageBytes: 8 }).capacity).toBe(5);
  expect(new WorkStealingDeque({ capacity: 9 }).capacity).toBe(16);
  const records = new RecordRing({ capacityBytes: 100 });
  expect([records.capacityBytes, records.longestRecord]).toEqual([128, 56]);
  expect(records.tryPush(message(7, 56))).toBe(true);
  expect(records.usedBytes).toBe(64);
  expect(() => records.tryPush(message(7, 57))).toThrow("0 to 56 bytes");
  for (const messageBytes of [0, 4, 12, 65_544, Number.NaN]) {
    expect(() => new SpscRing({ capacity: 1, messageBytes })).toThrow(code("INVALID_OPTION"));
  }
  for (const capacity of [0, 1.5, 2 ** 24 + 1]) {
    expect(() => new SpscRing({ capacity, messageBytes: 8 })).toThrow(code("INVALID_OPTION"));
    expect(() => new WorkStealingDeque({ capacity })).toThrow(code("INVALID_OPTION"));
    expect(() => new ConcurrentHashMap({ capacity })).toThrow(code("INVALID_OPTION"));
  }
  expect(() => new MpmcRing({ capacity: 2 ** 24, messageBytes: 65_536 })).toThrow("fewer or smaller messages");
  expect(() => new SharedSemaphore({ permits: 2 ** 24 })).toThrow(code("INVALID_OPTION"));
  expect(() => new WorkStealingDeque({ capacity: 1 }).push(-1)).toThrow(code("INVALID_OPTION"));
});

test("a map that is full says so and changes nothing", () => {
  const map = new ConcurrentHashMap({ capacity: 4, seed: [1, 2, 3, 4] });
  let stored = 0;
  expect(() => {
    for (;;) map.set(stored++, 1);
  }).toThrow(code("ARENA_FULL"));
  expect(map.size).toBe(stored - 1);
  map.delete(0);
  expect(map.set("again", 5)).toBeUndefined();
});

test("without shared memory the structures work, waiting looks again by the clock, and nobody may sleep", async () => {
  const clock = manualClock();
  const module = new WebAssembly.Module(wasmOf("browser"));
  const runtime = createFullRuntime({ module, memoryBytes: 1 << 20, clock });
  const ring = new MpmcRing({ capacity: 2, messageBytes: 8 }, runtime);
  const waiting = ring.pop();
  const inVain = ring.pop({ timeoutMs: 1 });
  await clock.advance(1);
  expect(await inVain).toBeUndefined();
  expect(ring.tryPush(message(3))).toBe(true);
  await clock.advance(1);
  expect((await waiting)?.[0]).toBe(3);
  expect(() => ring.popSync()).toThrow(code("WAIT_FORBIDDEN"));
  expect(() => ring.handle).toThrow(code("NOT_SHARED"));
});
