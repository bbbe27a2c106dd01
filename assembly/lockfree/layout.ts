/**
 * What the structures of this folder have in common. Each starts with
 *
 *     0 magic and size | 8 u32 event "there is something to take" | 12 u32 event "there is room" | 16 configuration …
 *
 * so that whoever waits finds the events without knowing the structure. Words that different threads write stand 128 bytes apart:
 * a cache line has 64, and processors fetch lines in pairs.
 *
 * They have no snapshot: what is in flight between the threads of a process means nothing to another.
 */

/** Offset of the event for those who wait for something to take. */
export const FILLED: usize = 8;
/** Offset of the event for those who wait for room, or for a permit. */
export const FREED: usize = 12;

/** Distance between words of different writers. */
export const APART: usize = 128;

/** What a call returns in place of a slot's address, which is never below 16. */
export const NONE: usize = 0;
/** Another thread is in the middle of its own call, and until it is through nobody can tell; try again. */
export const BUSY: usize = 1;

/** Largest number of threads that may have a number of their own; 0 is nobody's. */
export const OWNERS: u32 = 62;

/** The power of two that holds `capacity`, 0 where that is more than 2^24 or none. */
export function ringCapacity(capacity: u32): u32 {
  if (capacity - 1 >= 1 << 24) return 0;
  return capacity == 1 ? 1 : 1 << (32 - clz(capacity - 1));
}

/** Whether messages of that size can be kept: multiples of 8 from 8 to 65,536 bytes. */
export function isMessageSize(bytes: u32): bool {
  return (bytes & 7) == 0 && bytes - 8 <= 65528;
}

/** `header` + `count` * `stride` bytes, 0 where that is beyond what an arena of 4 GiB gives out in one piece. */
export function bytesFor(header: usize, count: u32, stride: u32): u32 {
  const bytes = <u64>header + <u64>count * <u64>stride;
  return bytes > 0xf0000000 ? 0 : <u32>bytes;
}
