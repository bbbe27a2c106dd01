/** A limiter's decision that is made on the server: what both algorithms have in common. */

import type { RedisScript } from "./port.js";

/** How a limiter stands, as the server told it. */
export interface Standing {
  /** 0 where the permits were taken; else the milliseconds until the same call could pass. */
  readonly waitMs: number;
  /** Whole permits that are left. */
  readonly remaining: number;
  /** Milliseconds until everything is available again. */
  readonly resetAfterMs: number;
}

/** An algorithm with its rate. It holds no state: that is on the server. */
export interface RemoteMeter {
  readonly script: RedisScript;
  /** Keeps keys apart whose states cannot be read as each other's. */
  readonly tag: string;
  /** The most that can be taken at once. */
  readonly limit: number;
  /** `ARGV` for taking `weight` permits, at most `limit`; below 0 to give them back, 0 to look only. */
  args(weight: number): readonly string[];
  /** Reads the script's reply, three whole numbers. */
  standing(reply: Reply): Standing;
}

/** What each of our scripts replies. */
export type Reply = readonly [over: number, remaining: number, reset: number];

/** Deletes a state, so that the key is as if it had never been used; it replies as the others do. */
export const resetScript: RedisScript = {
  source: "redis.call('DEL', KEYS[1]) return {0, 0, 0}",
  sha1: "b22e3abebd3269512b8d996b42d706ac6df1b4ea",
};

/** A reply as three whole numbers, whatever the client makes of integers; undefined for anything else. */
export function readReply(reply: unknown): Reply | undefined {
  if (!Array.isArray(reply) || reply.length !== 3) return undefined;
  const numbers = reply.map(Number);
  return numbers.every((one) => Number.isSafeInteger(one) && one >= 0) ? (numbers as unknown as Reply) : undefined;
}
