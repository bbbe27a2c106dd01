/**
 * Slow start: a dependency that has just come back has cold caches and few connections, and the whole load at once would
 * throw it over again. So the share of calls that a breaker admits grows after it has closed.
 *
 * The formula is Envoy's ("Slow start mode", load balancing overview): share = max(minimum, (elapsed / duration) ^ (1 / aggression)).
 * Envoy raises the weight of an endpoint by it; here it is the chance of a call. Aggression 1 is a straight line, above 1
 * admits more at the beginning, below 1 less.
 */

import { invalidOption, type Random } from "../../kernel/index.js";
import { durationMs, ratio } from "../options.js";

/** Options of the slow start of a breaker. */
export interface SlowStartOptions {
  /** How long it takes until every call is admitted again, in milliseconds. */
  readonly durationMs: number;
  /** The share of calls admitted at the beginning, above 0 to 1. Default: 0.1. */
  readonly minimumShare?: number;
  /** The bend of the curve: 1 is a straight line, more admits more at the beginning. From 0.01 to 100. Default: 1. */
  readonly aggression?: number;
}

/** The options with their defaults. */
export type SlowStartSettings = Required<SlowStartOptions>;

/** Checks the options of a slow start. */
export function slowStartSettings(options: SlowStartOptions): SlowStartSettings {
  const aggression = options.aggression ?? 1;
  if (!(aggression >= 0.01 && aggression <= 100)) {
    throw invalidOption("slowStart.aggression", aggression, "give a number from 0.01 to 100");
  }
  return {
    durationMs: durationMs("slowStart.durationMs", options.durationMs),
    minimumShare: ratio("slowStart.minimumShare", options.minimumShare ?? 0.1),
    aggression,
  };
}

/** The share of calls, from 0 to 1, that is admitted `elapsedMs` after the start. */
export function admittedShare(elapsedMs: number, settings: SlowStartSettings): number {
  const passed = Math.min(1, Math.max(0, elapsedMs / settings.durationMs));
  return Math.max(settings.minimumShare, passed ** (1 / settings.aggression));
}

/** Why a call was refused: what was drawn for it was not below the share. */
export interface SlowStartRefusal {
  readonly drawn: number;
  readonly share: number;
}

/** A slow start under way. */
export class SlowStart {
  readonly #settings: SlowStartSettings;
  readonly #startedMs: number;
  readonly #random: Random;

  constructor(settings: SlowStartSettings, startedMs: number, random: Random) {
    this.#settings = settings;
    this.#startedMs = startedMs;
    this.#random = random;
  }

  /** Milliseconds since the start, at most the whole duration; a clock that steps back counts as standing still at the start. */
  elapsedMs(nowMs: number): number {
    return Math.min(this.#settings.durationMs, Math.max(0, nowMs - this.#startedMs));
  }

  /** Whether every call is admitted again. */
  isOver(nowMs: number): boolean {
    return this.elapsedMs(nowMs) >= this.#settings.durationMs;
  }

  /** The share of calls that is admitted now. */
  share(nowMs: number): number {
    return admittedShare(this.elapsedMs(nowMs), this.#settings);
  }

  /** Draws for one call: `undefined` where it is admitted, else why not. */
  refuses(nowMs: number): SlowStartRefusal | undefined {
    const share = this.share(nowMs);
    if (share >= 1) return undefined;
    const drawn = this.#random.next();
    return drawn < share ? undefined : { drawn, share };
  }
}
