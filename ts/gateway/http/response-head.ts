/** The head of an instance's response, turned into what the client gets: hop-by-hop headers stay behind (RFC 9110 §7.6.1). */

import { tokens } from "./header-table.js";
import { stripNamed } from "./request-head.js";

/** What the gateway must know of a response's head. */
export class ResponseHead {
  /** Names and values in turn, ready for `writeHead`. */
  readonly headers: string[] = [];
  /** Declared length of the body, or -1. */
  contentLength = -1;
  retryAfter: string | undefined = undefined;
  /** Whether a Via header was there and has got our name. */
  hasVia = false;
  /** The Trailer header, which announces trailers; written only where they can follow. */
  trailer: string | undefined = undefined;
}

/** Reads a head from the raw names and values that undici gives. Bytes are taken as latin-1, so they come out as they came in. */
export function readResponseHead(raw: readonly Buffer[]): ResponseHead {
  const head = new ResponseHead();
  const out = head.headers;
  let connectionNames: string[] | undefined;
  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!.toString("latin1");
    const value = raw[i + 1]!.toString("latin1");
    // The length alone rules most names out, without lower-casing them.
    switch (name.length) {
      case 2:
        if (name.toLowerCase() === "te") continue;
        break;
      case 3:
        if (name.toLowerCase() === "via") {
          out.push(name, `${value}, 1.1 holdfast`);
          head.hasVia = true;
          continue;
        }
        break;
      case 7: {
        const lower = name.toLowerCase();
        if (lower === "trailer") head.trailer = value;
        if (lower === "trailer" || lower === "upgrade") continue;
        break;
      }
      case 10: {
        const lower = name.toLowerCase();
        if (lower === "keep-alive") continue;
        if (lower === "connection") {
          if (value !== "keep-alive" && value !== "close") (connectionNames ??= []).push(...tokens(value));
          continue;
        }
        break;
      }
      case 11:
        if (name.toLowerCase() === "retry-after") head.retryAfter = value;
        break;
      case 12:
        // Ours replaces it: the client must see the id under which the gateway logged the exchange.
        if (name.toLowerCase() === "x-request-id") continue;
        break;
      case 14:
        if (name.toLowerCase() === "content-length") head.contentLength = Number(value);
        break;
      case 16:
        if (name.toLowerCase() === "proxy-connection") continue;
        break;
      case 17:
        if (name.toLowerCase() === "transfer-encoding") continue;
        break;
      case 18:
        if (name.toLowerCase() === "proxy-authenticate") continue;
        break;
      case 19:
        if (name.toLowerCase() === "proxy-authorization") continue;
        break;
      default:
    }
    out.push(name, value);
  }
  if (connectionNames !== undefined) stripNamed(out, connectionNames);
  if (!head.hasVia) out.push("via", "1.1 holdfast");
  return head;
}

/** Fields that may not come as trailers (RFC 9110 §6.5.1): framing, routing, authentication, cookies and content's nature. */
const notInTrailers =
  /^(?:transfer-encoding|content-length|content-type|content-encoding|content-range|host|trailer|te|connection|keep-alive|upgrade|via|x-request-id|authorization|proxy-.*|www-authenticate|cookie|set-cookie|cache-control|expires|date|location|retry-after|vary|age|forwarded|x-forwarded-.*)$/i;

/** The trailers that may be passed on. */
export function readTrailers(raw: readonly Buffer[]): [string, string][] {
  const trailers: [string, string][] = [];
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const name = raw[i]!.toString("latin1");
    if (!notInTrailers.test(name)) trailers.push([name, raw[i + 1]!.toString("latin1")]);
  }
  return trailers;
}
