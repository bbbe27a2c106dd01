/**
 * What `vegas` and `gradient2` have in common: they compare the round trip of now with the round trip without a queue, and
 * the hard part is to know the latter.
 *
 * Seen from outside, a dependency that became slower and one in front of which our own calls queue look the same: by
 * Little's law throughput is calls under way / round trip in both. The plain algorithms take what they see for the truth,
 * each in its own wrong way. Vegas remembers the least it ever saw: after the dependency has really become slower, its limit
 * falls to nothing; then it looks again while its own queue stands, and takes that for the truth. Gradient2 follows with an
 * average: under mild overload, or where all answers come slowly, the average follows the queue, the queue is allowed to
 * grow, and so on without end.
 *
 * An experiment tells the two apart. Now and then, while the limit is in use, it is halved for a window: where calls come
 * back faster, they had been queueing, and it is halved again; where they do not, this is how fast the dependency is. (BBR
 * does so to measure its round-trip propagation time: Cardwell et al., "BBR: Congestion-Based Congestion Control", ACM Queue
 * 14:5, 2016; Envoy's gradient controller goes to its minimum for the same end.) Between experiments the baseline falls with
 * what is seen; it rises only while the limit is not in use, when there can be no queue that a smaller limit would remove.
 */

import type { Random } from "../../kernel/index.js";
import { snapshotInvalid } from "../errors.js";
import { durationMs, wholeNumber } from "../options.js";
import type { LatencyTarget } from "../target/latency-target.js";
import {
  bounded,
  boundsOf,
  inUse,
  type LimitAlgorithm,
  type LimitBounds,
  type LimitSample,
  learntLimit,
} from "./limit-algorithm.js";
import { SampleWindow } from "./sample-window.js";

/** Options of the algorithms that measure in windows. */
export interface WindowedOptions extends LimitBounds {
  /** Calls in a window, at least, or ten for each place where that is less; it also lasts for a mean round trip. Default: 50. */
  readonly windowSamples?: number;
  /** The longest time between two measurements of the baseline while the limit is in use, in milliseconds. Default: 30 000. */
  readonly probeEveryMs?: number;
  /**
   * Whose latencies the windows and the baseline are of: those of the function itself, without what stands between it and the
   * bulkhead. Default: none, how long the bulkhead's calls take.
   */
  readonly target?: LatencyTarget | undefined;
}

/** The same but the target, checked and with defaults. */
export type WindowedSettings = Required<Omit<WindowedOptions, "target">>;

/** What a snapshot is bound to; without a target it says nothing of one. */
export function configOf(kind: string, settings: WindowedSettings, target: LatencyTarget | undefined): string {
  return JSON.stringify([kind, { ...settings, target: target?.name }]);
}

export function windowedSettings(options: WindowedOptions, defaultMax: number): WindowedSettings {
  return {
    ...boundsOf(options, defaultMax),
    windowSamples: wholeNumber("windowSamples", options.windowSamples ?? 50, 1, 1_000_000),
    probeEveryMs: durationMs("probeEveryMs", options.probeEveryMs ?? 30_000),
  };
}

/** How far the baseline goes towards one window: an exponential average over about ten (2 / (10 + 1)). */
const follow = 2 / 11;

/** Half the calls in a pure queue take half the time; at three quarters of it and above there was no queue worth a look. */
const queued = 0.75;

/** An experiment that is under way. */
interface Probe {
  readonly limit: number;
  /** Until then calls end that met the queue of before. */
  readonly settledMs: number;
  /** The mean round trip of the window before. */
  readonly beforeMs: number;
}

/** The skeleton; an algorithm adds its formula. */
export abstract class WindowedLimit implements LimitAlgorithm {
  readonly #settings: WindowedSettings;
  readonly #random: Random;
  readonly #target: LatencyTarget | undefined;
  readonly #window: SampleWindow;
  #limit: number;
  /** Whether the first window is over. What ends in it are the shortest of the calls that were begun: it measures nothing. */
  #begun = false;
  #baselineMs = Number.NaN;
  #probe: Probe | undefined = undefined;
  #nextProbeMs = Number.NaN;

  constructor(settings: WindowedSettings, target: LatencyTarget | undefined, random: Random, from = settings.initial) {
    this.#settings = settings;
    this.#target = target;
    this.#random = random;
    this.#limit = bounded(from, settings);
    this.#window = new SampleWindow(this.#windowSize(), target);
  }

  /** The formula: the next limit after a window in which the limit was in use or calls were dropped. */
  protected abstract next(limit: number, baselineMs: number, window: SampleWindow): number;

  get limit(): number {
    return this.#probe?.limit ?? Math.floor(this.#limit);
  }

  onSample(sample: LimitSample): void {
    const window = this.#window;
    if (this.#probe !== undefined && sample.atMs < this.#probe.settledMs) {
      window.skip();
      return;
    }
    if (!window.add(sample)) return;
    if (this.#probe !== undefined) this.#concludeProbe(this.#probe, window, sample.atMs);
    else if (this.#begun) this.#conclude(window, sample.atMs);
    this.#begun = true;
    window.restart(sample.atMs, this.#windowSize());
  }

  /** Few calls at once take long to come to fifty, and a limit that fell to 1 must find its way back. */
  #windowSize(): number {
    return Math.min(this.#settings.windowSamples, 10 * this.limit);
  }

  #conclude(window: SampleWindow, atMs: number): void {
    const pressed = inUse(this.#limit, window.inFlight);
    if (window.measured) this.#followBaseline(window.meanMs, pressed, atMs);
    if ((pressed && window.measured) || window.dropped > 0) {
      this.#limit = bounded(this.next(this.#limit, this.#baselineMs, window), this.#settings);
    }
    if (Number.isNaN(this.#nextProbeMs)) this.#planProbe(atMs);
    else if (pressed && atMs >= this.#nextProbeMs && window.measured) this.#beginProbe(this.#limit, window, atMs);
  }

  /** A limit that begins under load takes calls that queue for its first baseline, unless its target has seen better times. */
  #followBaseline(meanMs: number, pressed: boolean, atMs: number): void {
    if (Number.isNaN(this.#baselineMs)) this.#baselineMs = Math.min(meanMs, this.#target?.successMean(atMs) ?? meanMs);
    else if (meanMs < this.#baselineMs || !pressed) this.#baselineMs += (meanMs - this.#baselineMs) * follow;
  }

  /** Clients that were started together must not probe together, so each draws its time. */
  #planProbe(atMs: number): void {
    this.#nextProbeMs = atMs + this.#settings.probeEveryMs * (0.5 + this.#random.next() / 2);
  }

  #beginProbe(from: number, window: SampleWindow, atMs: number): void {
    const limit = Math.max(this.#settings.min, Math.floor(from / 2));
    this.#probe = { limit, settledMs: atMs + window.meanMs, beforeMs: window.meanMs };
  }

  #concludeProbe(probe: Probe, window: SampleWindow, atMs: number): void {
    const hadQueued = window.meanMs < queued * probe.beforeMs;
    const mayQueueStill = queued * window.meanMs > this.#baselineMs;
    if (window.measured) this.#baselineMs = window.meanMs;
    if (hadQueued && mayQueueStill && probe.limit > this.#settings.min) {
      this.#beginProbe(probe.limit, window, atMs);
    } else {
      this.#probe = undefined;
      this.#planProbe(atMs);
    }
  }

  save(): readonly number[] {
    return [this.#limit, this.#baselineMs];
  }

  load([limit, baselineMs]: readonly number[]): void {
    if (baselineMs === undefined || baselineMs < 0 || baselineMs === Number.POSITIVE_INFINITY) {
      throw snapshotInvalid(`the snapshot's baseline is ${baselineMs} milliseconds`, { baselineMs });
    }
    this.#limit = learntLimit(limit, this.#settings);
    this.#baselineMs = baselineMs;
    this.#probe = undefined;
    this.#nextProbeMs = Number.NaN;
    this.#begun = false;
    this.#window.restart(Number.NaN, this.#windowSize());
  }
}
