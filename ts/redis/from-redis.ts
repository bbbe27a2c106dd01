/** The package `redis` (node-redis) behind the port. */

import type { Signal } from "../kernel/index.js";
import { byHashOrText, type RedisPort } from "./port.js";

/** What a script gets, in the form of the package `redis`. */
export interface NodeRedisArguments {
  keys: string[];
  arguments: string[];
}

/** The part of a client of the package `redis` that is used; clients, clusters, sentinels and pools of versions 4 to 6 have it. */
export interface NodeRedisClient {
  evalSha(sha1: string, options: NodeRedisArguments): Promise<unknown>;
  eval(script: string, options: NodeRedisArguments): Promise<unknown>;
}

/** A client that can take back a command that it has not sent yet: versions 5 and 6. */
interface AbortableClient extends NodeRedisClient {
  withAbortSignal(signal: Signal): NodeRedisClient;
}

function isAbortable(client: NodeRedisClient): client is AbortableClient {
  return typeof (client as Partial<AbortableClient>).withAbortSignal === "function";
}

/**
 * Makes a {@link RedisPort} of a client of the package `redis`. Connect the client yourself, and listen to its `error` events.
 *
 * @example
 * ```ts no-run
 * import { fromRedis } from "holdfast/redis";
 * import { createClient } from "redis";
 *
 * const client = createClient({ url: "redis://127.0.0.1:6379" });
 * client.on("error", console.error);
 * await client.connect();
 * const port = fromRedis(client);
 * ```
 */
export function fromRedis(client: NodeRedisClient): RedisPort {
  return {
    evaluate({ source, sha1 }, key, args, call) {
      const one = isAbortable(client) ? client.withAbortSignal(call.signal) : client;
      const options = { keys: [key], arguments: [...args] };
      return byHashOrText(
        () => one.evalSha(sha1, options),
        () => one.eval(source, options),
      );
    },
  };
}
