/** The lock-free structures for the tests of what all classes have in common. */

import {
  ConcurrentHashMap,
  ConcurrentQueue,
  ConcurrentStack,
  MpmcRing,
  RecordRing,
  SharedSemaphore,
  SpscRing,
  WorkStealingDeque,
} from "../../ts/core/index.js";
import type { Subject } from "./subject.js";

const options = { capacity: 8, messageBytes: 8 };
const message = new Uint8Array(8);

const messageCalls: Subject["calls"] = {
  reserve: (it) => it.reserve(),
  commit: (it) => it.commit(0),
  take: (it) => it.take(),
  release: (it) => it.release(0),
  tryPush: (it) => it.tryPush(message),
  tryPop: (it) => it.tryPop(),
  push: (it) => it.push(message),
  pop: (it) => it.pop(),
  pushSync: (it) => it.pushSync(message),
  popSync: (it) => it.popSync(),
};

export const lockFreeSubjects: readonly Subject[] = [
  {
    name: "SpscRing",
    make: (runtime) => new SpscRing(options, runtime),
    calls: {
      ...messageCalls,
      pushMany: (it) => it.pushMany(message),
      popMany: (it) => it.popMany(message),
      count: (it) => it.count,
    },
  },
  {
    name: "MpmcRing",
    make: (runtime) => new MpmcRing(options, runtime),
    calls: { ...messageCalls, count: (it) => it.count },
  },
  {
    name: "ConcurrentQueue",
    make: (runtime) => new ConcurrentQueue(options, runtime),
    calls: { ...messageCalls, isEmpty: (it) => it.isEmpty },
  },
  {
    name: "ConcurrentStack",
    make: (runtime) => new ConcurrentStack(options, runtime),
    calls: { ...messageCalls, isEmpty: (it) => it.isEmpty },
  },
  {
    name: "RecordRing",
    make: (runtime) => new RecordRing({ capacityBytes: 64 }, runtime),
    calls: {
      ...messageCalls,
      reserve: (it) => it.reserve(8),
      lengthOf: (it) => it.lengthOf(8),
      usedBytes: (it) => it.usedBytes,
    },
  },
  {
    name: "WorkStealingDeque",
    make: (runtime) => new WorkStealingDeque(options, runtime),
    calls: {
      push: (it) => it.push(1),
      take: (it) => it.take(),
      trySteal: (it) => it.trySteal(),
      steal: (it) => it.steal(),
      stealSync: (it) => it.stealSync(),
      count: (it) => it.count,
    },
  },
  {
    name: "SharedSemaphore",
    make: (runtime) => new SharedSemaphore({ permits: 1 }, runtime),
    calls: {
      tryAcquire: (it) => it.tryAcquire(),
      acquire: (it) => it.acquire(),
      acquireSync: (it) => it.acquireSync(),
      release: (it) => it.release(),
      inUse: (it) => it.inUse,
      held: (it) => it.held,
      resize: (it) => it.resize(1),
    },
  },
  {
    name: "ConcurrentHashMap",
    make: (runtime) => new ConcurrentHashMap({ capacity: 8 }, runtime),
    calls: {
      get: (it) => it.get("a"),
      has: (it) => it.has("a"),
      set: (it) => it.set("a", 1),
      insert: (it) => it.insert("a", 1),
      delete: (it) => it.delete("a"),
      add: (it) => it.add("a", 1),
      replace: (it) => it.replace("a", 1, 2),
      size: (it) => it.size,
    },
  },
];
