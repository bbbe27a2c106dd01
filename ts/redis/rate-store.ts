/**
 * The way to the server, guarded: each script has an end-to-end timeout, which covers the wait for a connection as well as the wait for
 * the reply, and a breaker stops asking a server that does not answer, so that a dead one costs a call nothing but a look at the
 * breaker. Both are the policies of `holdfast/resilience`.
 */

import { type Clock, dispose, quote } from "../kernel/index.js";
import {
  BrokenCircuitError,
  type CircuitBreaker,
  type CircuitState,
  type Composition,
  circuitBreaker,
  compose,
  timeout,
} from "../resilience/index.js";
import type { RedisCall, RedisPort, RedisScript } from "./port.js";
import { type Reply, readReply } from "./remote-meter.js";

/** How much patience the server gets; all of it whole or broken milliseconds, and counted. */
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
  readonly #port: RedisPort;
  readonly #clock: Clock;
  readonly #watch: StoreWatch;
  readonly #breaker: CircuitBreaker;
  readonly #guard: Composition;
  /** When the server failed first since it last answered. */
  #failedMs: number | undefined;

  constructor(port: RedisPort, { timeoutMs, failures, pauseMs }: StorePatience, clock: Clock, watch: StoreWatch) {
    this.#port = port;
    this.#clock = clock;
    this.#watch = watch;
    this.#breaker = circuitBreaker({
      clock,
      consecutiveFailures: failures,
      openForMs: pauseMs,
      halfOpen: { permits: 1, maxWaitMs: 2 * timeoutMs },
      // Whatever a client throws, a TypeError too: there was no answer.
      isFailure: (outcome) => !outcome.ok,
    });
    this.#guard = compose(this.#breaker, timeout({ clock, timeoutMs }));
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
      if (!(error instanceof BrokenCircuitError)) this.#failed(error);
      throw error;
    }
  }

  async #evaluate(script: RedisScript, name: string, args: readonly string[], call: RedisCall): Promise<Reply> {
    const reply = await this.#port.evaluate(script, name, args, call);
    const read = readReply(reply);
    if (read === undefined) throw new TypeError(`the script's reply is ${quote(reply)}; three whole numbers were expected`);
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
