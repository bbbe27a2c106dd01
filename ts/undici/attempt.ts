/** One attempt of an exchange: undici's callbacks, until it is clear whether its response is the one that counts. */

import { HttpStatusError } from "../fetch/index.js";
import type { CallContext } from "../resilience/index.js";
import type { DispatchController, DispatchHandler, IncomingHeaders } from "./dispatch.js";
import type { Exchange } from "./exchange.js";

/**
 * So much of a failed response is read while the policy decides. A response that ends within it leaves its connection free for the
 * next attempt; a longer one is paused, and aborted where it is dropped.
 */
const heldBytes = 65_536;

/** Why an attempt ends whose response nobody wants. */
function unwanted(): Error {
  return new Error("the response of this attempt is not wanted any more");
}

/** A response that counts as a failure, as far as it has come, kept until the policy has decided. */
class HeldResponse {
  readonly error: HttpStatusError;
  readonly headers: IncomingHeaders;
  readonly message: string | undefined;
  readonly chunks: Uint8Array[] = [];
  bytes = 0;
  trailers: IncomingHeaders | undefined = undefined;
  /** What broke the connection meanwhile. */
  broken: { readonly error: Error } | undefined = undefined;

  constructor(status: number, headers: IncomingHeaders, message: string | undefined) {
    this.error = new HttpStatusError({ status, headers });
    this.headers = headers;
    this.message = message;
  }
}

/** One attempt. */
export class Attempt implements DispatchHandler {
  readonly #exchange: Exchange;
  readonly #context: CallContext;
  readonly #resolve: (value: undefined) => void;
  readonly #reject: (error: unknown) => void;
  readonly #onCut = () => this.abort(this.#context.signal.reason);
  #controller: DispatchController | undefined;
  #cut: { readonly reason: Error } | undefined;
  #held: HeldResponse | undefined;

  constructor(
    exchange: Exchange,
    context: CallContext,
    resolve: (value: undefined) => void,
    reject: (error: unknown) => void,
  ) {
    this.#exchange = exchange;
    this.#context = context;
    this.#resolve = resolve;
    this.#reject = reject;
    context.signal.addEventListener("abort", this.#onCut, { once: true });
  }

  /** By which undici stops and slows this attempt, once it has begun. */
  get controller(): DispatchController | undefined {
    return this.#controller;
  }

  /** Whether the response that an error is about is the one that is held here. */
  holds(error: HttpStatusError): boolean {
    return this.#held?.error === error;
  }

  /** Stops the attempt, now or as soon as it begins. */
  abort(reason: Error): void {
    if (this.#cut !== undefined) return;
    this.#cut = { reason };
    this.#controller?.abort(reason);
  }

  onRequestStart(controller: DispatchController, context: unknown): void {
    this.#controller = controller;
    if (this.#cut !== undefined) controller.abort(this.#cut.reason);
    else this.#exchange.begin(context);
  }

  onRequestUpgrade(_controller: DispatchController, status: number, headers: IncomingHeaders, socket: unknown): void {
    this.#settle();
    this.#exchange.upgrade(this, status, headers, socket);
    this.#resolve(undefined);
  }

  onResponseStart(_controller: DispatchController, status: number, headers: IncomingHeaders, message?: string): void {
    if (status < 200) {
      this.#exchange.inform(this, status, headers, message);
      return;
    }
    if (this.#exchange.isTaken) {
      // A hedge whose sister was faster.
      this.abort(unwanted());
      return;
    }
    if (!this.#exchange.isFailure({ status, headers })) {
      this.#exchange.take(this, status, headers, message);
      return;
    }
    this.#held = new HeldResponse(status, headers, message);
    this.#exchange.hold(this);
    this.#settle();
    this.#reject(this.#held.error);
  }

  onResponseData(controller: DispatchController, chunk: Uint8Array): void {
    const held = this.#held;
    if (held === undefined) {
      this.#exchange.data(this, chunk);
      return;
    }
    held.chunks.push(chunk);
    held.bytes += chunk.length;
    if (held.bytes > heldBytes) controller.pause();
  }

  onResponseEnd(_controller: DispatchController, trailers: IncomingHeaders): void {
    if (this.#held !== undefined) {
      this.#held.trailers = trailers;
      return;
    }
    this.#settle();
    this.#exchange.end(this, trailers);
    this.#resolve(undefined);
  }

  onResponseError(_controller: DispatchController, error: Error): void {
    if (this.#held !== undefined) {
      this.#held.broken = { error };
      return;
    }
    this.#settle();
    this.#exchange.broke(this, error);
    this.#reject(error);
  }

  /** Hands the response that was held to the handler, since it is the last, and lets the rest follow. */
  forward(): void {
    const { error, headers, message, chunks, trailers, broken } = this.#held!;
    this.#held = undefined;
    try {
      this.#exchange.take(this, error.status, headers, message);
      for (const chunk of chunks) this.#exchange.data(this, chunk);
    } catch (thrown) {
      // Undici does the same where a handler throws in its course.
      this.abort(thrown as Error);
      return;
    }
    if (trailers !== undefined) this.#exchange.end(this, trailers);
    else if (broken !== undefined) this.#exchange.fail(broken.error);
    else if (!this.#exchange.paused) this.#controller!.resume();
  }

  /** Lets go of a response that was held: another attempt begins, or the policy has an answer of its own. */
  drop(): void {
    if (this.#held!.trailers === undefined && this.#held!.broken === undefined) this.abort(unwanted());
  }

  #settle(): void {
    this.#context.signal.removeEventListener("abort", this.#onCut);
  }
}
