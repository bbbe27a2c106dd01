import { asks } from "../twins/lockfree.js";
import type { ConformanceCase, Script } from "./builder.js";

const messageBytes = 16;
const capacity = 4;

/** Whether step `index` adds: for a while mostly, then seldom, so that structures run full and empty. */
const adds = (s: Script, index: number): boolean => s.below(10) < (Math.floor(index / 12) % 2 === 0 ? 8 : 2);

const spsc: ConformanceCase = {
  name: "spsc",
  write(s) {
    const at = s.structure("spscSize", capacity, messageBytes);
    s.call("spscInit", at, capacity, messageBytes);
    for (let step = 0; step < 60; step++) {
      const wanted = 1 + s.below(3);
      if (adds(s, step)) {
        const count = s.call("spscReserveRun", at, wanted);
        s.call("spscReserve", at);
        s.call("spscCommit", at, count);
      } else {
        const count = s.call("spscPeekRun", at, wanted);
        s.call("spscPeek", at);
        s.call("spscRelease", at, count);
      }
      s.call("spscCount", at);
    }
    s.call("spscInit", at, 0, messageBytes);
  },
};

const records: ConformanceCase = {
  name: "records",
  write(s) {
    const at = s.structure("recordsSize", 128);
    s.call("recordsInit", at, 128);
    s.call("recordsLongest", at);
    for (let step = 0; step < 60; step++) {
      if (adds(s, step)) {
        if (s.call("recordsReserve", at, s.below(70)) > 1n) s.call("recordsCommit", at);
      } else if (s.call("recordsPeek", at) !== 0n) s.call("recordsRelease", at);
      s.call("recordsUsed", at);
    }
  },
};

const mpmc: ConformanceCase = {
  name: "mpmc",
  write(s) {
    const at = s.structure("mpmcSize", capacity, messageBytes);
    s.call("mpmcInit", at, capacity, messageBytes);
    for (let step = 0; step < 80; step++) {
      const owner = 1 + s.below(3);
      const isAdding = adds(s, step);
      const slot = s.call(isAdding ? "mpmcClaim" : "mpmcTake", at, owner);
      // One in eight dies with the slot in its hands.
      if (slot > 1n && s.below(8) > 0) s.call(isAdding ? "mpmcPublish" : "mpmcRelease", at, slot, owner);
      else s.call("mpmcReclaim", at, owner);
      s.call("mpmcCount", at);
    }
  },
};

/** Queue and stack have the same calls. */
const pool = (name: "queue" | "stack"): ConformanceCase => ({
  name,
  write(s) {
    const at = s.structure(`${name}Size`, capacity, messageBytes);
    s.call(`${name}Init`, at, capacity, messageBytes);
    for (let step = 0; step < 60; step++) {
      const isAdding = adds(s, step);
      const slot = s.call(`${name}${isAdding ? "Reserve" : "Take"}`, at);
      if (slot !== 0n) s.call(`${name}${isAdding ? "Commit" : "Release"}`, at, slot);
      s.call(`${name}IsEmpty`, at);
    }
  },
});

const deque: ConformanceCase = {
  name: "deque",
  write(s) {
    const at = s.structure("dequeSize", capacity);
    s.call("dequeInit", at, capacity);
    for (let step = 0; step < 60; step++) {
      if (adds(s, step)) s.call("dequePush", at, step * 2 ** 40);
      else s.call(s.below(2) === 0 ? "dequeTake" : "dequeSteal", at);
      s.call("dequeCount", at);
    }
  },
};

const map: ConformanceCase = {
  name: "map",
  write(s) {
    const at = s.structure("mapSize", 4);
    const [out, hash, key] = [s.block(8), s.block(56), s.block(32)];
    s.call("mapInit", at, 4, 0x0706050403020100n, -1n);
    for (let step = 0; step < 80; step++) {
      const [name, value, expected] = [BigInt(s.below(7)) << 60n, BigInt(s.below(4)), BigInt(s.below(4))];
      s.call("mapAsk", at, s.below(asks.length), BigInt.asIntN(64, name), value, expected, out);
      s.foldMemory(out, 8);
      s.call("mapCount", at);
    }
    s.write(key, new TextEncoder().encode("a key of some length and more"));
    s.call("mapDigest", at, hash, key, 16, 0, out);
    s.call("mapDigest", at, hash, key + 16, 13, 1, out);
    s.foldMemory(out, 8);
  },
};

const permits: ConformanceCase = {
  name: "permits",
  write(s) {
    const at = s.structure("permitsSize");
    s.call("permitsInit", at, 3);
    for (let step = 0; step < 60; step++) {
      const owner = 1 + s.below(3);
      if (s.below(12) === 0) s.call("permitsReclaim", at, owner);
      else s.call(adds(s, step) ? "permitsTryAcquire" : "permitsRelease", at, owner);
      if (s.below(12) === 0) s.call("permitsResize", at, s.below(6));
      s.call("permitsInUse", at);
      s.call("permitsHeld", at, owner);
    }
    s.call("permitsInit", at, 2 ** 24);
  },
};

const registry: ConformanceCase = {
  name: "registry",
  write(s) {
    const at = s.structure("registrySize", 2);
    // The word before a block is its generation; an even one is that of no block of the arena, so none is freed.
    const block = s.block(64) + 32;
    s.call("registryInit", at, 2);
    for (const label of [7, 8]) s.call("registryJoin", at, label);
    s.call("registryBeat", at, 2);
    const entry = s.call("registryAdd", at, block, 1);
    s.call("registryAdd", at, block, 1);
    s.call("registryAdd", at, block, 1);
    s.call("registryDrop", at, entry, 2);
    for (const generation of [0, 2]) s.call("registryHold", at, 1, block, generation, 2);
    for (const what of [0, 1, 2]) s.call("registryOwner", at, 2, what);
    for (const word of [1, 1, 5]) s.call("registryReclaim", at, 2, word);
    s.call("registryJoin", at, 9);
    s.call("registryOwner", at, 2, 0);
  },
};

const event: ConformanceCase = {
  name: "event",
  write(s) {
    const at = s.block(8);
    for (let round = 0; round < 3; round++) {
      s.call("eventPrepare", at);
      s.call("eventPrepare", at);
      s.call("eventSignal", at);
      s.call("eventSignal", at);
      s.foldMemory(at, 8);
    }
  },
};

export const lockFreeCases = [spsc, records, mpmc, pool("queue"), pool("stack"), deque, map, permits, registry, event];
