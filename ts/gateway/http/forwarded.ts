/** Who asked, through whom: the client's address behind trusted proxies, and the headers that tell the instance. */

import { isIPv6 } from "node:net";
import { contains, isMappedIPv4, type Network, parseAddress, parseNetwork } from "./network.js";

/** The peers whose word is taken for what stands before them. */
export class TrustedProxies {
  readonly #networks: readonly Network[];

  constructor(networks: readonly string[]) {
    this.#networks = networks.map((text) => parseNetwork(text)).filter((network) => network !== undefined);
  }

  /** Whether an address belongs to a trusted peer; text that is no address does not. */
  trusts(address: string): boolean {
    if (this.#networks.length === 0) return false;
    const bytes = parseAddress(address);
    return bytes !== undefined && this.#networks.some((network) => contains(network, bytes));
  }
}

/** An address as people write it: a mapped IPv4 address loses its prefix, a zone is cut off. */
export function plainAddress(address: string): string {
  const text = address.replace(/%.*$/, "");
  const bytes = parseAddress(text);
  if (bytes !== undefined && text.includes(":") && isMappedIPv4(bytes)) return bytes.slice(12).join(".");
  return text;
}

/** One entry of X-Forwarded-For without port and brackets. */
function entryAddress(entry: string): string {
  const text = entry.trim();
  const bracket = /^\[([^\]]+)\](?::\d+)?$/.exec(text);
  if (bracket !== null) return bracket[1]!;
  return /^\d+\.\d+\.\d+\.\d+:\d+$/.test(text) ? text.slice(0, text.indexOf(":")) : text;
}

/**
 * The client's address: walks X-Forwarded-For from the right, over peers that are trusted, to the first that is not.
 * An entry that is no address ends the walk at the last good one, since whatever stands left of it is hearsay.
 */
export function clientAddress(peer: string, forwardedFor: string | undefined, trusted: TrustedProxies): string {
  if (forwardedFor === undefined || !trusted.trusts(peer)) return peer;
  const entries = forwardedFor.split(",");
  let client = peer;
  for (let i = entries.length - 1; i >= 0; i--) {
    const address = plainAddress(entryAddress(entries[i]!));
    if (parseAddress(address) === undefined) return client;
    client = address;
    if (!trusted.trusts(address)) return client;
  }
  return client;
}

/** A node identifier of RFC 7239 §6: IPv6 needs brackets and, for the colons, quotes. */
export function forwardedNode(address: string): string {
  return isIPv6(address) ? `"[${address}]"` : address;
}

/** One element of the Forwarded header; a host is quoted because of its port's colon. */
export function forwardedElement(forNode: string, host: string, proto: string): string {
  return host === "" ? `for=${forNode};proto=${proto}` : `for=${forNode};host="${host}";proto=${proto}`;
}
