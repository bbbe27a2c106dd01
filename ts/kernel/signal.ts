/**
 * `AbortSignal` for consumers of every kind. A project with neither the DOM library nor `@types/node` has no global
 * `AbortSignal` type, and our declarations must still compile there; where the type exists it is used.
 */

/** The part of `AbortSignal` that Holdfast needs. */
export interface AbortSignalLike {
  readonly aborted: boolean;
  readonly reason: unknown;
  addEventListener(type: "abort", listener: () => void, options?: { once?: boolean }): void;
  removeEventListener(type: "abort", listener: () => void): void;
}

/** The host's `AbortSignal` where its type is known, else {@link AbortSignalLike}. */
export type Signal = typeof globalThis extends { AbortSignal: { prototype: infer Known } } ? Known : AbortSignalLike;
