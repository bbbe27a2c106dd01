/**
 * Waiting for what another thread does: look a few times, then sleep until the structure's event moves. On a thread that may
 * not sleep `Atomics.waitAsync` does it; where the host lacks that, or the memory is not shared, a timer looks again.
 */

import type { Address, FullExports, Runtime } from "../../../bindings/index.js";
import { HoldfastError, type Signal } from "../../kernel/index.js";

/** How long a call waits. */
export interface WaitOptions {
  /** Milliseconds after which it gives up: 0 or more. Default: it does not. */
  readonly timeoutMs?: number | undefined;
}

/** How long an asynchronous call waits. */
export interface AsyncWaitOptions extends WaitOptions {
  /** Ends the wait: the promise rejects with the signal's reason. */
  readonly signal?: Signal | undefined;
}

/** Looks before sleeping: what comes within some microseconds needs no sleep, which costs ten. */
const looks = 200;
/** A sleeper looks again after this at the latest; nothing depends on it. */
const napMs = 60_000;
/** Between looks where no event can wake. */
const pollMs = 2;

interface AsyncWait {
  readonly async: boolean;
  readonly value: "not-equal" | "timed-out" | Promise<unknown>;
}

type WaitAsync = (words: Int32Array, index: number, value: number, timeoutMs: number) => AsyncWait;

const waitAsync = (Atomics as { waitAsync?: WaitAsync }).waitAsync?.bind(Atomics);

/** An event of a structure, and what this thread can do about it. */
export class Waiter {
  readonly #runtime: Runtime<FullExports>;
  readonly #event: Address;
  readonly #words: Int32Array;
  readonly #shared: boolean;

  constructor(runtime: Runtime<FullExports>, event: Address) {
    const { buffer } = runtime.memory;
    this.#runtime = runtime;
    this.#event = event;
    this.#words = new Int32Array(buffer as ArrayBuffer);
    this.#shared = typeof SharedArrayBuffer !== "undefined" && (buffer as object) instanceof SharedArrayBuffer;
  }

  /** Wakes everybody who waits. */
  signal(): void {
    this.#runtime.core.eventSignal(this.#event);
  }

  /** What `attempt` gives as soon as that is not undefined; undefined where the time is over. Rejects with the signal's reason. */
  async waitFor<T>(attempt: () => T | undefined, options: AsyncWaitOptions = {}): Promise<T | undefined> {
    const { core, clock } = this.#runtime;
    const { signal, timeoutMs = Number.POSITIVE_INFINITY } = options;
    const untilMs = clock.now() + timeoutMs;
    while (true) {
      if (signal?.aborted) throw signal.reason;
      const early = repeat(attempt);
      if (early !== undefined) return early;
      const ticket = core.eventPrepare(this.#event) | 0;
      const found = attempt();
      if (found !== undefined) return found;
      const leftMs = untilMs - clock.now();
      if (!(leftMs > 0)) return undefined;
      await this.#sleep(ticket, Math.min(leftMs, napMs), signal);
    }
  }

  /** The same for a thread that may sleep. Throws `WAIT_FORBIDDEN` on one that may not, and where no other thread could end the wait. */
  waitForSync<T>(
    attempt: () => T | undefined,
    { timeoutMs = Number.POSITIVE_INFINITY }: WaitOptions = {},
  ): T | undefined {
    const { core, clock } = this.#runtime;
    const untilMs = clock.now() + timeoutMs;
    while (true) {
      const early = repeat(attempt);
      if (early !== undefined) return early;
      const ticket = core.eventPrepare(this.#event) | 0;
      const found = attempt();
      if (found !== undefined) return found;
      const leftMs = untilMs - clock.now();
      if (!(leftMs > 0)) return undefined;
      this.#sleepSync(ticket, Math.min(leftMs, napMs));
    }
  }

  #sleepSync(ticket: number, leftMs: number): void {
    const { sleeper } = this.#runtime;
    try {
      if (sleeper === undefined) Atomics.wait(this.#words, this.#event >>> 2, ticket, leftMs);
      else sleeper.sleep(this.#event, ticket, leftMs);
    } catch (cause) {
      throw new HoldfastError(
        "WAIT_FORBIDDEN",
        "this thread may not sleep, or shares its memory with no other; use the asynchronous form of the call",
        { cause },
      );
    }
  }

  /**
   * Resolves when the event moves, or after `leftMs`. The timer is the limit, and it keeps the process alive: a promise of
   * `waitAsync` does not.
   */
  #sleep(ticket: number, leftMs: number, signal: Signal | undefined): Promise<void> {
    const { clock } = this.#runtime;
    const woken = this.#woken(ticket, leftMs);
    return new Promise((resolve, reject) => {
      const end = () => {
        timer.cancel();
        signal?.removeEventListener("abort", onAbort);
      };
      const wake = () => {
        end();
        resolve();
      };
      const onAbort = () => {
        end();
        reject(signal?.reason);
      };
      const timer = clock.schedule(wake, woken === undefined ? Math.min(leftMs, pollMs) : leftMs);
      signal?.addEventListener("abort", onAbort, { once: true });
      void woken?.then(wake);
    });
  }

  /**
   * Resolves when the event moves; undefined where that cannot be had. Its own limit only sees to it that waits which were given up
   * do not pile up in the engine.
   */
  #woken(ticket: number, leftMs: number): Promise<unknown> | undefined {
    const { sleeper } = this.#runtime;
    if (sleeper !== undefined) return sleeper.sleepAsync(this.#event, ticket, leftMs);
    if (!this.#shared || waitAsync === undefined) return undefined;
    const wait = waitAsync(this.#words, this.#event >>> 2, ticket, leftMs);
    return Promise.resolve(wait.value);
  }
}

function repeat<T>(attempt: () => T | undefined): T | undefined {
  for (let look = 0; look < looks; look++) {
    const found = attempt();
    if (found !== undefined) return found;
  }
  return undefined;
}
