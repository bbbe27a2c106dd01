/**
 * Results: for code that prefers values to exceptions.
 *
 * A result has three ends and not two. `err` holds what the function says may go wrong; `defect` holds what nobody foresaw: a
 * bug in the function, or in a callback that was given to one of the helpers here. Without the third, a `TypeError` in a mapping
 * would look like a failure of what was mapped and be handled as one. No helper turns a defect into anything else.
 *
 * Results are plain objects, and each is an `Outcome` as policies give them.
 */

import type { Failure, Outcome, Success } from "../kernel/index.js";
import { classify } from "./classify.js";

/** It went well. */
export type Ok<T> = Success<T>;

/** It went wrong in a way that was foreseen. */
export interface Err<E> extends Failure {
  readonly error: E;
  readonly defect?: false;
}

/** It went wrong in a way that nobody foresaw; `error` is what was thrown. */
export interface Defect extends Failure {
  readonly defect: true;
}

/** One of the three. `result.ok` tells success, `result.defect` the two others apart. */
export type Result<T, E = unknown> = Ok<T> | Err<E> | Defect;

/** A success. */
export function ok<T>(value: T): Ok<T> {
  return { ok: true, value };
}

/** A failure that was foreseen. */
export function err<E>(error: E): Err<E> {
  return { ok: false, error };
}

/** A bug. */
export function defect(error: unknown): Defect {
  return { ok: false, error, defect: true };
}

/** Whether a result is the third end. */
export function isDefect(result: Outcome<unknown>): result is Defect {
  return !result.ok && (result as Partial<Defect>).defect === true;
}

/** Calls back; what is thrown in there is a defect. */
function guarded<T, E>(callback: () => Result<T, E>): Result<T, E> {
  try {
    return callback();
  } catch (error) {
    return defect(error);
  }
}

/**
 * The value, changed; a failure or a defect stays.
 *
 * @example
 * ```ts
 * import { map, ok } from "holdfast/errors";
 *
 * map(ok(2), (n) => n * 21); // => { ok: true, value: 42 }
 * map(ok(2), () => { throw new RangeError("a bug"); }); // => { ok: false, error: new RangeError("a bug"), defect: true }
 * ```
 */
export function map<T, E, U>(result: Result<T, E>, change: (value: T) => U): Result<U, E> {
  return result.ok ? guarded(() => ok(change(result.value))) : result;
}

/** The error of a failure, changed; a success or a defect stays. */
export function mapErr<T, E, F>(result: Result<T, E>, change: (error: E) => F): Result<T, F> {
  if (result.ok || isDefect(result)) return result;
  return guarded<T, F>(() => err(change(result.error)));
}

/** What comes next after a success; a failure or a defect stays. */
export function andThen<T, E, U, F>(result: Result<T, E>, next: (value: T) => Result<U, F>): Result<U, E | F> {
  return result.ok ? guarded<U, E | F>(() => next(result.value)) : result;
}

/** What comes next after a failure; a success or a defect stays. */
export function orElse<T, E, U, F>(result: Result<T, E>, next: (error: E) => Result<U, F>): Result<T | U, F> {
  if (result.ok || isDefect(result)) return result;
  return guarded<T | U, F>(() => next(result.error));
}

/** What to do at each end; see {@link match}. */
export interface Arms<T, E, R> {
  readonly ok: (value: T) => R;
  readonly err: (error: E) => R;
  /** Default: throws the defect on. */
  readonly defect?: (error: unknown) => R;
}

/**
 * One value for all ends. This leaves the results behind, so what an arm throws is thrown.
 *
 * @example
 * ```ts
 * import { err, match, type Result } from "holdfast/errors";
 *
 * const result: Result<number, string> = err("sold out");
 * match(result, { ok: (left) => `${left} left`, err: (why) => why }); // => "sold out"
 * ```
 */
export function match<T, E, R>(result: Result<T, E>, arms: Arms<T, E, R>): R {
  if (result.ok) return arms.ok(result.value);
  if (!isDefect(result)) return arms.err(result.error);
  if (arms.defect === undefined) throw result.error;
  return arms.defect(result.error);
}

/** The value; throws the very error of a failure or a defect. */
export function unwrap<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw result.error;
}

/** The value, or another where it failed; throws a defect. */
export function unwrapOr<T, U>(result: Result<T>, otherwise: U): T | U {
  if (result.ok) return result.value;
  if (isDefect(result)) throw result.error;
  return otherwise;
}

/** What was thrown, at its end: bugs are defects, all else is a failure. */
function caught<T, E>(error: unknown, toErr: ((error: unknown) => E) | undefined): Result<T, E> {
  if (classify(error).kind === "defect") return defect(error);
  return guarded<T, E>(() => err(toErr === undefined ? (error as E) : toErr(error)));
}

/**
 * What becomes of a promise. It never rejects; a bug (see `classify`) is a defect.
 *
 * @param toErr makes the error of the result of what was thrown. Default: the thing itself.
 *
 * @example
 * ```ts
 * import { classify, fromPromise } from "holdfast/errors";
 *
 * await fromPromise(Promise.reject({ status: 404 }), (error) => classify(error).category); // => { ok: false, error: "not-found" }
 * ```
 */
export function fromPromise<T, E = unknown>(
  promise: PromiseLike<T>,
  toErr?: (error: unknown) => E,
): Promise<Result<T, E>> {
  return Promise.resolve(promise).then<Result<T, E>, Result<T, E>>(ok, (error: unknown) => caught(error, toErr));
}

/**
 * A function that gives a result where the given one returns or throws.
 *
 * @example
 * ```ts
 * import { fromThrowable } from "holdfast/errors";
 *
 * const parse = fromThrowable(JSON.parse, () => "no JSON");
 * parse("[1]"); // => { ok: true, value: [1] }
 * parse("["); // => { ok: false, error: "no JSON" }
 * ```
 */
export function fromThrowable<A extends readonly unknown[], T, E = unknown>(
  fn: (...args: A) => T,
  toErr?: (error: unknown) => E,
): (...args: A) => Result<T, E> {
  return (...args) => {
    try {
      return ok(fn(...args));
    } catch (error) {
      return caught(error, toErr);
    }
  };
}

/** The outcome of a policy's `tryExecute` as a result: a bug becomes a defect, all else stays. */
export function fromOutcome<T>(outcome: Outcome<T>): Result<T> {
  return outcome.ok || classify(outcome.error).kind !== "defect" ? outcome : { ...outcome, defect: true };
}

type Values<R extends readonly Result<unknown, unknown>[]> = {
  -readonly [I in keyof R]: R[I] extends Result<infer T, unknown> ? T : never;
};
type ErrOf<R> = R extends Err<infer E> ? E : never;

/**
 * All values, or the first failure; a defect anywhere comes before any failure.
 *
 * @example
 * ```ts
 * import { all, err, ok } from "holdfast/errors";
 *
 * all([ok(1), ok("two")]); // => { ok: true, value: [1, "two"] }
 * all([ok(1), err("no"), err("never")]); // => { ok: false, error: "no" }
 * ```
 */
export function all<const R extends readonly Result<unknown, unknown>[]>(
  results: R,
): Result<Values<R>, ErrOf<R[number]>> {
  const bad = results.find(isDefect) ?? results.find((result) => !result.ok);
  if (bad !== undefined) return bad as Result<Values<R>, ErrOf<R[number]>>;
  return ok((results as readonly Ok<unknown>[]).map(({ value }) => value) as Values<R>);
}

/**
 * The first value, or all errors; a defect anywhere comes before any value, since a bug must not hide behind luck.
 *
 * @example
 * ```ts
 * import { any, err, ok } from "holdfast/errors";
 *
 * any([err("a"), ok(2), ok(3)]); // => { ok: true, value: 2 }
 * any([err("a"), err("b")]); // => { ok: false, error: ["a", "b"] }
 * ```
 */
export function any<T, E>(results: readonly Result<T, E>[]): Result<T, readonly E[]> {
  const bug = results.find(isDefect);
  if (bug !== undefined) return bug;
  const good = results.find((result): result is Ok<T> => result.ok);
  return good ?? err((results as readonly Err<E>[]).map(({ error }) => error));
}
