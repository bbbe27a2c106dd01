/** Addresses and networks, IPv4 and IPv6 in one form: 16 bytes, with IPv4 mapped into ::ffff:0:0/96 (RFC 4291 §2.5.5.2). */

import { isIPv4, isIPv6 } from "node:net";

/** The 16 bytes of an address in text form, or undefined where it is none. A zone (`%eth0`) is not part of an address. */
export function parseAddress(text: string): Uint8Array | undefined {
  if (isIPv4(text)) {
    const bytes = new Uint8Array(16);
    bytes[10] = 0xff;
    bytes[11] = 0xff;
    bytes.set(text.split(".").map(Number), 12);
    return bytes;
  }
  if (!isIPv6(text) || text.includes("%")) return undefined;
  return parseIPv6(text);
}

function parseIPv6(text: string): Uint8Array {
  // The last 32 bits may be written as IPv4 (RFC 4291 §2.2 form 3); turn them into two groups first.
  const dotted = text.lastIndexOf(".") < 0 ? undefined : text.slice(text.lastIndexOf(":") + 1);
  let groupsText = text;
  if (dotted !== undefined) {
    const [a, b, c, d] = dotted.split(".").map(Number) as [number, number, number, number];
    groupsText = `${text.slice(0, text.length - dotted.length)}${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`;
  }
  const [left = "", right] = groupsText.split("::");
  const head = left === "" ? [] : left.split(":");
  const tail = right === undefined || right === "" ? [] : right.split(":");
  const groups =
    right === undefined ? head : [...head, ...new Array<string>(8 - head.length - tail.length).fill("0"), ...tail];
  const bytes = new Uint8Array(16);
  groups.forEach((group, index) => {
    const value = Number.parseInt(group, 16);
    bytes[2 * index] = value >> 8;
    bytes[2 * index + 1] = value & 0xff;
  });
  return bytes;
}

/** A network: its base address and how many leading bits count. */
export interface Network {
  readonly base: Uint8Array;
  readonly bits: number;
}

/** Reads `10.0.0.0/8`, `::1`, `192.0.2.1`; undefined where the text is neither an address nor a network. */
export function parseNetwork(text: string): Network | undefined {
  const slash = text.indexOf("/");
  const addressText = slash < 0 ? text : text.slice(0, slash);
  const base = parseAddress(addressText);
  if (base === undefined) return undefined;
  const width = isIPv4(addressText) ? 32 : 128;
  const bits = slash < 0 ? width : Number(text.slice(slash + 1));
  if (!Number.isInteger(bits) || bits > width) return undefined;
  return { base, bits: bits + (128 - width) };
}

/** Whether the address lies in the network. */
export function contains(network: Network, address: Uint8Array): boolean {
  const whole = network.bits >> 3;
  for (let i = 0; i < whole; i++) if (network.base[i] !== address[i]) return false;
  const rest = network.bits & 7;
  return rest === 0 || (network.base[whole]! ^ address[whole]!) >> (8 - rest) === 0;
}

/** Whether the 16 bytes are a mapped IPv4 address. */
export function isMappedIPv4(address: Uint8Array): boolean {
  for (let i = 0; i < 10; i++) if (address[i] !== 0) return false;
  return address[10] === 0xff && address[11] === 0xff;
}

/**
 * What a client is counted under: an IPv4 address as it is, an IPv6 client as its /64 network, because one subscriber
 * commonly holds a whole /64 and could otherwise step through 2^64 keys.
 */
export function clientKey(address: string): string {
  const bytes = parseAddress(address);
  if (bytes === undefined) return address;
  if (isMappedIPv4(bytes)) return `${bytes[12]}.${bytes[13]}.${bytes[14]}.${bytes[15]}`;
  const groups: string[] = [];
  for (let i = 0; i < 8; i += 2) groups.push(((bytes[i]! << 8) | bytes[i + 1]!).toString(16));
  return `${groups.join(":")}::/64`;
}
