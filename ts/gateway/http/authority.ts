/** The Host of a request: what it may look like, and its name without the port. */

/** RFC 3986 §3.2.2 without percent-encoding and sub-delims, which no host in use needs: a name, IPv4, or bracketed IPv6; then a port. */
const authorityPattern = /^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9_])?\.?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?$/;

const cacheLimit = 1_024;
const cache = new Map<string, string | undefined>();

/** The host name of an authority in lower case, without port and final dot; undefined where the authority is malformed. */
export function hostOf(authority: string): string | undefined {
  if (cache.has(authority)) return cache.get(authority);
  let name: string | undefined;
  if (authority.length <= 255 + 6 && authorityPattern.test(authority)) {
    name = authority
      .replace(/:[0-9]+$/, "")
      .replace(/\.$/, "")
      .toLowerCase();
  }
  if (cache.size < cacheLimit) cache.set(authority, name);
  return name;
}
