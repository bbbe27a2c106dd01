/**
 * Load shedding by the server: while it has more to do than it can, it refuses so many calls that the rest is served in time, and the least
 * important ones first.
 *
 * A controller sets the share of calls that are let in. Each interval it reads the pressure, the largest of all readings over their limits.
 * Above 1 it divides the share by the pressure, which is right in one step where pressure grows with load, and at most by two, since an event loop's
 * delay grows without bound at a load just above what it can do. Below `recoverBelow` it lets a part more in. Between the two it changes
 * nothing: with one threshold for both it would swing around that. There is no timer: time passes in the course of calls.
 */

import { invalidOption } from "../../kernel/index.js";
import { ranks } from "../criticality.js";
import { LoadShedError } from "../errors.js";
import { durationMs, inRange, ratio } from "../options.js";
import { lowestFirst } from "./lowest-first.js";
import type { PressureSignal, PressureSource } from "./pressure.js";
import { RollingCounts } from "./rolling-counts.js";
import { Shedder, type ShedderOptions } from "./shedder.js";

/** What a process may have to bear; at least one. */
export interface PressureLimits {
  /** How late the event loop may run, in milliseconds (99th percentile). */
  readonly eventLoopDelayMs?: number;
  /** How busy the event loop may be, above 0 to 1. */
  readonly eventLoopUtilisation?: number;
  /** The share of the processors that may be used, above 0 to 1. */
  readonly cpu?: number;
  /** Calls of this policy that may be under way at once, from 1. */
  readonly inFlight?: number;
}

/** Options of {@link loadShedder}. */
export interface LoadShedderOptions extends ShedderOptions {
  readonly limits: PressureLimits;
  /** Who measures; not needed where only `inFlight` is limited. */
  readonly source?: PressureSource;
  /** How often the share of calls is set anew, in milliseconds. Default: 100. */
  readonly intervalMs?: number;
  /** The part of the limit below which more is let in again. Default: 0.8. */
  readonly recoverBelow?: number;
  /** By how much more is let in at each interval then, as a part of what is let in now. Default: 0.1. */
  readonly recovery?: number;
  /** The largest share that is refused. Default: 0.95. */
  readonly maxRejection?: number;
}

/** The rules, by what they limit. */
const rules = {
  eventLoopDelayMs: "event-loop-delay",
  eventLoopUtilisation: "event-loop-utilisation",
  cpu: "cpu",
  inFlight: "in-flight",
} as const;

type Limited = keyof typeof rules;

/** Options that it works with. */
interface Settings {
  readonly limits: readonly (readonly [Limited, number])[];
  readonly source: PressureSource | undefined;
  readonly intervalMs: number;
  readonly recoverBelow: number;
  readonly recovery: number;
  readonly lowestShare: number;
}

/** The most by which the share falls in an interval. */
const steepest = 2;
/** Intervals that pass in silence and still count. */
const intervalsAtOnce = 100;
/** Over how many intervals it is remembered who came. */
const remembered = 20;

function settingsOf(options: LoadShedderOptions): Settings {
  const { source, limits } = options;
  const given = Object.entries(limits).filter(([, limit]) => limit !== undefined) as [Limited, number][];
  if (given.length === 0)
    throw invalidOption("limits", "empty", `limit at least one of ${Object.keys(rules).join(", ")}`);
  for (const [name, limit] of given) checkLimit(name, limit, source);
  return {
    limits: given,
    source,
    intervalMs: durationMs("intervalMs", options.intervalMs ?? 100, 1),
    recoverBelow: ratio("recoverBelow", options.recoverBelow ?? 0.8),
    recovery: inRange("recovery", options.recovery ?? 0.1, 0.001, 1),
    lowestShare: 1 - ratio("maxRejection", options.maxRejection ?? 0.95),
  };
}

function checkLimit(name: Limited, limit: number, source: PressureSource | undefined): void {
  if (!(name in rules)) throw invalidOption("limits", name, `give some of ${Object.keys(rules).join(", ")}`);
  const option = `limits.${name}`;
  if (name === "inFlight") {
    inRange(option, limit, 1, 2 ** 31);
    return;
  }
  if (name === "eventLoopDelayMs") durationMs(option, limit);
  else ratio(option, limit);
  if (source === undefined)
    throw invalidOption("source", "missing", `pass one that measures ${name}, such as hostPressure()`);
  if (!source.measures.includes(name)) {
    throw invalidOption("source", source.measures.join(", "), `pass one that measures ${name}`);
  }
}

/** See {@link loadShedder}. */
export class LoadShedder extends Shedder<LoadShedderOptions> {
  readonly kind = "load-shedder";
  #settings: Settings;
  #arrivals: RollingCounts;
  readonly #arrivalsOf = (rank: number) => this.#arrivals.total(rank);
  /** The share of calls that is let in. */
  #share = 1;
  #inFlight = 0;
  /** When the pressure was read last. */
  #readMs = Number.NEGATIVE_INFINITY;
  /** What was furthest over its limit then. */
  #worst: { readonly name: Limited; readonly observed: number; readonly limit: number } | undefined;

  constructor(options: LoadShedderOptions) {
    super("load-shedder", options);
    this.#settings = settingsOf(options);
    this.#arrivals = arrivalsOver(this.#settings.intervalMs);
  }

  /** What is let in now stays so until the next reading, by the new limits. */
  protected override adopt(options: LoadShedderOptions): void {
    const settings = settingsOf(options);
    if (settings.intervalMs !== this.#settings.intervalMs) this.#arrivals = arrivalsOver(settings.intervalMs);
    this.#settings = settings;
    this.#share = Math.max(this.#share, settings.lowestShare);
  }

  /** The share of calls that is refused at present, from 0 to 1. */
  get sheddingShare(): number {
    this.#control(this.clock.now());
    return 1 - this.#share;
  }

  /** Calls under way. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Sets the share anew where it is time. */
  #control(nowMs: number): void {
    const { intervalMs, recoverBelow, recovery, lowestShare } = this.#settings;
    const sinceMs = nowMs - this.#readMs;
    if (sinceMs < intervalMs) return;
    this.#readMs = nowMs;
    const pressure = this.#read();
    if (pressure > 1) this.#share = Math.max(lowestShare, this.#share / Math.min(pressure, steepest));
    else if (pressure < recoverBelow && this.#share < 1) {
      const intervals = Math.min(intervalsAtOnce, Math.floor(sinceMs / intervalMs));
      this.#share = Math.min(1, this.#share * (1 + recovery) ** intervals);
    }
  }

  /** The largest reading over its limit. */
  #read(): number {
    const { limits, source } = this.#settings;
    const measured = source?.read();
    let pressure = 0;
    for (const [name, limit] of limits) {
      const observed = name === "inFlight" ? this.#inFlight : (measured?.[name as PressureSignal] ?? 0);
      if (observed / limit > pressure) {
        pressure = observed / limit;
        this.#worst = { name, observed, limit };
      }
    }
    return pressure;
  }

  protected override chance(rank: number, nowMs: number): number {
    this.#arrivals.advance(nowMs);
    this.#control(nowMs);
    return this.#share === 1 ? 0 : lowestFirst(rank, 1 - this.#share, this.#arrivalsOf);
  }

  protected override arrived(rank: number): number {
    this.#arrivals.add(rank, this.#arrivals.newest);
    return 0;
  }

  protected override admitted(): void {
    this.#inFlight++;
  }

  protected override ended(): void {
    this.#inFlight--;
  }

  protected override rejection(): LoadShedError {
    const { name, observed, limit } = this.#worst!;
    return new LoadShedError(this.fields(rules[name], observed, limit));
  }
}

function arrivalsOver(intervalMs: number): RollingCounts {
  return new RollingCounts(ranks, intervalMs * remembered, remembered);
}

/**
 * Refuses calls while this process has more to do than it can: while its event loop is late or busy, its processors are used up, or too many calls are under
 * way.
 *
 * Use it at the entrance of a server, outside everything that does work. The least important calls go first (`priority`: `sheddable` before
 * `critical-plus`), and refused ones reject with a {@link LoadShedError} (`LOAD_SHED`), which a client should meet with patience, not
 * with another try.
 *
 * @param options `limits`, what may be borne; `source`, who measures (`hostPressure()`); `intervalMs`, 100; `recoverBelow`, 0.8; `recovery`, 0.1;
 * `maxRejection`, 0.95.
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { loadShedder, manualClock } from "holdfast";
 *
 * const clock = manualClock();
 * const source = { measures: ["cpu"], read: () => ({ cpu: 0.99 }) } as const;
 * const shedder = loadShedder({ limits: { cpu: 0.9 }, source, clock });
 * shedder.sheddingShare > 0; // => true
 * await clock.advance(100);
 * shedder.sheddingShare < 0.2; // => true
 * ```
 */
export function loadShedder(options: LoadShedderOptions): LoadShedder {
  return new LoadShedder(options);
}
