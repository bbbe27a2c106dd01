/**
 * `fetch` under a policy. What is particular to HTTP is decided here: which responses are failures, which requests may be sent
 * twice, and that no response that nobody will read keeps its connection.
 */

import type { CallOptions, Policy } from "../resilience/index.js";
import { FetchCall } from "./fetch-call.js";
import { failedStatus, type ResponseTest } from "./http-status-error.js";

/** The type of `fetch` where the host's types have none. */
// biome-ignore lint/suspicious/noExplicitAny: whatever stands in for fetch has its own types of requests and responses
type FetchLike = (input: any, init?: any) => Promise<any>;

/** The host's `fetch`, where its type is known. */
export type Fetch = typeof globalThis extends { fetch: infer Known extends FetchLike } ? Known : FetchLike;

/** What {@link ResilientFetchOptions} functions are told of a request. */
export interface RequestSummary {
  readonly method: string;
  readonly url: string;
}

/** Options of {@link resilientFetch}. */
export interface ResilientFetchOptions {
  /** What sends the requests. Default: the global `fetch`, looked up at each call. */
  readonly fetch?: FetchLike;
  /** Which responses count as failures. Default: status 429 and all of 5xx. */
  readonly isFailure?: ResponseTest;
  /** What becomes of a response that counts as a failure when no attempt is left: it is returned as `fetch` would, or thrown. Default: `return`. */
  readonly failedResponse?: "return" | "throw";
  /**
   * What to say of the call for a request, over the defaults: `key` is the origin of the address; `idempotent` is true for GET, HEAD,
   * OPTIONS, TRACE, PUT, DELETE and whatever has an `Idempotency-Key`. A body that can be read only once is never sent twice.
   */
  readonly callOptions?: (request: RequestSummary) => CallOptions | undefined;
}

/**
 * A `fetch` whose requests run under a policy.
 *
 * It takes what `fetch` takes and gives what `fetch` gives. Beyond the policy it adds: 429 and 5xx count as failures, so a retry
 * repeats them, a breaker counts them and `Retry-After` is honoured; only requests that may be sent twice are; an attempt's
 * signal ends it at the caller's abort and at every deadline; a response that is dropped for another attempt gives its
 * connection back. The call ends when the head of the response has come: deadlines do not cover the reading of its body.
 *
 * @param policy any policy, usually a `pipeline`.
 * @throws what `fetch` throws, the policy's refusals, and with `failedResponse: "throw"` an `HttpStatusError` (`HTTP_STATUS`)
 *
 * @example
 * ```ts
 * import { retry } from "holdfast";
 * import { resilientFetch } from "holdfast/fetch";
 *
 * const statuses = [503, 200];
 * const request = resilientFetch(retry({ attempts: 3 }), {
 *   fetch: async () => new Response("hello", { status: statuses.shift()!, headers: { "retry-after": "0" } }),
 * });
 * const response = await request("https://example.org/");
 * await response.text(); // => "hello"
 * ```
 */
export function resilientFetch(policy: Pick<Policy, "execute">, options: ResilientFetchOptions = {}): Fetch {
  const settings: Required<ResilientFetchOptions> = {
    fetch: (input, init) => globalThis.fetch(input, init),
    isFailure: failedStatus,
    failedResponse: "return",
    callOptions: () => undefined,
    ...options,
  };
  return ((input: RequestInfo | URL, init?: RequestInit) => new FetchCall(settings, input, init).run(policy)) as Fetch;
}
