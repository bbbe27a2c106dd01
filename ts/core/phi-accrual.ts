import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { whole, within } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link PhiAccrual}. The defaults are Akka's. */
export interface PhiAccrualOptions {
  /** From which φ on the peer is suspected, 0 to 1,000: at 8, once in 10^8 wrongly. Default: 8. */
  readonly threshold?: number;
  /** How many distances between heartbeats are remembered: 1 to 65,536. Default: 1,000. */
  readonly window?: number;
  /** The least deviation that is reckoned with, however regular the heartbeats are. Default: 100. */
  readonly minDeviationMs?: number;
  /** A pause that is always forgiven: added to the mean. Default: 0. */
  readonly acceptablePauseMs?: number;
  /** The distance that is expected before there is any: one heartbeat interval. Default: 1,000. */
  readonly firstIntervalMs?: number;
}

/** The longest span that a detector tells from a longer one. */
const longestMs = 4_294_967;

/**
 * Says how sure one may be that a peer is dead, from the distances between its heartbeats: the φ accrual failure detector.
 *
 * Use it where peers send heartbeats and networks differ: the threshold is a rate of mistakes and not a time, so the same one fits a rack and
 * an ocean. Keep one for each peer; a heartbeat adds up the window, 1 µs for 1,000 distances, and `phi` reads what came of it. A peer that was
 * never heard of has φ 0. A heartbeat that comes when the peer was suspected ends the suspicion, and its distance is not remembered.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `CORE_INCOMPLETE`, `SNAPSHOT_INVALID`.
 * Source: Hayashibara, Défago, Yared and Katayama, "The φ Accrual Failure Detector" (SRDS 2004), as Akka has it.
 *
 * @see {@link Suspicion}
 * @example
 * ```ts
 * import { PhiAccrual } from "holdfast/core";
 *
 * const detector = new PhiAccrual({ firstIntervalMs: 100 });
 * for (let nowMs = 0; nowMs <= 1_000; nowMs += 100) detector.heartbeat(nowMs);
 * detector.phi(1_100).toFixed(1); // => "0.3"
 * detector.isAvailable(1_400); // => true
 * detector.isAvailable(1_800); // => false
 * ```
 */
export class PhiAccrual extends Structure<FullExports> {
  constructor(options: PhiAccrualOptions = {}, runtime: FullRuntime = fullRuntime()) {
    const threshold = within("threshold", options.threshold ?? 8, 0, 1_000);
    const window = whole("window", options.window ?? 1_000, 1, 65_536);
    const minDeviationMs = within("minDeviationMs", options.minDeviationMs ?? 100, 0, longestMs);
    const acceptablePauseMs = within("acceptablePauseMs", options.acceptablePauseMs ?? 0, 0, longestMs);
    const firstIntervalMs = within("firstIntervalMs", options.firstIntervalMs ?? 1_000, 0, longestMs);
    super(runtime.core.phiSize(window), runtime);
    this.core.phiInit(
      this.at,
      window,
      threshold,
      minDeviationMs * 1000,
      acceptablePauseMs * 1000,
      firstIntervalMs * 1000,
    );
  }

  /** Notes a heartbeat that arrived at `nowMs`. */
  heartbeat(nowMs: number): void {
    if (this.at === 0) throw this.disposed();
    this.core.phiHeartbeat(this.at, nowMs * 1000);
  }

  /** φ at `nowMs`: −log10 of the chance that a living peer is silent for so long. */
  phi(nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.phiValue(this.at, nowMs * 1000);
  }

  /** Whether φ is below the threshold at `nowMs`. */
  isAvailable(nowMs: number): boolean {
    if (this.at === 0) throw this.disposed();
    return this.core.phiAvailable(this.at, nowMs * 1000) === 1;
  }

  /** Whether a heartbeat ever came. */
  get isMonitoring(): boolean {
    return this.samples > 0;
  }

  /** Distances that are remembered; the guess before the second heartbeat counts as two. */
  get samples(): number {
    return this.core.phiRead(this.live, 2);
  }

  /** Their mean, 0 where there is none. */
  get meanMs(): number {
    return this.core.phiRead(this.live, 0) / 1000;
  }

  /** Their standard deviation, without `minDeviationMs`. */
  get deviationMs(): number {
    return this.core.phiRead(this.live, 1) / 1000;
  }

  /** Everything remembered, as bytes, as of `nowMs`. */
  snapshot(nowMs: number): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.phiSave(at, to, nowMs * 1000));
  }

  /** Goes on where {@link snapshot} was taken, at `nowMs` of this process: no silence in between. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.phiLoad(at, from, nowMs * 1000));
  }
}
