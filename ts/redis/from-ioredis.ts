/** The package `ioredis` behind the port. */

import { byHashOrText, type RedisPort } from "./port.js";

/** The part of a client of the package `ioredis` that is used; `Redis` and `Cluster` of versions 5 and 6 have it. */
export interface IoredisClient {
  evalsha(sha1: string, keyCount: number, ...rest: string[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...rest: string[]): Promise<unknown>;
}

/**
 * Makes a {@link RedisPort} of a client of the package `ioredis`.
 *
 * Such a client cannot take a command back. With its option `enableOfflineQueue: false`, commands fail at once while there is no
 * connection, instead of running late, when nobody waits for them.
 *
 * @example
 * ```ts no-run
 * import { fromIoredis } from "holdfast/redis";
 * import { Redis } from "ioredis";
 *
 * const port = fromIoredis(new Redis("redis://127.0.0.1:6379", { enableOfflineQueue: false }));
 * ```
 */
export function fromIoredis(client: IoredisClient): RedisPort {
  return {
    evaluate({ source, sha1 }, key, args) {
      return byHashOrText(
        () => client.evalsha(sha1, 1, key, ...args),
        () => client.eval(source, 1, key, ...args),
      );
    },
  };
}
