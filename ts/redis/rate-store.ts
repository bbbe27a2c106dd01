/**
 * The way to the server, guarded: each script has an end-to-end timeout, which covers the wait for a connection as well as the wait for
 * the reply, and a breaker stops asking a server that does not answer, so that a dead one costs a call nothing but a look at the
 * breaker. Both are the policies of `holdfast/resilience`.
 */

import { type Clock, dispose, isHoldfastError, quote } from "../kernel/index.js";
import {
  BrokenCircuitError,
  type CircuitBreaker,
  type CircuitState,
  type Composition,
  circuitBreaker,
  compose,
  type Timeout,
  timeout,
} from "../resilience/index.js";
import type { RedisCall, RedisPort, RedisScript } from "./port.js";
import { type Reply, readReply } from "./remote-meter.js";

/** How much patience the server gets: milliseconds for an answer, failures in a row before it is left alone, milliseconds until it is asked again. */
export interface StorePatience {
  readonly timeoutMs: number;
  readonly failures: number;
  readonly pauseMs: number;
}

/** Who is told about the server's health. */
export interface StoreWatch {
  failed(error: unknown): void;
  recovered(downMs: number): void;
}

export class RateStore {
  readonly #clock: Clock;
  readonly #watch: StoreWatch;
  readonly #breaker: CircuitBreaker;
  readonly #timeout: Timeout;
  readonly #guard: Composition;
  #port: RedisPort;
  /** When the server failed first since it last answered. */
  #failedMs: number | undefined;

  constructor(port: RedisPort, patience: StorePatience, clock: Clock, watch: StoreWatch) {
    this.#port = port;
    this.#clock = clock;
    this.#watch = watch;
    // Whatever a client throws, a TypeError too: there was no answer.
    this.#breaker = circuitBreaker({ clock, isFailure: (outcome) => !outcome.ok, ...breakerRules(patience) });
    this.#timeout = timeout({ clock, timeoutMs: patience.timeoutMs });
    this.#guard = compose(this.#breaker, this.#timeout);
  }

  /** Another port or another patience; calls under way end as they began. */
  adopt(port: RedisPort, patience: StorePatience): void {
    this.#port = port;
    this.#breaker.reconfigure(breakerRules(patience));
    this.#timeout.reconfigure({ timeoutMs: patience.timeoutMs });
  }

  /** The breaker's state: where it is not `closed`, the server failed several times in a row. */
  get state(): CircuitState {
    return this.#breaker.state;
  }

  /** Runs a script. Rejects where the server was not asked, did not answer in time, or answered with an error. */
  async ask(script: RedisScript, name: string, args: readonly string[]): Promise<Reply> {
    try {
      const reply = await this.#guard.execute((call) => this.#evaluate(script, name, args, call));
      this.#answered();
      return reply;
    } catch (error) {
      if (!(error instanceof BrokenCircuitError || isDisposed(error))) this.#failed(error);
      throw error;
    }
  }

  async #evaluate(script: RedisScript, name: string, args: readonly string[], call: RedisCall): Promise<Reply> {
    const reply = await this.#port.evaluate(script, name, args, call);
    const read = readReply(reply);
    if (read === undefined)
      throw new TypeError(`the script's reply is ${quote(reply)}; three whole numbers were expected`);
    return read;
  }

  #answered(): void {
    if (this.#failedMs === undefined) return;
    const downMs = this.#clock.now() - this.#failedMs;
    this.#failedMs = undefined;
    this.#watch.recovered(downMs);
  }

  #failed(error: unknown): void {
    this.#failedMs ??= this.#clock.now();
    this.#watch.failed(error);
  }

  [dispose](): void {
    this.#breaker[dispose]();
  }
}

/** Whether the limiter was used after it was disposed, which is no failure of the server's. */
export function isDisposed(error: unknown): boolean {
  return isHoldfastError(error) && error.code === "DISPOSED";
}

function breakerRules({ timeoutMs, failures, pauseMs }: StorePatience) {
  // The probe is bounded by its own timeout; the breaker's bound is for one that was lost.
  return { consecutiveFailures: failures, openForMs: pauseMs, halfOpen: { permits: 1, maxWaitMs: 2 * timeoutMs } };
}
