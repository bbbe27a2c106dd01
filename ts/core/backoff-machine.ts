import { defaultRuntime, type Runtime } from "../../bindings/index.js";
import { entropySeed, invalidOption, maxDurationMs } from "../kernel/index.js";
import { choice, seed, within } from "./options.js";
import { Structure } from "./structure.js";

const kinds = ["constant", "linear", "exponential", "fibonacci"] as const;
const jitters = ["none", "full", "equal", "decorrelated"] as const;

/** How the delay grows from attempt to attempt. */
export type BackoffKind = (typeof kinds)[number];

/** How delays are spread so that clients that failed together do not come back together. */
export type Jitter = (typeof jitters)[number];

/** Options of {@link BackoffMachine}. */
export interface BackoffMachineOptions {
  /** Growth: always the base, base × n, base × factor^(n−1), or base × the nth Fibonacci number. */
  readonly kind: BackoffKind;
  /** Delay after the first attempt, in milliseconds: 0 to 365 days. */
  readonly baseMs: number;
  /** Longest delay, in milliseconds: at least `baseMs`, at most 365 days. Default: 365 days. */
  readonly maxMs?: number | undefined;
  /** Growth of `exponential`: 1 to 256, kept with 16 fraction bits. Default: 2. */
  readonly factor?: number | undefined;
  /** Spread: none; from [0, d]; from [d/2, d]; from [base, 3 × previous delay], cut to `maxMs`. Default: `none`. */
  readonly jitter?: Jitter | undefined;
  /** Seed of the spread; the same seed gives the same delays on every host. Default: from the host's entropy. */
  readonly seed?: number | undefined;
}

/**
 * Says how long to wait before the next attempt.
 *
 * Use it to plan retries yourself; else use `retry` with `exponential(…)` and its siblings, which are built on it.
 * Attempt numbers up to 2^31 are fine: delays saturate at `maxMs` before anything can overflow.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: Brooker, "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015).
 *
 * @example
 * ```ts
 * import { BackoffMachine } from "holdfast/core";
 *
 * const backoff = new BackoffMachine({ kind: "exponential", baseMs: 100, maxMs: 1_000 });
 * backoff.nextDelayMs(3); // => 400
 * backoff.nextDelayMs(30); // => 1000
 * ```
 */
export class BackoffMachine extends Structure {
  constructor(options: BackoffMachineOptions, runtime: Runtime = defaultRuntime()) {
    const kind = choice("kind", options.kind, kinds);
    const jitter = choice("jitter", options.jitter ?? "none", jitters);
    const baseMs = within("baseMs", options.baseMs, 0, maxDurationMs);
    const maxMs = options.maxMs ?? maxDurationMs;
    if (!(maxMs >= baseMs && maxMs <= maxDurationMs)) {
      throw invalidOption("maxMs", maxMs, `give a number of milliseconds from baseMs (${baseMs}) to 365 days`);
    }
    const factor = within("factor", options.factor ?? 2, 1, 256);
    const from = options.seed ?? (jitter === 0 ? 0 : entropySeed());
    super(runtime.core.backoffSize(), runtime);
    this.core.backoffInit(this.at, kind, jitter, baseMs * 1000, maxMs * 1000, factor, seed("seed", from));
  }

  /**
   * Milliseconds to wait after attempt number `attempt`.
   *
   * @param attempt number of the attempt that failed, from 1; anything below counts as 1.
   * @param previousMs the delay before it, from which `decorrelated` goes on. Default: none yet.
   */
  nextDelayMs(attempt: number, previousMs = 0): number {
    if (this.at === 0) throw this.disposed();
    const counted = attempt >= 1 ? Math.min(attempt, 2 ** 31) : 1;
    return this.core.backoffNext(this.at, counted, previousMs * 1000) / 1000;
  }

  /** The state of the random spread, as bytes. */
  snapshot(): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.backoffSave(at, to));
  }

  /** Goes on where {@link snapshot} was taken. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.backoffLoad(at, from));
  }
}
