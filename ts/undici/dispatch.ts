/**
 * The part of undici's dispatchers that an interceptor meets (version 7). Undici is an optional peer behind this port: these
 * shapes are of our own, and a test composes a real agent with what is built on them.
 */

/** Headers of a response: names in lower case. */
export type IncomingHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** By which a handler stops, pauses and resumes its exchange. */
export interface DispatchController {
  readonly aborted: boolean;
  readonly paused: boolean;
  readonly reason: Error | null;
  rawHeaders?: unknown;
  rawTrailers?: unknown;
  abort(reason: Error): void;
  pause(): void;
  resume(): void;
}

/** Who receives a response. */
export interface DispatchHandler {
  onRequestStart?(controller: DispatchController, context: unknown): void;
  onRequestUpgrade?(controller: DispatchController, status: number, headers: IncomingHeaders, socket: unknown): void;
  onResponseStart?(controller: DispatchController, status: number, headers: IncomingHeaders, message?: string): void;
  onResponseData?(controller: DispatchController, chunk: Uint8Array): void;
  onResponseEnd?(controller: DispatchController, trailers: IncomingHeaders): void;
  onResponseError?(controller: DispatchController, error: Error): void;
}

/** What is to be sent; undici's own options with more in them. */
export interface DispatchOptions {
  readonly origin?: string | URL;
  readonly path: string;
  readonly method: string;
  readonly body?: unknown;
  readonly headers?: unknown;
}

/** Sends a request; false where the dispatcher is full and will say `drain`. */
export type Dispatch = (options: DispatchOptions, handler: DispatchHandler) => boolean;

/** A header of a request in any form that undici takes: an array of names and values in turn, an iterable of pairs, an object. */
export function requestHeader(headers: unknown, name: string): unknown {
  if (typeof headers !== "object" || headers === null) return undefined;
  for (const [key, value] of pairsOf(headers)) if (String(key).toLowerCase() === name) return value;
  return undefined;
}

function pairsOf(headers: object): Iterable<readonly [unknown, unknown]> {
  if (Array.isArray(headers)) return headers.flatMap((key, at) => (at % 2 === 0 ? [[key, headers[at + 1]]] : []));
  return Symbol.iterator in headers ? (headers as Iterable<[unknown, unknown]>) : Object.entries(headers);
}
