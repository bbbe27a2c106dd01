/**
 * @module holdfast/undici
 *
 * Policies for everything that goes through an undici dispatcher. Undici (version 7) is the caller's own; nothing here loads it.
 */

import { failedStatus, isIdempotent, isOneShot, type ResponseTest } from "../fetch/index.js";
import type { CallOptions, Policy } from "../resilience/index.js";
import { type Dispatch, type DispatchHandler, type DispatchOptions, requestHeader } from "./dispatch.js";
import { Exchange } from "./exchange.js";

export { HttpStatusError, type ResponseHead, type ResponseTest } from "../fetch/index.js";
export type { DispatchOptions } from "./dispatch.js";

/** Options of {@link interceptor}. */
export interface InterceptorOptions {
  /** Which responses count as failures. Default: status 429 and all of 5xx. */
  readonly isFailure?: ResponseTest;
  /** What becomes of a response that counts as a failure when no attempt is left: the handler gets it, or an error. Default: `return`. */
  readonly failedResponse?: "return" | "throw";
  /**
   * What to say of the call for a request, over the defaults: `key` is the origin; `idempotent` is true for GET, HEAD, OPTIONS, TRACE,
   * PUT, DELETE and whatever has an `Idempotency-Key`. A body that can be read only once is never sent twice.
   */
  readonly callOptions?: (request: DispatchOptions) => CallOptions | undefined;
}

/** Any version's dispatch function. */
// biome-ignore lint/suspicious/noExplicitAny: each version of undici has its own types of options and handlers
type AnyDispatch = (options: any, handler: any) => boolean;

/**
 * An interceptor for `agent.compose(…)` that runs every request of the dispatcher under a policy.
 *
 * The policy's call lasts until the body has ended: a deadline covers it, a bulkhead's slot is held for it, and a breaker counts a
 * body that breaks off. Nothing is repeated once the handler has received the head of a response. 429 and 5xx count as failures.
 * Use it with policies that pass calls through or refuse them; `fallback`, `coalesce` and `cache` answer with values, which a
 * dispatcher cannot pass on.
 *
 * @param policy any other policy, usually a `pipeline`.
 *
 * @example
 * ```ts
 * import { pipeline } from "holdfast";
 * import { interceptor } from "holdfast/undici";
 * import { Agent } from "undici";
 *
 * const policy = pipeline("outgoing", { retry: { attempts: 3 }, breaker: {}, bulkhead: { limit: 100 } });
 * const dispatcher = new Agent().compose(interceptor(policy));
 * // request("https://example.org/", { dispatcher }) of undici, or fetch with the same option
 * typeof dispatcher.dispatch; // => "function"
 * await dispatcher.close();
 * ```
 */
export function interceptor(
  policy: Pick<Policy, "execute">,
  options: InterceptorOptions = {},
): <D extends AnyDispatch>(dispatch: D) => D {
  const settings = { isFailure: failedStatus, failedResponse: "return" as const, ...options };
  return <D extends AnyDispatch>(dispatch: D) =>
    ((request: DispatchOptions, handler: DispatchHandler): boolean => {
      const exchange = new Exchange(settings, dispatch as Dispatch, request, handler);
      return exchange.start(policy, callOptionsOf(request, options.callOptions));
    }) as D;
}

function callOptionsOf(request: DispatchOptions, given: InterceptorOptions["callOptions"]): CallOptions {
  const { origin, method, headers, body } = request;
  const options = {
    ...(origin !== undefined && { key: new URL(origin).origin }),
    idempotent: isIdempotent(method, requestHeader(headers, "idempotency-key")),
    ...given?.(request),
  };
  return isOneShot(body) ? { ...options, idempotent: false } : options;
}
