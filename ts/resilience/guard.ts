/** Functions and methods that always run under a policy: a wrapper, and the same as a decorator. */

import { invalidOption } from "../kernel/index.js";
import type { CallOptions } from "./call.js";
import type { Policy } from "./policy.js";

/** The same options for every call, or a function that reads them off the arguments (and `this`) of each. */
export type GuardOptions<This, Args extends unknown[]> =
  | CallOptions
  | ((this: This, ...args: Args) => CallOptions | undefined);

/** The part of a policy that a guard needs. */
type Guarding = Pick<Policy, "execute">;

/**
 * A function that runs `fn` under a policy at each call. It keeps `this`, the arguments, the name and the length of `fn`.
 *
 * Use it where calls are made in many places and all of them must be protected. `fn` does not receive the call's context: what
 * needs `context.signal` calls `policy.execute` itself.
 *
 * @param options options of each call, or a function of its arguments that gives them: its key, its signal, whether it is idempotent.
 *
 * @example
 * ```ts
 * import { bulkhead, guard } from "holdfast";
 *
 * const load = async (id: string) => `user ${id}`;
 * const loadUser = guard(bulkhead({ limit: 10 }), load, (id) => ({ key: id }));
 * await loadUser("7"); // => "user 7"
 * loadUser.name; // => "load"
 * ```
 */
export function guard<This, Args extends unknown[], Value>(
  policy: Guarding,
  fn: (this: This, ...args: Args) => Value | PromiseLike<Value>,
  options?: GuardOptions<This, Args>,
): (this: This, ...args: Args) => Promise<Value> {
  if (typeof fn !== "function") throw invalidOption("fn", fn, "give the function that the policy is to guard");
  return replacement(fn, options, () => policy);
}

/**
 * A decorator for methods: each call of the method runs under the policy.
 *
 * It is a standard decorator (TC39, stage 3; TypeScript 5 without `experimentalDecorators`) and decorates methods that give a
 * promise, static and private ones too.
 *
 * @param policy the policy, shared by all instances; or a function that gives the one of an instance.
 * @param options as for {@link guard}.
 * @throws HoldfastError `INVALID_OPTION` where it decorates something other than a method, or as a decorator of the older kind
 *
 * @example
 * ```ts
 * import { guarded, timeout } from "holdfast";
 *
 * // class Users {
 * //   @guarded(timeout({ timeoutMs: 1_000 }), (id) => ({ key: id }))
 * //   async load(id: string) { … }
 * // }
 * // is what the engine does with the decorator:
 * const decorate = guarded(timeout({ timeoutMs: 1_000 }), (id: string) => ({ key: id }));
 * const load = decorate(async (id: string) => `user ${id}`, { kind: "method" });
 * await load.call(undefined, "7"); // => "user 7"
 * ```
 */
export function guarded<This, Args extends unknown[]>(
  policy: Guarding | ((instance: This) => Guarding),
  options?: GuardOptions<This, Args>,
): <Value>(
  method: (this: This, ...args: Args) => Promise<Value>,
  context: { readonly kind: "method" },
) => (this: This, ...args: Args) => Promise<Value> {
  const policyOf = typeof policy === "function" ? policy : () => policy;
  return (method, context) => {
    if (context?.kind !== "method" || typeof method !== "function") {
      const kind = (context as { kind?: unknown } | undefined)?.kind;
      throw invalidOption(
        "context.kind",
        kind,
        "decorate a method, by standard decorators (TypeScript: without experimentalDecorators)",
      );
    }
    return replacement(method, options, policyOf);
  };
}

/** What stands in for `fn`. What goes wrong before the call (options that cannot be read) rejects, as everything else does. */
function replacement<This, Args extends unknown[], Value>(
  fn: (this: This, ...args: Args) => Value | PromiseLike<Value>,
  options: GuardOptions<This, Args> | undefined,
  policyOf: (instance: This) => Guarding,
): (this: This, ...args: Args) => Promise<Value> {
  function guardedCall(this: This, ...args: Args): Promise<Value> {
    try {
      const callOptions = typeof options === "function" ? options.apply(this, args) : options;
      return policyOf(this).execute(() => fn.apply(this, args), callOptions);
    } catch (error) {
      return Promise.reject(error);
    }
  }
  return Object.defineProperties(guardedCall, {
    name: { value: fn.name, configurable: true },
    length: { value: fn.length, configurable: true },
  });
}
