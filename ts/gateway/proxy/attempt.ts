/**
 * One attempt at one instance: undici's callbacks, told apart from those of attempts that were given up, and one permit
 * of the instance's breaker, settled exactly once.
 *
 * The handler is of undici's older form on purpose: it hands over raw header bytes, where the newer one first builds an
 * object of them for each response.
 */

import type { Dispatcher } from "undici";
import { Deadline } from "../../kernel/index.js";
import type { Permit } from "../../resilience/index.js";
import type { Instance } from "../upstream/instance.js";

/** Bytes of an unwanted response that are read so that its connection can be used again; beyond them it is closed. */
const discardBytes = 65_536;

/** Why an attempt ended without a whole response. */
export type FailureKind = "unreachable" | "broken" | "timeout" | "unsendable";

/** What an attempt tells its exchange. */
export interface AttemptOwner {
  onInformation(status: number, headers: readonly Buffer[]): void;
  onHead(attempt: Attempt, status: number, headers: readonly Buffer[], statusText: string): void;
  /** False asks for a pause. */
  onData(attempt: Attempt, chunk: Buffer): boolean;
  onEnd(attempt: Attempt, trailers: readonly Buffer[]): void;
  onFailure(attempt: Attempt, kind: FailureKind, error: Error): void;
}

class AttemptCancelled extends Error {}
/** Thrown where nobody sees it, so one for all will do. */
const cancelled = new AttemptCancelled("the attempt was given up");

/** See the top of this file. Its deadline is the time for the head first, the longest pause in the body later. */
export class Attempt extends Deadline implements Dispatcher.DispatchHandler {
  readonly instance: Instance;
  readonly startedMs: number;
  /** Whether the request was written to a connection; before that, nothing can have happened at the instance. */
  sent = false;
  /** The response's status, 0 before its head. */
  status = 0;
  /** Whether a byte of the body came. */
  bodyStarted = false;
  resume: (() => void) | undefined = undefined;
  #owner: AttemptOwner | undefined;
  #permit: Permit | undefined;
  #abort: ((error?: Error) => void) | undefined;
  #closed = false;
  #discarded = -1;

  constructor(owner: AttemptOwner, instance: Instance, permit: Permit | undefined, nowMs: number) {
    super();
    this.#owner = owner;
    this.instance = instance;
    this.#permit = permit;
    this.startedMs = nowMs;
    instance.inFlight++;
    instance.requests++;
  }

  /** Tells the breaker how it went; the first word counts. */
  settle(verdict: "success" | "failure" | "ignore"): void {
    const permit = this.#permit;
    if (permit === undefined) return;
    this.#permit = undefined;
    permit[verdict]();
  }

  /** Gives the attempt up: its connection is closed, and nothing more is heard of it. */
  cancel(): void {
    this.#owner = undefined;
    this.#close();
    this.#abort?.(cancelled);
  }

  /** The response is not wanted: what is short is read away, what is long is cut off. */
  discard(): void {
    this.#owner = undefined;
    this.#discarded = 0;
  }

  /** The deadline passed. */
  expire(): void {
    const owner = this.#owner;
    this.cancel();
    owner?.onFailure(this, "timeout", cancelled);
  }

  /** The places are given back once, by whatever comes first. */
  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.instance.inFlight--;
  }

  onConnect(abort: (error?: Error) => void): void {
    // Given up while it waited for a connection: throwing here, unlike aborting, leaves the connection alone.
    if (this.#owner === undefined) throw cancelled;
    this.sent = true;
    this.#abort = abort;
  }

  onHeaders(status: number, headers: Buffer[], resume: () => void, statusText: string): boolean {
    const owner = this.#owner;
    if (owner === undefined) return true;
    if (status < 200) {
      owner.onInformation(status, headers);
      return true;
    }
    this.status = status;
    this.resume = resume;
    owner.onHead(this, status, headers, statusText);
    return true;
  }

  onData(chunk: Buffer): boolean {
    const owner = this.#owner;
    if (owner !== undefined) return owner.onData(this, chunk);
    if (this.#discarded >= 0) {
      this.#discarded += chunk.length;
      if (this.#discarded > discardBytes) this.#abort?.(cancelled);
    }
    return true;
  }

  onComplete(trailers: string[] | null): void {
    this.#close();
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.onEnd(this, (trailers ?? []) as unknown as Buffer[]);
  }

  onError(error: Error): void {
    // A 304 may say how long the body would be (RFC 9110 §8.6); undici misses that body and closes the connection.
    if (this.status === 304 && (error as { code?: unknown }).code === "UND_ERR_RES_CONTENT_LENGTH_MISMATCH") {
      this.onComplete(null);
      return;
    }
    this.#close();
    const owner = this.#owner;
    this.#owner = undefined;
    owner?.onFailure(this, this.sent ? "broken" : isUnsendable(error) ? "unsendable" : "unreachable", error);
  }
}

/** Whether undici refuses to put such a request on a wire at all; that is the request's fault, not the instance's. */
function isUnsendable(error: Error): boolean {
  const { code } = error as { code?: unknown };
  return code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED";
}
