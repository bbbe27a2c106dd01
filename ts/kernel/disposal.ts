/// <reference lib="esnext.disposable" />
/** `using` for hosts old and new: the well-known symbols where they exist, their registered namesakes elsewhere. */

/** `Symbol.dispose`, or the symbol that TypeScript and esbuild agree on where the host has none. */
export const dispose: typeof Symbol.dispose = (Symbol.dispose ?? Symbol.for("Symbol.dispose")) as typeof Symbol.dispose;

/** `Symbol.asyncDispose`, with the same rule. */
export const asyncDispose: typeof Symbol.asyncDispose = (Symbol.asyncDispose ??
  Symbol.for("Symbol.asyncDispose")) as typeof Symbol.asyncDispose;

/** A `Disposable` that runs `release` once, however often it is disposed. */
export function disposable(release: () => void): Disposable {
  let live = true;
  return {
    [dispose]() {
      if (!live) return;
      live = false;
      release();
    },
  };
}
