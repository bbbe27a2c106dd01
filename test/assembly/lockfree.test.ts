/** The lock-free structures by one thread: against naive twins, on every build, at the edges, and after a holder's death. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { asks, TwinDeque, TwinMap, TwinPermits, TwinQueue } from "../twins/lockfree.js";
import { type Build, openBuilds } from "./builds.js";
import { make, messageKinds } from "./lockfree-messages.js";

const none = 0;
const busy = 1;

/** The builds that have these structures: all with the full face for JavaScript hosts. */
const builds = openBuilds(8, "spscInit");

/** Makes the arena anew: properties run hundreds of times and free nothing. */
function clear(build: Build): void {
  new Uint8Array(build.memory.buffer).fill(0);
  build.x.arenaInit(build.memory.buffer.byteLength);
}

/** Mostly runs of the same operation, so that structures run full and empty. */
const pushesAndPops = fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 1, max: 12 })), { maxLength: 40 });

describe.each(Object.entries(messageKinds))("%s", (_, { twin: twinOf, open }) => {
  test("does what its twin does, on every build", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 9 }), pushesAndPops, (capacity, runs) => {
        for (const build of builds) {
          const messages = open(build, capacity);
          const twin = twinOf(capacity);
          let value = 0;
          for (const [push, times] of runs) {
            for (let n = 0; n < times; n++) {
              if (push) expect(messages.push(++value)).toBe(twin.push(value));
              else expect(messages.pop()).toBe(twin.pop());
            }
          }
          clear(build);
        }
      }),
      { numRuns: 60 },
    );
  });
});

test.each(builds)("a message of a queue that is being read stays while others come and go, $name", (build) => {
  clear(build);
  const { x } = build;
  const at = make(build, x.queueSize(3, 8), (to) => x.queueInit(to, 3, 8));
  const put = (value: number) => {
    const slot = x.queueReserve(at);
    new Float64Array(build.memory.buffer, slot, 1)[0] = value;
    x.queueCommit(at, slot);
  };
  for (const value of [1, 2, 3]) put(value);
  const first = x.queueTake(at);
  for (const value of [4, 5, 6, 7]) {
    x.queueRelease(at, x.queueTake(at));
    put(value);
    expect(new Float64Array(build.memory.buffer, first, 1)[0]).toBe(1);
  }
});

test.each(builds)("records of all lengths come out as they went in, around the end of the ring, $name", (build) => {
  clear(build);
  const { x } = build;
  const at = make(build, x.recordsSize(128), (to) => x.recordsInit(to, 128));
  for (let round = 0; round < 200; round++) {
    const bytes = Uint8Array.from({ length: 1 + ((round * 7) % 40) }, (_, i) => round + i);
    const slot = x.recordsReserve(at, bytes.length);
    build.bytes(slot, bytes.length).set(bytes);
    x.recordsCommit(at);
    const from = x.recordsPeek(at);
    expect(new DataView(build.memory.buffer).getUint32(from - 8, true)).toBe(bytes.length);
    expect([...build.bytes(from, bytes.length)]).toEqual([...bytes]);
    x.recordsRelease(at);
  }
});

/** Sets u32 words of a structure, as if 2^32 - 3 operations were behind it. */
function poke(build: Build, at: number, offsets: readonly number[], value: number): void {
  const view = new DataView(build.memory.buffer);
  for (const offset of offsets) view.setUint32(at + offset, value, true);
}

const nearWrap = 2 ** 32 - 3;

describe("counts go on beyond 2^32", () => {
  test.each(builds)("$name", (build) => {
    clear(build);
    const { x } = build;
    const spsc = make(build, x.spscSize(4, 8), (to) => x.spscInit(to, 4, 8));
    poke(build, spsc, [128, 132, 256, 260], nearWrap);
    const mpmc = make(build, x.mpmcSize(4, 8), (to) => x.mpmcInit(to, 4, 8));
    poke(build, mpmc, [128, 256], nearWrap);
    for (let n = 0; n < 4; n++) poke(build, mpmc, [384 + 16 * ((nearWrap + n) % 4)], nearWrap + n);
    const deque = make(build, x.dequeSize(4), (to) => x.dequeInit(to, 4));
    poke(build, deque, [128, 256], nearWrap);
    const records = make(build, x.recordsSize(64), (to) => x.recordsInit(to, 64));
    poke(build, records, [128, 132, 256, 260], 2 ** 32 - 64);
    for (let n = 0; n < 20; n++) {
      while (x.spscReserve(spsc) !== none) x.spscCommit(spsc, 1);
      expect(x.spscCount(spsc)).toBe(4);
      while (x.spscPeek(spsc) !== none) x.spscRelease(spsc, 1);
      for (let i = 0; i < 4; i++) expect(x.mpmcPublish(mpmc, x.mpmcClaim(mpmc, 1), 1)).toBe(1);
      expect(x.mpmcClaim(mpmc, 1)).toBe(none);
      for (let i = 0; i < 4; i++) expect(x.mpmcRelease(mpmc, x.mpmcTake(mpmc, 1), 1)).toBe(1);
      expect(x.mpmcTake(mpmc, 1)).toBe(none);
      for (let i = 0; i < 4; i++) expect(x.dequePush(deque, i)).toBe(1);
      expect(x.dequePush(deque, 9)).toBe(0);
      expect([x.dequeSteal(deque), x.dequeTake(deque), x.dequeTake(deque), x.dequeTake(deque)]).toEqual([0, 3, 2, 1]);
      expect([x.dequeSteal(deque), x.dequeTake(deque)]).toEqual([-1, -1]);
      expect(x.recordsReserve(records, 20)).not.toBe(none);
      x.recordsCommit(records);
      expect(x.recordsPeek(records)).not.toBe(none);
      x.recordsRelease(records);
      expect(x.recordsUsed(records)).toBe(0);
    }
  });
});

test("runs of an spsc ring end at its end, and batches do what single messages do", () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: 9 })), { maxLength: 60 }), (calls) => {
      for (const build of builds) {
        const { x } = build;
        const at = make(build, x.spscSize(8, 8), (to) => x.spscInit(to, 8, 8));
        const twin = new TwinQueue<number>(8);
        let value = 0;
        for (const [push, wanted] of calls) {
          if (push) {
            const count = x.spscReserveRun(at, wanted);
            const from = x.spscReserve(at);
            const view = new DataView(build.memory.buffer);
            for (let n = 0; n < count; n++) {
              view.setUint32(from + 8 * n, ++value, true);
              expect(twin.push(value)).toBe(true);
            }
            if (count === 0 && wanted > 0) expect(twin.push(0)).toBe(false);
            x.spscCommit(at, count);
          } else {
            const count = x.spscPeekRun(at, wanted);
            const from = x.spscPeek(at);
            const view = new DataView(build.memory.buffer);
            for (let n = 0; n < count; n++) expect(view.getUint32(from + 8 * n, true)).toBe(twin.pop());
            if (count === 0 && wanted > 0) expect(twin.pop()).toBeUndefined();
            x.spscRelease(at, count);
          }
          expect(x.spscCount(at)).toBe(twin.items.length);
        }
        clear(build);
      }
    }),
    { numRuns: 60 },
  );
});

test("a ring of records keeps any bytes in one piece, and refuses only what has no room or never will", () => {
  const lengths = fc.array(fc.option(fc.integer({ min: 0, max: 130 })), { maxLength: 80 });
  fc.assert(
    fc.property(lengths, (calls) => {
      for (const build of builds) {
        const { x } = build;
        const at = make(build, x.recordsSize(200), (to) => x.recordsInit(to, 200));
        const longest = x.recordsLongest(at);
        expect(longest).toBe(120);
        const twin: number[] = [];
        let mark = 0;
        for (const length of calls) {
          if (length !== null) {
            const slot = x.recordsReserve(at, length);
            if (length > longest) expect(slot).toBe(busy);
            else if (slot === none) {
              // A record may need its own bytes, and those that it skips at the end: fewer than its own.
              const needed = 2 * (8 * Math.ceil(length / 8) + 8);
              expect(x.recordsUsed(at) + needed).toBeGreaterThan(256);
            } else {
              build.bytes(slot, length).fill(++mark);
              twin.push(length, mark);
              x.recordsCommit(at);
            }
          } else {
            const slot = x.recordsPeek(at);
            if (twin.length === 0) expect(slot).toBe(none);
            else {
              const [bytes, filler] = twin.splice(0, 2) as [number, number];
              expect(new DataView(build.memory.buffer).getUint32(slot - 8, true)).toBe(bytes);
              expect([...build.bytes(slot, bytes)].every((byte) => byte === (filler & 255))).toBe(true);
              x.recordsRelease(at);
            }
          }
        }
        clear(build);
      }
    }),
    { numRuns: 60 },
  );
});

test("a deque is a stack for its owner and a queue for thieves", () => {
  const calls = fc.array(fc.constantFrom("push", "push", "take", "steal"), { maxLength: 100 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 9 }), calls, (capacity, steps) => {
      for (const build of builds) {
        const { x } = build;
        const at = make(build, x.dequeSize(capacity), (to) => x.dequeInit(to, capacity));
        const twin = new TwinDeque(2 ** Math.ceil(Math.log2(capacity)));
        let item = 2 ** 53 - 100;
        for (const step of steps) {
          if (step === "push") expect(x.dequePush(at, item) === 1).toBe(twin.push(item++));
          else if (step === "take") expect(x.dequeTake(at)).toBe(twin.pop() ?? -1);
          else expect(x.dequeSteal(at)).toBe(twin.steal() ?? -1);
          expect(x.dequeCount(at)).toBe(twin.items.length);
        }
        expect([x.dequePush(at, -1), x.dequePush(at, Number.NaN)]).toEqual([0, 0]);
        clear(build);
      }
    }),
    { numRuns: 60 },
  );
});

test("a map answers as its twin, and no node is lost", () => {
  const calls = fc.array(
    fc.tuple(fc.constantFrom(...asks), fc.bigInt({ min: 0n, max: 12n }), fc.bigInt({ min: 0n, max: 3n }), fc.boolean()),
    { maxLength: 120 },
  );
  fc.assert(
    fc.property(calls, (steps) => {
      for (const build of builds) {
        const { x } = build;
        const at = make(build, x.mapSize(8), (to) => x.mapInit(to, 8, 1, 2, 3, 4));
        const out = build.alloc(8);
        const twin = new TwinMap();
        const view = new DataView(build.memory.buffer);
        for (const [what, small, value, large] of steps) {
          // Keys and values that need all 64 bits are as good as small ones.
          const key = large ? small << 60n : small;
          const wide = large ? 2n ** 64n - 1n - value : value;
          const half = (word: bigint, shift: bigint) => Number((word >> shift) & 0xffffffffn);
          const halves = [key, wide, 1n].flatMap((word) => [half(word, 0n), half(word, 32n)]);
          const [k0, k1, v0, v1, e0, e1] = halves as [number, number, number, number, number, number];
          const answer = x.mapAsk(at, asks.indexOf(what), k0, k1, v0, v1, e0, e1, out);
          const [status, held] = twin.ask(what, key & (2n ** 64n - 1n), wide, 1n);
          expect(answer).toBe(status);
          if (held !== undefined) expect(view.getBigUint64(out, true)).toBe(held);
          expect(x.mapCount(at)).toBe(twin.entries.size);
        }
        clear(build);
      }
    }),
    { numRuns: 60 },
  );
});

test("a map takes its capacity at least, says when it is full, and uses what was removed again", () => {
  for (const build of builds) {
    const { x } = build;
    const at = make(build, x.mapSize(100), (to) => x.mapInit(to, 100, 1, 2, 3, 4));
    const out = build.alloc(8);
    const ask = (what: (typeof asks)[number], key: number) =>
      x.mapAsk(at, asks.indexOf(what), key, 0, key, 0, 0, 0, out);
    for (let round = 0; round < 50; round++) {
      let key = 0;
      while (ask("insert", key) === 0) key++;
      expect(key).toBeGreaterThanOrEqual(100);
      expect(ask("insert", key)).toBe(2);
      for (let n = 0; n < key; n++) expect(ask("remove", n)).toBe(1);
      expect(x.mapCount(at)).toBe(0);
    }
    clear(build);
  }
});

test("permits are booked to their owners", () => {
  const step = fc.tuple(
    fc.constantFrom("acquire", "acquire", "release", "reclaim", "resize"),
    fc.integer({ min: 1, max: 62 }),
    fc.integer({ min: 0, max: 6 }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 80 }), (steps) => {
      for (const build of builds) {
        const { x } = build;
        const at = make(build, x.permitsSize(), (to) => x.permitsInit(to, 3));
        const twin = new TwinPermits(3);
        for (const [what, some, permits] of steps) {
          const owner = some > 4 ? 62 : some;
          if (what === "acquire") expect(x.permitsTryAcquire(at, owner) === 1).toBe(twin.tryAcquire(owner));
          else if (what === "release") expect(x.permitsRelease(at, owner) === 1).toBe(twin.release(owner));
          else if (what === "reclaim") expect(x.permitsReclaim(at, owner)).toBe(twin.reclaim(owner));
          else {
            twin.permits = permits;
            x.permitsResize(at, permits);
          }
          expect(x.permitsInUse(at)).toBe(twin.inUse);
          expect(x.permitsHeld(at, owner)).toBe(twin.held.get(owner) ?? 0);
        }
        clear(build);
      }
    }),
    { numRuns: 60 },
  );
});

describe("a holder that died", () => {
  test.each(builds)("leaves its permits to the others even where it had not booked the last ($name)", (build) => {
    clear(build);
    const { x } = build;
    const at = make(build, x.permitsSize(), (to) => x.permitsInit(to, 2));
    x.permitsTryAcquire(at, 1);
    // A death right after the compare-and-swap: the word says 2 in use, the latest by owner 5, and owner 5's books say nothing.
    new DataView(build.memory.buffer).setUint32(at + 128, 2 | (5 << 24) | (1 << 30), true);
    new DataView(build.memory.buffer).setUint32(at + 132, 77, true);
    expect(x.permitsTryAcquire(at, 2)).toBe(0);
    expect(x.permitsReclaim(at, 5)).toBe(1);
    expect([x.permitsInUse(at), x.permitsTryAcquire(at, 2), x.permitsTryAcquire(at, 2)]).toEqual([1, 1, 0]);
  });

  test.each(builds)("stops neither producers nor consumers of an mpmc queue ($name)", (build) => {
    clear(build);
    const { x } = build;
    const at = make(build, x.mpmcSize(4, 8), (to) => x.mpmcInit(to, 4, 8));
    const push = (value: number) => {
      const slot = x.mpmcClaim(at, 1);
      if (slot <= busy) return false;
      new DataView(build.memory.buffer).setUint32(slot, value, true);
      return x.mpmcPublish(at, slot, 1) === 1;
    };
    const pop = () => {
      const slot = x.mpmcTake(at, 2);
      if (slot <= busy) return slot;
      const value = new DataView(build.memory.buffer).getUint32(slot, true);
      x.mpmcRelease(at, slot, 2);
      return value;
    };
    push(100);
    const half = x.mpmcClaim(at, 9);
    push(102);
    expect([pop(), pop()]).toEqual([100, busy]);
    expect(x.mpmcReclaim(at, 9)).toBe(1);
    // It was not dead after all: what it hands over now is refused.
    expect(x.mpmcPublish(at, half, 9)).toBe(0);
    expect([pop(), pop()]).toEqual([102, none]);
    // A reader that died: the next writer of that cell must wait for the reclaim, and only for that.
    for (const value of [1, 2, 3, 4]) expect(push(value)).toBe(true);
    x.mpmcTake(at, 9);
    expect(x.mpmcClaim(at, 1)).toBe(busy);
    expect(x.mpmcReclaim(at, 9)).toBe(1);
    expect([push(5), push(6)]).toEqual([true, false]);
    expect([pop(), pop(), pop(), pop(), pop()]).toEqual([2, 3, 4, 5, none]);
    // A queue full of messages half written: a producer alone gets through, without any consumer.
    for (let n = 0; n < 4; n++) x.mpmcClaim(at, 9);
    expect(x.mpmcClaim(at, 1)).toBe(none);
    expect(x.mpmcReclaim(at, 9)).toBe(4);
    expect([push(7), pop(), pop()]).toEqual([true, 7, none]);
  });

  test.each(builds)("gives its number and its blocks back, and is told from its successor ($name)", (build) => {
    clear(build);
    const { x } = build;
    const at = make(build, x.registrySize(3), (to) => x.registryInit(to, 3));
    const before = x.arenaUsed();
    const one = x.registryJoin(at, 70);
    const two = x.registryJoin(at, 71);
    expect([one, two, x.registryOwner(at, two, 1)]).toEqual([1, 2, 71]);
    const block = build.alloc(x.permitsSize());
    const generation = x.arenaGeneration(block);
    const entry = x.registryAdd(at, block, one);
    x.permitsInit(block, 1);
    expect(x.registryHold(at, entry, block, generation, two)).toBe(1);
    expect(x.registryHold(at, entry, block, generation + 2, two)).toBe(0);
    expect(x.permitsTryAcquire(block, two)).toBe(1);
    const word = x.registryOwner(at, two, 0);
    expect([x.registryReclaim(at, two, word), x.registryReclaim(at, two, word)]).toEqual([1, 0]);
    expect(x.permitsTryAcquire(block, one)).toBe(1);
    const successor = x.registryJoin(at, 72);
    expect(successor).toBe(two);
    expect(x.registryReclaim(at, two, word)).toBe(0);
    expect(x.registryDrop(at, entry, two)).toBe(0);
    expect(x.registryDrop(at, entry, one)).toBe(1);
    expect(x.registryHold(at, entry, block, generation, two)).toBe(0);
    expect(x.arenaUsed()).toBe(before);
    for (let owner = 3; owner <= 62; owner++) expect(x.registryJoin(at, owner)).toBe(owner);
    expect(x.registryJoin(at, 99)).toBe(0);
  });
});

test("numbers that make no structure are refused", () => {
  for (const { x } of builds) {
    for (const capacity of [0, 2 ** 24 + 1, -1]) {
      expect([x.spscSize(capacity, 8), x.mpmcSize(capacity, 8), x.queueSize(capacity, 8)]).toEqual([0, 0, 0]);
      expect([x.stackSize(capacity, 8), x.dequeSize(capacity), x.mapSize(capacity)]).toEqual([0, 0, 0]);
      expect(x.recordsSize(capacity)).toBe(0);
    }
    for (const bytes of [0, 4, 12, 65_544, -8]) expect(x.spscSize(8, bytes)).toBe(0);
    expect(x.mpmcSize(2 ** 24, 65_536)).toBe(0);
    expect([x.registrySize(0), x.registrySize(65_537), x.permitsInit(1 << 16, 2 ** 24)]).toEqual([0, 0, 1]);
  }
});
