/**
 * One request of an interceptor, over all its attempts: what the handler sees is one exchange, whatever happens behind it.
 *
 * The handler gets the first response that is no failure, or the last that is, or an error; never parts of two. Its controller is
 * this object, which passes on to the attempt whose response it receives. Until there is one, an abort cuts the policy's call.
 */

import { type ResponseHead, type ResponseTest, statusErrorIn } from "../fetch/index.js";
import { HoldfastError } from "../kernel/index.js";
import type { CallContext, CallOptions, Policy } from "../resilience/index.js";
import { Attempt } from "./attempt.js";
import type { Dispatch, DispatchController, DispatchHandler, DispatchOptions, IncomingHeaders } from "./dispatch.js";

/** What an exchange needs to know beside its request. */
export interface ExchangeSettings {
  readonly isFailure: ResponseTest;
  readonly failedResponse: "return" | "throw";
}

/** One request. */
export class Exchange implements DispatchController {
  readonly #settings: ExchangeSettings;
  readonly #dispatch: Dispatch;
  readonly #request: DispatchOptions;
  readonly #handler: DispatchHandler;
  readonly #caller = new AbortController();
  /** Attempts whose response is a failure and waits for the policy's decision. */
  readonly #held = new Set<Attempt>();
  /** The attempt whose response the handler receives. */
  #taken: Attempt | undefined;
  #begun = false;
  #ended = false;
  #paused = false;
  /** What the dispatcher said of the first attempt. */
  #accepted: boolean | undefined;
  #callOptions: CallOptions = {};

  constructor(settings: ExchangeSettings, dispatch: Dispatch, request: DispatchOptions, handler: DispatchHandler) {
    this.#settings = settings;
    this.#dispatch = dispatch;
    this.#request = request;
    this.#handler = handler;
  }

  /** Runs the exchange under a policy; says whether the dispatcher takes more. */
  start(policy: Pick<Policy, "execute">, callOptions: CallOptions): boolean {
    const options = { ...callOptions, signal: this.#caller.signal };
    this.#callOptions = options;
    policy
      .execute((context) => this.#attempt(context), options)
      .then(
        () => this.#finish(),
        (error: unknown) => this.#giveUp(error),
      );
    // A policy that makes the call wait: from here on the handler can abort the wait.
    if (this.#accepted === undefined) this.begin({});
    return this.#accepted ?? true;
  }

  #attempt(context: CallContext): Promise<undefined> {
    for (const attempt of this.#held) this.#drop(attempt);
    return new Promise((resolve, reject) => {
      const attempt = new Attempt(this, context, resolve, reject);
      const accepted = this.#dispatch(this.#request, attempt);
      this.#accepted ??= accepted;
    });
  }

  get aborted(): boolean {
    return this.#caller.signal.aborted;
  }

  get reason(): Error | null {
    return this.aborted ? (this.#caller.signal.reason as Error) : null;
  }

  get paused(): boolean {
    return this.#paused;
  }

  get rawHeaders(): unknown {
    return this.#taken?.controller?.rawHeaders ?? null;
  }

  get rawTrailers(): unknown {
    return this.#taken?.controller?.rawTrailers ?? null;
  }

  abort(reason: Error): void {
    // A handler that hears of an error destroys its stream, which aborts here; that is not the caller's doing.
    if (!this.#ended) this.#caller.abort(reason);
    // After the policy's call has ended, as with a failed response that was handed on, nothing listens to the caller's signal.
    this.#taken?.abort(reason);
  }

  pause(): void {
    this.#paused = true;
    this.#taken?.controller?.pause();
  }

  resume(): void {
    this.#paused = false;
    this.#taken?.controller?.resume();
  }

  /** Whether the handler receives a response already. */
  get isTaken(): boolean {
    return this.#taken !== undefined;
  }

  isFailure(response: ResponseHead): boolean {
    return this.#settings.isFailure(response);
  }

  /** Tells the handler, once, that its request is on the way. */
  begin(context: unknown): void {
    if (this.#begun) return;
    this.#begun = true;
    this.#handler.onRequestStart?.(this, context);
  }

  /** Passes a response of 1xx on. */
  inform(attempt: Attempt, status: number, headers: IncomingHeaders, message: string | undefined): void {
    if (this.#taken === undefined || this.#taken === attempt) {
      this.#handler.onResponseStart?.(this, status, headers, message);
    }
  }

  /** Makes an attempt the one whose response the handler receives. From here on nothing may be repeated. */
  take(attempt: Attempt, status: number, headers: IncomingHeaders, message: string | undefined): void {
    this.#taken = attempt;
    (this.#callOptions as { idempotent?: boolean }).idempotent = false;
    this.#handler.onResponseStart?.(this, status, headers, message);
  }

  upgrade(attempt: Attempt, status: number, headers: IncomingHeaders, socket: unknown): void {
    this.#taken = attempt;
    this.#ended = true;
    this.#handler.onRequestUpgrade?.(this, status, headers, socket);
  }

  hold(attempt: Attempt): void {
    this.#held.add(attempt);
  }

  data(attempt: Attempt, chunk: Uint8Array): void {
    if (this.#taken === attempt) this.#handler.onResponseData?.(this, chunk);
  }

  end(attempt: Attempt, trailers: IncomingHeaders): void {
    if (this.#taken !== attempt) return;
    this.#ended = true;
    this.#handler.onResponseEnd?.(this, trailers);
  }

  /** An attempt has failed: the handler's failure where its response was on the way already, else the policy's to judge. */
  broke(attempt: Attempt, error: Error): void {
    if (this.#taken === attempt) this.fail(error);
    else this.begin({});
  }

  /** Ends the exchange for the handler. */
  fail(error: Error): void {
    if (this.#ended) return;
    this.#ended = true;
    this.begin({});
    this.#handler.onResponseError?.(this, error);
  }

  #drop(attempt: Attempt): void {
    this.#held.delete(attempt);
    attempt.drop();
  }

  #finish(): void {
    for (const attempt of this.#held) this.#drop(attempt);
    if (this.#ended) return;
    // The policy answered by itself; a handler cannot be given a value.
    const message =
      "a policy answered instead of a response; leave fallback, coalesce and cache out of an interceptor's policy";
    this.fail(new HoldfastError("INVALID_OPTION", message, { details: { option: "policy" } }));
  }

  #giveUp(error: unknown): void {
    const failed = statusErrorIn(error);
    const last = this.aborted || failed === undefined ? undefined : [...this.#held].find((one) => one.holds(failed));
    const forwarded = this.#settings.failedResponse === "return" ? last : undefined;
    for (const attempt of this.#held) if (attempt !== forwarded) this.#drop(attempt);
    if (forwarded === undefined) this.fail(error as Error);
    else forwarded.forward();
  }
}
