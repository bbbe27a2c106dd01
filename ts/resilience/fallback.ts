/**
 * Fallback: answer with something else when the call fails.
 *
 * Sources are asked in order until one answers: the last good value (if `stale` keeps them), the functions of `to`,
 * then the fixed `value`. Where all fail, the error names every one of them; nothing is lost.
 */

import { HoldfastError, invalidOption } from "../kernel/index.js";
import { type Call, pending } from "./call.js";
import { anyErrorButBugs, type FailureTest } from "./handle.js";
import { done, type LoneLayer } from "./layer.js";
import { LayerPolicy } from "./layer-policy.js";
import { durationMs, maxMapKeys, wholeNumber } from "./options.js";
import type { PolicyEvents, PolicyOptions } from "./policy.js";
import { Sieve } from "./sieve.js";

/** What a fallback function is told. */
export interface FallbackContext {
  /** Why the call failed; a value that counts as failed stands here too. */
  readonly error: unknown;
  readonly key: string | undefined;
}

/** A source of a substitute. It may throw: then the next is asked. */
export type FallbackSource<T> = (context: FallbackContext) => T | PromiseLike<T>;

/** Options of {@link fallback}. */
export interface FallbackOptions<T = unknown> extends PolicyOptions {
  /** One function, or several that are asked in order. */
  readonly to?: FallbackSource<T> | readonly FallbackSource<T>[];
  /** A fixed answer, the last resort. */
  readonly value?: T;
  /** Keeps the last good value of each key and answers with it while it is not older than `maxAgeMs`. */
  readonly stale?: { readonly maxAgeMs: number; readonly maxKeys?: number };
  /** Which outcomes to replace. Default: every error but bugs (`isProgrammingError` of `holdfast/errors`), which somebody must see. */
  readonly handle?: FailureTest;
}

/** Events of a fallback. */
export interface FallbackEvents extends PolicyEvents {
  /** A substitute answered. */
  fallback: { readonly error: unknown; readonly source: "stale" | "function" | "value" };
}

/** The last good value of a key. */
interface Kept {
  readonly value: unknown;
  readonly atMs: number;
}

/** Options that a fallback works with. */
interface Settings {
  readonly sources: readonly FallbackSource<unknown>[];
  readonly fixed: { readonly value: unknown } | undefined;
  readonly stale: { readonly maxAgeMs: number; readonly maxKeys: number } | undefined;
  readonly handle: FailureTest;
}

function settingsOf(options: FallbackOptions): Settings {
  const { to = [], stale } = options;
  const settings: Settings = {
    sources: typeof to === "function" ? [to] : to,
    fixed: "value" in options ? { value: options.value } : undefined,
    stale: stale && {
      maxAgeMs: durationMs("stale.maxAgeMs", stale.maxAgeMs),
      maxKeys: wholeNumber("stale.maxKeys", stale.maxKeys ?? 1_000, 1, maxMapKeys),
    },
    handle: options.handle ?? anyErrorButBugs,
  };
  if (settings.sources.length === 0 && settings.fixed === undefined && settings.stale === undefined) {
    throw invalidOption("to", undefined, "give at least one of `to`, `value` and `stale`");
  }
  return settings;
}

/** See {@link fallback}. */
export class Fallback extends LayerPolicy<FallbackEvents, FallbackOptions> implements LoneLayer {
  readonly kind = "fallback";
  /** @internal */
  readonly timed = false;
  #settings: Settings;
  #lastGood: Sieve<Kept> | undefined;

  constructor(options: FallbackOptions) {
    super("fallback", options);
    this.#settings = settingsOf(options);
    this.#lastGood = this.#settings.stale && new Sieve(this.#settings.stale.maxKeys);
  }

  /** The last good values stay while there are to be any. */
  protected override adopt(options: FallbackOptions): void {
    const settings = settingsOf(options);
    const { stale } = settings;
    if (stale === undefined) this.#lastGood = undefined;
    else if (this.#lastGood === undefined) this.#lastGood = new Sieve(stale.maxKeys);
    else this.#lastGood.resize(stale.maxKeys);
    this.#settings = settings;
  }

  /** @internal */
  enter(): undefined {
    return undefined;
  }

  /** @internal */
  admit(): number {
    return 0;
  }

  /** @internal */
  pass(): boolean {
    return this.#lastGood === undefined && this.#settings.handle === anyErrorButBugs;
  }

  /** @internal Nothing is held. */
  resume(): void {}

  /** @internal */
  leave(call: Call, index: number): typeof done | Promise<typeof done> {
    // A caller who aborts wants no answer, and an outer deadline has one of its own.
    if (call.interrupter < index) return done;
    const { outcome } = call;
    if (!this.#settings.handle(outcome)) {
      if (outcome.ok) this.#keep(call);
      return done;
    }
    const error = outcome.ok ? outcome.value : outcome.error;
    const stale = this.#find(call);
    if (stale !== undefined) return this.#answer(call, stale.value, error, "stale");
    if (this.#settings.sources.length > 0) return this.#ask(call, index, error);
    if (this.#settings.fixed !== undefined) return this.#answer(call, this.#settings.fixed.value, error, "value");
    return done;
  }

  /** @internal */
  enterShadow(): void {}

  /** @internal */
  leaveShadow(call: Call, index: number): void {
    if (call.interrupter < index) return;
    const { outcome } = call;
    if (!this.#settings.handle(outcome)) {
      if (outcome.ok) this.#keep(call);
    } else if (this.#hasSources || this.#find(call) !== undefined) this.shadow("replace");
  }

  /** Whether there is something to answer with beside the last good value. */
  get #hasSources(): boolean {
    return this.#settings.sources.length > 0 || this.#settings.fixed !== undefined;
  }

  /** Remembers a good value; one that is too old to be of use makes room for it first. */
  #keep(call: Call): void {
    if (this.#lastGood === undefined) return;
    const nowMs = call.nowMs();
    const { maxAgeMs } = this.#settings.stale!;
    this.#lastGood.set(call.key ?? "", { value: call.result, atMs: nowMs }, ({ atMs }) => nowMs - atMs > maxAgeMs);
  }

  #find(call: Call): Kept | undefined {
    const kept = this.#lastGood?.get(call.key ?? "");
    return kept !== undefined && call.nowMs() - kept.atMs <= this.#settings.stale!.maxAgeMs ? kept : undefined;
  }

  #answer(call: Call, value: unknown, error: unknown, source: FallbackEvents["fallback"]["source"]): typeof done {
    call.succeed(value);
    if (this.events.has("fallback")) this.events.emit("fallback", { error, source });
    return done;
  }

  async #ask(call: Call, index: number, error: unknown): Promise<typeof done> {
    const errors: unknown[] = [error];
    for (const source of this.#settings.sources) {
      call.restart(call.attempts);
      try {
        const value = await call.outcomeOf(source({ error, key: call.key }));
        if (call.status === pending) return this.#answer(call, value, error, "function");
        if (call.interrupter < index) return done;
      } catch (sourceError) {
        if (call.interrupter < index) return done;
        errors.push(sourceError);
      }
    }
    if (this.#settings.fixed !== undefined) return this.#answer(call, this.#settings.fixed.value, error, "value");
    call.fail(
      new HoldfastError("FALLBACK_FAILED", `${this.name}: the call failed, and so did all its fallbacks`, {
        cause: new AggregateError(errors, "the call's own error first, then those of the fallbacks"),
        retryable: true,
      }),
      this.name,
    );
    return done;
  }
}

/**
 * Answers with a substitute when the call fails.
 *
 * Use it outermost. Where every source fails too, the call rejects with `FALLBACK_FAILED`, whose `cause` is an
 * `AggregateError` of the call's own error and those of the sources.
 *
 * @throws HoldfastError `INVALID_OPTION` where no source is given
 *
 * @example
 * ```ts
 * import { fallback } from "holdfast";
 *
 * const policy = fallback({ to: ({ error }) => `sorry: ${(error as Error).message}` });
 * await policy.execute(() => { throw new Error("down"); }); // => "sorry: down"
 * ```
 */
export function fallback<T>(options: FallbackOptions<T>): Fallback {
  return new Fallback(options as FallbackOptions);
}
