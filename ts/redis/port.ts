/**
 * What this module asks of a Redis client: to run one script over one key. Everything else (connections, clusters, sentinels,
 * authentication) is the client's business.
 */

import type { Signal } from "../kernel/index.js";

/** A Lua script, and the SHA-1 of its text by which a server knows it. */
export interface RedisScript {
  readonly source: string;
  readonly sha1: string;
}

/** What a port is told about the wait for its answer. */
export interface RedisCall {
  /** Aborts when nobody waits any more. It is made when it is first read, which costs 2 µs. */
  readonly signal: Signal;
}

/**
 * A way to a Redis server, or to a cluster of them. {@link fromRedis} and {@link fromIoredis} make one of a client of the package
 * `redis` or `ioredis`; for another client write the one method.
 */
export interface RedisPort {
  /**
   * Runs a script where `key` lives and resolves with its reply. A script has one key, so a cluster can run each of them.
   *
   * @param args `ARGV`, numbers written out in digits.
   * @param call its signal aborts when nobody waits for the reply any more; a client that can take an unsent command back should.
   */
  evaluate(script: RedisScript, key: string, args: readonly string[], call: RedisCall): Promise<unknown>;
}

/**
 * Runs a script by its hash, and by its text where the server does not know it: a new server, one that was restarted, or one whose
 * scripts were flushed. The text makes it known there, so that is one more round trip in the life of a server.
 */
export async function byHashOrText(byHash: () => Promise<unknown>, byText: () => Promise<unknown>): Promise<unknown> {
  try {
    return await byHash();
  } catch (error) {
    if (!(error instanceof Error && error.message.startsWith("NOSCRIPT"))) throw error;
    return byText();
  }
}
