/** The structures of messages under one face, by one thread: what the tests of twins and vectors run. */

import { expect } from "vitest";
import { TwinQueue, TwinStack } from "../twins/lockfree.js";
import type { Build } from "./builds.js";

const messageBytes = 16;
const none = 0;

/** Makes a structure in a fresh block. */
export function make(build: Build, bytes: number, init: (at: number) => number): number {
  const at = build.alloc(bytes >>> 0);
  expect(init(at)).toBe(0);
  return at;
}

const words = (build: Build, at: number) => new DataView(build.memory.buffer, at, messageBytes);

function write(build: Build, slot: number, value: number): void {
  words(build, slot).setUint32(0, value, true);
  words(build, slot).setUint32(12, ~value, true);
}

function read(build: Build, slot: number): number {
  const value = words(build, slot).getUint32(0, true);
  expect(words(build, slot).getUint32(12, true)).toBe(~value >>> 0);
  return value;
}

/** A structure of messages under one face. */
export interface Messages {
  push(value: number): boolean;
  pop(): number | undefined;
}

/** Each structure of messages, and its twin. */
export const messageKinds: Readonly<
  Record<string, { twin(capacity: number): TwinQueue<number>; open(build: Build, capacity: number): Messages }>
> = {
  spsc: {
    twin: (capacity) => new TwinQueue(2 ** Math.ceil(Math.log2(capacity))),
    open(build, capacity) {
      const { x } = build;
      const at = make(build, x.spscSize(capacity, messageBytes), (to) => x.spscInit(to, capacity, messageBytes));
      return {
        push(value) {
          const slot = x.spscReserve(at);
          if (slot === none) return false;
          write(build, slot, value);
          x.spscCommit(at, 1);
          return true;
        },
        pop() {
          const slot = x.spscPeek(at);
          if (slot === none) return undefined;
          const value = read(build, slot);
          x.spscRelease(at, 1);
          return value;
        },
      };
    },
  },
  mpmc: {
    twin: (capacity) => new TwinQueue(2 ** Math.ceil(Math.log2(capacity))),
    open(build, capacity) {
      const { x } = build;
      const at = make(build, x.mpmcSize(capacity, messageBytes), (to) => x.mpmcInit(to, capacity, messageBytes));
      return {
        push(value) {
          const slot = x.mpmcClaim(at, 1);
          if (slot === none) return false;
          write(build, slot, value);
          return x.mpmcPublish(at, slot, 1) === 1;
        },
        pop() {
          const slot = x.mpmcTake(at, 2);
          if (slot === none) return undefined;
          const value = read(build, slot);
          expect(x.mpmcRelease(at, slot, 2)).toBe(1);
          return value;
        },
      };
    },
  },
  queue: {
    twin: (capacity) => new TwinQueue(capacity),
    open(build, capacity) {
      const { x } = build;
      const at = make(build, x.queueSize(capacity, messageBytes), (to) => x.queueInit(to, capacity, messageBytes));
      return {
        push(value) {
          const slot = x.queueReserve(at);
          if (slot === none) return false;
          write(build, slot, value);
          x.queueCommit(at, slot);
          expect(x.queueIsEmpty(at)).toBe(0);
          return true;
        },
        pop() {
          const slot = x.queueTake(at);
          if (slot === none) return undefined;
          const value = read(build, slot);
          x.queueRelease(at, slot);
          return value;
        },
      };
    },
  },
  stack: {
    twin: (capacity) => new TwinStack(capacity),
    open(build, capacity) {
      const { x } = build;
      const at = make(build, x.stackSize(capacity, messageBytes), (to) => x.stackInit(to, capacity, messageBytes));
      return {
        push(value) {
          const slot = x.stackReserve(at);
          if (slot === none) return false;
          write(build, slot, value);
          x.stackCommit(at, slot);
          expect(x.stackIsEmpty(at)).toBe(0);
          return true;
        },
        pop() {
          const slot = x.stackTake(at);
          if (slot === none) return undefined;
          const value = read(build, slot);
          x.stackRelease(at, slot);
          return value;
        },
      };
    },
  },
};
