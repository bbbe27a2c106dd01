import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { whole } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link LocalHealth}. */
export interface LocalHealthOptions {
  /** The worst score: 0 to 65,536. Default: 7, so that a span becomes eight times as long at most. */
  readonly maxScore?: number;
}

/**
 * How well this process keeps up: Lifeguard's local health multiplier, memberlist's "awareness". One that is slow itself takes its peers for
 * dead; so it waits longer, the worse its own score is.
 *
 * Use it in a failure detector: `note(-1)` for a probe that was answered in time, `note(1)` for each sign that the fault may be one's own, such as
 * a missing "nack" from a helper, or a suspicion of oneself that had to be refuted; and `scale` the time between probes. One word of
 * memory, exact where threads share it. It has no snapshot: who starts again is healthy until shown otherwise.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `CORE_INCOMPLETE`.
 * Source: Dadgar, Phillips and Currey, "Lifeguard" (DSN-W 2018), §IV-A.
 *
 * @see {@link Suspicion}
 * @example
 * ```ts
 * import { LocalHealth } from "holdfast/core";
 *
 * const health = new LocalHealth();
 * health.note(-1); // => 0
 * health.note(2); // => 2
 * health.scale(1_000); // => 3_000
 * ```
 */
export class LocalHealth extends Structure<FullExports> {
  /** @internal */
  static override readonly kind: string = "LocalHealth";

  constructor(options: LocalHealthOptions = {}, runtime: FullRuntime = fullRuntime()) {
    const maxScore = whole("maxScore", options.maxScore ?? 7, 0, 65_536);
    super(runtime.core.healthSize(), runtime);
    this.core.healthInit(this.at, maxScore);
  }

  /** Adds `change` to the score, which stays between 0 and the worst, and gives it. */
  note(change: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.healthNote(this.at, whole("change", change, -65_536, 65_536));
  }

  /** 0 where all is well. */
  get score(): number {
    return this.core.healthScore(this.live);
  }

  /** A span, longer by itself for each point of the score. */
  scale(spanMs: number): number {
    return spanMs * (this.score + 1);
  }
}
