/**
 * Ways for messages of 32 bytes to get from one thread to another. Each end writes or reads all eight words of each message. Who
 * finds a ring full or empty looks 200 times and then sleeps for 50 µs, for all of them alike: on two processors that others use
 * too, spinning alone is thirty times slower.
 */

import { ConcurrentQueue, MpmcRing, SpscRing } from "holdfast/core";
import { attachRuntime, type StructureHandle, sharedRuntime } from "holdfast/shared";

const words = 8;
const capacity = 16_384;
/** Messages in one call of those that send many at a time. */
const batch = 64;

/** Sends messages `from` to `from + count - 1`; the first word of each is its number. */
type Send = (from: number, count: number) => void;
/** Receives `count` messages and gives the sum of all their words, modulo 2^32. */
type Receive = (count: number) => number;

/** One way, its sending end in this thread, and what the other thread needs for the receiving end. */
export interface Transport {
  /** Plain data for the other thread. */
  open(): Promise<{ readonly send: Send; readonly far: unknown }>;
  receiver(far: never): Promise<Receive>;
}

const pauseWord = new Int32Array(new SharedArrayBuffer(4));

/** Calls `attempt` until it gives something other than 0. */
function until(attempt: () => number): number {
  for (let looks = 0; ; looks++) {
    const done = attempt();
    if (done !== 0) return done;
    if (looks % 200 === 199) Atomics.wait(pauseWord, 0, 0, 0.05);
  }
}

/** The sum of all words of a message. */
export const sumOf = (number: number): number => words * number + (words * (words - 1)) / 2;

function write(ints: Int32Array, at: number, number: number): void {
  ints[at] = number;
  ints[at + 1] = number + 1;
  ints[at + 2] = number + 2;
  ints[at + 3] = number + 3;
  ints[at + 4] = number + 4;
  ints[at + 5] = number + 5;
  ints[at + 6] = number + 6;
  ints[at + 7] = number + 7;
}

function read(ints: Int32Array, at: number): number {
  return (
    (ints[at]! +
      ints[at + 1]! +
      ints[at + 2]! +
      ints[at + 3]! +
      ints[at + 4]! +
      ints[at + 5]! +
      ints[at + 6]! +
      ints[at + 7]!) |
    0
  );
}

type Ring = SpscRing | MpmcRing | ConcurrentQueue;

interface AttachableClass<R extends Ring> {
  new (options: { capacity: number; messageBytes: number }, runtime: ReturnType<typeof sharedRuntime>): R;
  attach(handle: StructureHandle): R;
}

/** A structure of ours, written and read in place. */
const inPlace = (make: AttachableClass<Ring>): Transport => ({
  async open() {
    const ring = new make({ capacity, messageBytes: words * 4 }, sharedRuntime());
    const { ints } = ring;
    return {
      far: ring.handle,
      send(from, count) {
        for (let n = from; n < from + count; n++) {
          let slot = ring.reserve();
          if (slot < 0) slot = until(() => Math.max(0, ring.reserve()));
          write(ints, slot >> 2, n);
          ring.commit(slot);
        }
      },
    };
  },
  async receiver(handle: StructureHandle) {
    attachRuntime(handle);
    const ring = make.attach(handle);
    const { ints } = ring;
    return (count) => {
      let sum = 0;
      for (let n = 0; n < count; n++) {
        let slot = ring.take();
        if (slot < 0) slot = until(() => Math.max(0, ring.take()));
        sum = (sum + read(ints, slot >> 2)) | 0;
        ring.release(slot);
      }
      return sum;
    };
  },
});

/** Sends blocks of messages through `push`, which says how many it took. */
const sendBlocks =
  (push: (block: Int32Array) => number): Send =>
  (from, count) => {
    const block = new Int32Array(batch * words);
    for (let n = from; n < from + count; n += batch) {
      const size = Math.min(batch, from + count - n);
      for (let k = 0; k < size; k++) write(block, k * words, n + k);
      for (let done = 0; done < size; ) done += until(() => push(block.subarray(done * words, size * words)));
    }
  };

/** The other end: `pop` fills a block and says how many messages it has. */
const receiveBlocks =
  (pop: (block: Int32Array) => number): Receive =>
  (count) => {
    const block = new Int32Array(batch * words);
    let sum = 0;
    for (let left = count; left > 0; ) {
      const size = until(() => pop(block.subarray(0, Math.min(batch, left) * words)));
      for (let k = 0; k < size; k++) sum = (sum + read(block, k * words)) | 0;
      left -= size;
    }
    return sum;
  };

const bytesOf = (block: Int32Array) => new Uint8Array(block.buffer, block.byteOffset, block.byteLength);

const inBatches: Transport = {
  async open() {
    const ring = new SpscRing({ capacity, messageBytes: words * 4 }, sharedRuntime());
    return { far: ring.handle, send: sendBlocks((block) => ring.pushMany(bytesOf(block))) };
  },
  async receiver(handle: StructureHandle) {
    attachRuntime(handle);
    const ring = SpscRing.attach(handle);
    return receiveBlocks((block) => ring.popMany(bytesOf(block)));
  },
};

const ringbuf = (many: boolean): Transport => ({
  async open() {
    const { RingBuffer } = await import("ringbuf.js");
    const memory = RingBuffer.getStorageForCapacity(capacity * words, Int32Array);
    const ring = new RingBuffer(memory, Int32Array);
    const message = new Int32Array(words);
    const one: Send = (from, count) => {
      for (let n = from; n < from + count; n++) {
        write(message, 0, n);
        // It takes what fits, so less than a message might go; a multiple of one always fits a whole or not at all here.
        if (ring.push(message) === 0) until(() => ring.push(message));
      }
    };
    return { far: memory, send: many ? sendBlocks((block) => ring.push(block) / words) : one };
  },
  async receiver(memory: SharedArrayBuffer) {
    const { RingBuffer } = await import("ringbuf.js");
    const ring = new RingBuffer(memory, Int32Array);
    if (many) return receiveBlocks((block) => ring.pop(block) / words);
    const message = new Int32Array(words);
    return (count) => {
      let sum = 0;
      for (let n = 0; n < count; n++) {
        if (ring.pop(message) === 0) until(() => ring.pop(message));
        sum = (sum + read(message, 0)) | 0;
      }
      return sum;
    };
  },
});

/** By name; `postMessage` has its receiving end in the worker itself, since messages come to its event loop. */
export const transports: Readonly<Record<string, Transport>> = {
  "SpscRing, in place": inPlace(SpscRing),
  "SpscRing, 64 at a time": inBatches,
  "MpmcRing, in place": inPlace(MpmcRing),
  "ConcurrentQueue, in place": inPlace(ConcurrentQueue),
  "ringbuf.js": ringbuf(false),
  "ringbuf.js, 64 at a time": ringbuf(true),
};

/** Reads a message that came by `postMessage`. */
export const readPosted = (message: Int32Array): number => {
  let sum = 0;
  for (let at = 0; at < message.length; at += words) sum = (sum + read(message, at)) | 0;
  return sum;
};

/** Makes the messages `from` to `from + count - 1` one behind the other. */
export function posted(from: number, count: number): Int32Array {
  const message = new Int32Array(count * words);
  for (let k = 0; k < count; k++) write(message, k * words, from + k);
  return message;
}
