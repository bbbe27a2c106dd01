/**
 * The path of a request, made unambiguous. Our routes, the instance's routes and whatever stands between them must
 * read the same path, or a rule for `/admin` is passed by `/x/../admin`, `/%61dmin` or `//admin`. Forms that different
 * servers read differently are refused; the one harmless equivalence (RFC 3986 §6.2.2.2: a needlessly encoded letter)
 * is normalised, and the normalised path is what is routed and forwarded.
 */

/** A target in origin form, split at the question mark; `query` includes it, or is empty. */
export interface RequestTarget {
  readonly path: string;
  readonly query: string;
}

/**
 * Paths that need no further look: segments that are not empty and do not begin with a dot. One character begins a segment
 * and one class goes on, so that there is a single way to match; two repetitions side by side would cost quadratic time.
 */
const plainPath = /^\/(?:[A-Za-z0-9_~!$&'()*+,;=:@-][A-Za-z0-9._~!$&'()*+,;=:@-]*(?:\/|$))*$/;
/** Printable ASCII but space, `#`, `"`, `<`, `>`, `\`, `^`, backquote, `{`, `|`, `}`: in a path only what RFC 3986 allows, percent-encoding aside. */
const pathCharacters = /^\/[A-Za-z0-9._~!$&'()*+,;=:@%/[\]|^-]*$/;
const queryCharacters = /^[\x21\x22\x24-\x7e]*$/;
const unreserved = /^[A-Za-z0-9._~-]$/;

/** Why a target is refused, in words for the client. */
export type TargetProblem = string;

/** Splits and normalises an origin-form target, or says why it is refused. */
export function readTarget(target: string): RequestTarget | TargetProblem {
  const question = target.indexOf("?");
  const path = question < 0 ? target : target.slice(0, question);
  const query = question < 0 ? "" : target.slice(question);
  if (query !== "" && !queryCharacters.test(query))
    return "the query has a fragment or a character that does not belong in a URL";
  if (plainPath.test(path)) return { path, query };
  if (!pathCharacters.test(path))
    return "the path does not start with / or has a character that does not belong in a URL";
  if (path.startsWith("//")) return "the path starts with //, which can be read as a host";
  const normal = path.includes("%") ? decodeUnreserved(path) : path;
  if (normal === undefined)
    return "the path has a percent sign without two hexadecimal digits, or an encoded control character";
  // Encoded slashes count as slashes here: a server that decodes before it resolves dot segments sees them so.
  for (const segment of normal.split(/\/|%2[fF]|%5[cC]/)) {
    if (segment === "." || segment === "..") return "the path has a dot segment";
    // A path parameter does not hide a dot segment from servers that cut parameters off first.
    if (segment.startsWith("..;") || segment.startsWith(".;")) return "the path has a dot segment with a parameter";
  }
  return { path: normal, query };
}

/** Decodes what RFC 3986 calls unreserved; undefined for a malformed escape or a control character. */
function decodeUnreserved(path: string): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(path)) return undefined;
  if (/%(?:[01][0-9A-Fa-f]|7[fF])/.test(path)) return undefined;
  return path.replace(/%([2-7][0-9A-Fa-f])/g, (encoded, hex: string) => {
    const character = String.fromCharCode(Number.parseInt(hex, 16));
    return unreserved.test(character) ? character : encoded;
  });
}
