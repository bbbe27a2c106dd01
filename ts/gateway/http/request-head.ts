/**
 * The head of a request, read once from front to back: refused if servers could disagree about it, otherwise turned into
 * what the instance gets.
 *
 * Node's parser already refuses the classic smuggling forms (both framings, doubled or malformed lengths, bare line
 * feeds, folded lines). What it lets through and other servers read differently is refused here; each rule has a test on
 * a raw socket. `rawHeaders` is read instead of `headers` because the latter has already dropped duplicates.
 */

import type { IncomingMessage } from "node:http";
import { hostOf } from "./authority.js";
import { clientAddress, forwardedElement, type TrustedProxies } from "./forwarded.js";
import * as code from "./header-table.js";
import type { ProblemCode } from "./problem.js";
import { isSaneRequestId, newRequestId } from "./request-id.js";
import { readTarget } from "./request-target.js";

/** What is known of a client's connection once and for all of its requests. */
export interface Peer {
  readonly address: string;
  readonly trusted: boolean;
  /** The address as a node of the Forwarded header. */
  readonly node: string;
}

/** The rules that a configuration sets for request heads. */
export interface HeadRules {
  readonly trusted: TrustedProxies;
  readonly urlBytes: number;
  readonly headerCount: number;
  readonly allowUnderscores: boolean;
}

/** A request that has come through so many gateways of ours is going in circles. */
const maxHops = 8;

/** How the body of a request is framed: none, so many bytes, or chunks. */
export const chunked = -1;

/** A request head that is not refused. */
export class RequestHead {
  path = "";
  query = "";
  /** The authority as the client wrote it; empty where an HTTP/1.0 client gave none. */
  authority = "";
  /** Lower-case host name for routing. */
  hostName = "";
  client = "";
  requestId = "";
  /** Bytes of the body: 0 for none, {@link chunked} where only the end tells. */
  bodyLength = 0;
  /** Whether the client takes trailers (`TE: trailers`). */
  takesTrailers = false;
  /** Whether the client waits for 100 Continue. */
  expectsContinue = false;
  /** Whether the client asks to leave HTTP/1.1. */
  upgrades = false;
  /** Names and values in turn, without Host, ready for the instance. */
  readonly headers: string[] = [];
}

/** Why a head is refused. */
export class HeadRefusal {
  readonly code: ProblemCode;
  readonly detail: string;
  readonly requestId: string;

  constructor(problem: ProblemCode, detail: string, requestId: string) {
    this.code = problem;
    this.detail = detail;
    this.requestId = requestId;
  }
}

/** Reads a head; see the top of this file. */
export function readRequestHead(request: IncomingMessage, peer: Peer, rules: HeadRules): RequestHead | HeadRefusal {
  const raw = request.rawHeaders;
  const head = new RequestHead();
  const out = head.headers;
  let hosts = 0;
  let framing = 0;
  let connectionNames: string[] | undefined;
  let transferEncoding: string | undefined;
  let via = "";
  let forwardedFor: string | undefined;
  let forwarded: string | undefined;
  let forwardedProto: string | undefined;
  let forwardedHost: string | undefined;
  let inboundId: string | undefined;
  let refusal: string | undefined;

  for (let i = 0; i < raw.length; i += 2) {
    const name = raw[i]!;
    const value = raw[i + 1]!;
    switch (code.requestHeaderCode(name)) {
      case code.pass:
        out.push(name, value);
        break;
      case code.host:
        hosts++;
        head.authority = value;
        break;
      case code.contentLength:
        framing++;
        head.bodyLength = Number(value);
        break;
      case code.transferEncoding:
        framing++;
        transferEncoding = value;
        head.bodyLength = chunked;
        break;
      case code.connection:
        if (value !== "keep-alive" && value !== "close") (connectionNames ??= []).push(...code.tokens(value));
        break;
      case code.upgrade:
        head.upgrades = true;
        if (code.tokens(value).some((token) => token === "h2c" || token.startsWith("h2c/"))) {
          refusal = "Upgrade: h2c would open a channel that no rule of this gateway sees";
        }
        break;
      case code.expect:
        head.expectsContinue = true;
        break;
      case code.te:
        if (code.tokens(value).some((token) => token === "trailers" || token.startsWith("trailers;")))
          head.takesTrailers = true;
        break;
      case code.via:
        via = via === "" ? value : `${via}, ${value}`;
        break;
      case code.forwardedFor:
        forwardedFor = forwardedFor === undefined ? value : `${forwardedFor}, ${value}`;
        break;
      case code.forwarded:
        forwarded = forwarded === undefined ? value : `${forwarded}, ${value}`;
        break;
      case code.forwardedProto:
        forwardedProto = value;
        break;
      case code.forwardedHost:
        forwardedHost = value;
        break;
      case code.requestId:
        inboundId = value;
        break;
      case code.underscored:
        if (rules.allowUnderscores) out.push(name, value);
        else
          refusal = `header ${JSON.stringify(name.slice(0, 64))} has an underscore, which servers confuse with a hyphen`;
        break;
      default:
      // Hop-by-hop: left behind.
    }
  }

  const trusted = peer.trusted;
  head.requestId = trusted && inboundId !== undefined && isSaneRequestId(inboundId) ? inboundId : newRequestId();
  const refuse = (detail: string, problem: ProblemCode = "bad-request") =>
    new HeadRefusal(problem, detail, head.requestId);

  if (refusal !== undefined) return refuse(refusal);
  if (raw.length > 2 * rules.headerCount)
    return refuse(`there are more than ${rules.headerCount} header fields`, "headers-too-large");
  if (request.httpVersion !== "1.1" && request.httpVersion !== "1.0")
    return refuse("only HTTP/1.0 and HTTP/1.1 are spoken here");
  if (hosts > 1) return refuse("there is more than one Host header");
  if (transferEncoding !== undefined) {
    if (request.httpVersion === "1.0") return refuse("HTTP/1.0 has no Transfer-Encoding");
    if (transferEncoding.toLowerCase() !== "chunked")
      return refuse("the only transfer coding understood is chunked, alone");
  }
  if (framing > 1) return refuse("the length of the body is given more than once");
  if (!Number.isSafeInteger(head.bodyLength))
    return refuse("the length of the body is not a number that servers agree on");
  const method = request.method!;
  if (head.bodyLength !== 0 && (method === "GET" || method === "HEAD" || method === "TRACE")) {
    return refuse(`a ${method} request has no body; servers disagree about one that does`);
  }

  if (via !== "" && via.split("holdfast").length > maxHops)
    return refuse("Via names too many gateways", "loop-detected");

  let target = request.url!;
  if (target.length > rules.urlBytes)
    return refuse(`the request target is longer than ${rules.urlBytes} bytes`, "url-too-long");
  if (target.charCodeAt(0) !== 47 /* / */) {
    const absolute = /^https?:\/\/([^/?#]*)(.*)$/i.exec(target);
    if (absolute === null) return refuse("the request target is neither a path nor a URL");
    const authority = absolute[1]!;
    // RFC 9112 §3.2.2 lets the target win over Host; a server behind us may not know that, so they must agree.
    if (hosts === 1 && plainAuthority(authority) !== plainAuthority(head.authority))
      return refuse("the request target names another host than Host does");
    head.authority = authority;
    hosts = 1;
    target = absolute[2]!.startsWith("/") ? absolute[2]! : `/${absolute[2]!}`;
  }
  if (hosts === 1) {
    const hostName = hostOf(head.authority);
    if (hostName === undefined) return refuse("Host is not a host name or address with an optional port");
    head.hostName = hostName;
  } else if (request.httpVersion === "1.1") {
    return refuse("Host is missing");
  }
  const read = readTarget(target);
  if (typeof read === "string") return refuse(read);
  head.path = read.path;
  head.query = read.query;

  // What the client's Connection header names goes first, before anything of ours is added, so that it cannot take ours away.
  if (connectionNames !== undefined) stripNamed(out, connectionNames);

  const peerAddress = peer.address;
  head.client = trusted ? clientAddress(peerAddress, forwardedFor, rules.trusted) : peerAddress;
  const proto =
    trusted && forwardedProto !== undefined && /^https?$/i.test(forwardedProto) ? forwardedProto.toLowerCase() : "http";
  // This element tells of our own hop, which is HTTP, whatever the client spoke to the proxy before us.
  const element = forwardedElement(peer.node, head.authority, "http");
  out.push(
    "via",
    via === "" ? `${request.httpVersion} holdfast` : `${via}, ${request.httpVersion} holdfast`,
    "x-forwarded-for",
    trusted && forwardedFor !== undefined ? `${forwardedFor}, ${peerAddress}` : peerAddress,
    "x-forwarded-proto",
    proto,
    "forwarded",
    trusted && forwarded !== undefined ? `${forwarded}, ${element}` : element,
    "x-request-id",
    head.requestId,
  );
  const originalHost =
    trusted && forwardedHost !== undefined && hostOf(forwardedHost) !== undefined ? forwardedHost : head.authority;
  if (originalHost !== "") out.push("x-forwarded-host", originalHost);
  if (head.takesTrailers) out.push("te", "trailers");
  return head;
}

/** Authorities to compare: http's own port may be left out. */
function plainAuthority(authority: string): string {
  return authority.toLowerCase().replace(/:80$/, "");
}

/** Takes the headers that Connection named out of a list of names and values, the protected ones aside. */
export function stripNamed(headers: string[], named: readonly string[]): void {
  const doomed = new Set(named.filter(code.mayBeStripped));
  if (doomed.size === 0) return;
  let kept = 0;
  for (let i = 0; i < headers.length; i += 2) {
    if (doomed.has(headers[i]!.toLowerCase())) continue;
    headers[kept] = headers[i]!;
    headers[kept + 1] = headers[i + 1]!;
    kept += 2;
  }
  headers.length = kept;
}
