/**
 * Health probe: while a breaker is open, ask the dependency itself whether it is back, instead of a caller's request.
 *
 * A check is bounded in time, and the next one is due a growing, spread delay later. Only one runs at a time: one that ignores its
 * signal counts as failed at its deadline, and holds its place until it really ends, so that hung checks never pile up.
 * Timers exist only while the breaker is open, and none of them keeps a process alive.
 */

import { type Clock, HoldfastError, invalidOption, type Random, type Signal, type Timer } from "../../kernel/index.js";
import { type Backoff, exponential } from "../backoff.js";
import { durationMs, oneOf } from "../options.js";

/** Options of the health probe of a breaker. */
export interface HealthProbeOptions {
  /** Asks the dependency. It is healthy unless this throws, rejects, or gives `false`; the signal aborts at the deadline. */
  readonly check: (context: { readonly signal: Signal }) => unknown;
  /** Delays before the checks, counted from each opening. Default: exponential from 1 s to 30 s with equal jitter. */
  readonly backoff?: Backoff;
  /** How long a check may take, in milliseconds. Default: 5 000. */
  readonly timeoutMs?: number;
  /** What a healthy answer does: `half-open` lets calls try, `close` lets all calls pass. Default: `half-open`. */
  readonly onHealthy?: "half-open" | "close";
}

/** The options with their defaults. */
export type HealthProbeSettings = Required<HealthProbeOptions>;

/** What a check has found. */
export interface Probed {
  readonly healthy: boolean;
  /** Number of the check since the breaker opened, from 1. */
  readonly attempt: number;
  /** What the check threw, or `HEALTH_CHECK_FAILED`. */
  readonly error?: unknown;
}

/** Checks the options of a health probe. */
export function healthProbeSettings(options: HealthProbeOptions, random: Random): HealthProbeSettings {
  if (typeof options.check !== "function") {
    throw invalidOption("probe.check", options.check, "give a function that asks the dependency");
  }
  return {
    check: options.check,
    backoff: options.backoff ?? exponential({ baseMs: 1_000, maxMs: 30_000, jitter: "equal", random }),
    timeoutMs: durationMs("probe.timeoutMs", options.timeoutMs ?? 5_000),
    onHealthy: oneOf("probe.onHealthy", options.onHealthy ?? "half-open", ["half-open", "close"]),
  };
}

function unhealthy(message: string): HoldfastError {
  return new HoldfastError("HEALTH_CHECK_FAILED", message, { retryable: true });
}

/** Whose health is asked for. */
export interface Probing {
  readonly clock: Clock;
  /** Whether it still has to be asked. */
  readonly wanted: () => boolean;
  /** Hears what each check has found. */
  readonly found: (probed: Probed) => void;
}

/** The schedule of checks. */
export class HealthProbe {
  readonly #settings: HealthProbeSettings;
  readonly #probing: Probing;
  #attempt = 0;
  #delayMs = 0;
  #timer: Timer | undefined;
  /** Forgets the check that runs, and tells it to stop. */
  #abandon: (() => void) | undefined;
  /** Whether a check runs, or has been forgotten and has not ended yet. */
  #busy = false;

  constructor(settings: HealthProbeSettings, probing: Probing) {
    this.#settings = settings;
    this.#probing = probing;
  }

  /** Begins a series of checks, the first of them a delay from now. */
  start(): void {
    this.stop();
    this.#attempt = 0;
    this.#delayMs = 0;
    this.#schedule();
  }

  /** Ends the series; a check that runs is told to stop, and what it finds counts no more. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#abandon?.();
  }

  #schedule(): void {
    this.#delayMs = this.#settings.backoff.delayMs(this.#attempt + 1, this.#delayMs);
    this.#timer = this.#probing.clock.schedule(() => this.#due(), this.#delayMs, { keepAlive: false });
  }

  #due(): void {
    this.#timer = undefined;
    if (!this.#probing.wanted()) return;
    this.#attempt++;
    if (this.#busy) this.#found(unhealthy("the check before this one has not ended yet"));
    else this.#ask();
  }

  #ask(): void {
    const controller = new AbortController();
    let open = true;
    const close = () => {
      open = false;
      this.#abandon = undefined;
      deadline.cancel();
    };
    const end = (error?: unknown) => {
      this.#busy = false;
      if (!open) return;
      close();
      this.#found(error);
    };
    const deadline = this.#probing.clock.schedule(
      () => {
        const error = unhealthy(`the health check took longer than ${this.#settings.timeoutMs} ms`);
        close();
        controller.abort(error);
        this.#found(error);
      },
      this.#settings.timeoutMs,
      { keepAlive: false },
    );
    this.#abandon = () => {
      close();
      controller.abort(unhealthy("nobody needs the answer any more"));
    };
    this.#busy = true;
    new Promise((resolve) => resolve(this.#settings.check({ signal: controller.signal as Signal }))).then(
      (answer) => end(answer === false ? unhealthy("the health check gave false") : undefined),
      (error: unknown) => end(error ?? unhealthy("the health check threw nothing")),
    );
  }

  /** Reports a check, and goes on where the dependency is not healthy. */
  #found(error: unknown): void {
    const healthy = error === undefined;
    if (!healthy) this.#schedule();
    this.#probing.found(healthy ? { healthy, attempt: this.#attempt } : { healthy, attempt: this.#attempt, error });
  }
}
