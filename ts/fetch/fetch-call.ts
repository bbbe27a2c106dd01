/** One call of a resilient `fetch`: its attempts, and what becomes of each response. */

import type { CallContext, CallOptions, Policy } from "../resilience/index.js";
import { discard } from "./discard.js";
import { HttpStatusError, statusErrorIn } from "./http-status-error.js";
import { isIdempotent, isOneShot } from "./repeatable.js";
import type { ResilientFetchOptions } from "./resilient-fetch.js";

/** Where addresses of a page are relative to; elsewhere there is no such thing. */
function baseUrl(): string | undefined {
  return (globalThis as { location?: { href?: string } }).location?.href;
}

/** A `Request`, of whatever realm or implementation. */
function isRequest(input: RequestInfo | URL): input is Request {
  return typeof input === "object" && "url" in input && "clone" in input;
}

/** One call. */
export class FetchCall {
  readonly #settings: Required<ResilientFetchOptions>;
  readonly #input: RequestInfo | URL;
  readonly #init: RequestInit;
  readonly #request: Request | undefined;
  readonly #signal: AbortSignal | undefined;
  /** Whether each attempt sends a copy of a `Request` whose body would be used up by the first. */
  #copies = false;
  /** Responses that came and that nobody has let go of. */
  readonly #open = new Set<Response>();
  /** Those of them that count as failures; of no use once another attempt begins. */
  readonly #failed = new Set<Response>();
  #settled = false;

  constructor(settings: Required<ResilientFetchOptions>, input: RequestInfo | URL, init: RequestInit = {}) {
    this.#settings = settings;
    this.#input = input;
    this.#init = init;
    this.#request = isRequest(input) ? input : undefined;
    this.#signal = (init.signal === undefined ? this.#request?.signal : init.signal) ?? undefined;
  }

  /** Makes the call; gives the response, or rejects. */
  async run(policy: Pick<Policy, "execute">): Promise<Response> {
    const options = this.#callOptions();
    this.#copies = options.idempotent === true && this.#init.body == null && this.#request?.body != null;
    try {
      return this.#settle(await policy.execute((context) => this.#attempt(context), options));
    } catch (error) {
      const failed = statusErrorIn(error)?.response as Response | undefined;
      const readable = failed !== undefined && this.#open.has(failed) ? failed : undefined;
      this.#settle(readable);
      if (readable !== undefined && this.#settings.failedResponse === "return") return readable;
      throw error;
    }
  }

  #callOptions(): CallOptions {
    const init = this.#init;
    const method = init.method ?? this.#request?.method ?? "GET";
    const url = this.#request?.url ?? String(this.#input);
    const headers = new Headers(init.headers ?? this.#request?.headers);
    const given = {
      ...(URL.canParse(url, baseUrl()) && { key: new URL(url, baseUrl()).origin }),
      idempotent: isIdempotent(method, headers.get("idempotency-key")),
      ...this.#settings.callOptions({ method, url }),
    };
    const options = isOneShot(init.body) ? { ...given, idempotent: false } : given;
    return this.#signal === undefined ? options : { ...options, signal: this.#signal };
  }

  async #attempt(context: CallContext): Promise<Response> {
    for (const response of this.#failed) this.#letGo(response);
    const input = this.#copies ? this.#request!.clone() : this.#input;
    const response: Response = await this.#settings.fetch(input, { ...this.#init, signal: this.#signalOf(context) });
    // The call may have been cut, or answered by another attempt, while this one was under way.
    if (this.#settled) discard(response);
    else this.#open.add(response);
    if (!this.#settings.isFailure(response)) return response;
    this.#failed.add(response);
    throw new HttpStatusError(response);
  }

  /** The attempt's signal ends with the attempt; the caller's goes on to end the reading of the body. */
  #signalOf(context: CallContext): AbortSignal {
    const { signal } = context;
    if (this.#signal === undefined || this.#signal === signal) return signal;
    return AbortSignal.any([signal, this.#signal]);
  }

  /** Ends the call with one response, or with none: nobody will read the others. */
  #settle<Kept extends Response | undefined>(kept: Kept): Kept {
    this.#settled = true;
    for (const response of this.#open) if (response !== kept) this.#letGo(response);
    if (this.#copies) this.#request!.body?.cancel().then(undefined, () => {});
    return kept;
  }

  #letGo(response: Response): void {
    this.#open.delete(response);
    this.#failed.delete(response);
    discard(response);
  }
}
