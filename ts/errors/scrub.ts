/**
 * Takes secrets out of a text in one pass. Written by hand and not as regular expressions, because texts of errors come from
 * outside: each character is looked at a bounded number of times, whatever the text.
 *
 * It finds: user and password in URLs; values of secret names (`password=…`, `"apiKey": "…"`, `?token=…`, `Cookie: …`);
 * credentials after `Bearer` and `Basic`; JSON Web Tokens; private keys in PEM; and tokens of well-known make by their prefix.
 */

/** What stands in a secret's place. */
export const redacted = "[redacted]";

/** Beginnings of tokens whose makers gave them one so that they can be found. */
const tokenPrefixes = [
  "AIza",
  "AKIA",
  "ASIA",
  "ghp_",
  "gho_",
  "ghs_",
  "ghu_",
  "ghr_",
  "github_pat_",
  "glpat-",
  "npm_",
  "rk_live_",
  "sk_live_",
  "sk-ant-",
  "sk-proj-",
  "xoxa-",
  "xoxb-",
  "xoxp-",
] as const;

/** Without any of these a text has no secret that could be found; most texts are done with that. */
const suspicious = /[=:]|bearer|basic|eyJ|-----BEGIN|AIza|AKIA|ASIA|gh[posur]_|github_pat_|glpat-|npm_|_live_|sk-|xox/i;

/** How far a password with a slash in it is looked for beyond the end that a URL's authority should have. */
const maxAuthority = 256;

const isWordCode = (code: number): boolean =>
  (code >= 48 && code <= 57) || // 0-9
  (code >= 65 && code <= 90) || // A-Z
  (code >= 97 && code <= 122) || // a-z
  code === 95 || // _
  code === 45 || // -
  code > 127;

const isSpace = (char: string | undefined): boolean => char === " " || char === "\t";
const isQuote = (char: string | undefined): boolean => char === '"' || char === "'" || char === "`";

/** What ends an unquoted value. */
const valueEnds = new Set([" ", "\t", "\n", "\r", "&", ",", ";", '"', "'", "`", ")", "}", "]", "<", ">", "|"]);
/** What ends the value of a header that may hold spaces, commas and semicolons. */
const headerEnds = new Set(["\n", "\r", '"', "'", "`", "}", "]", "<", ">"]);
/** What ends the part of a URL in which a user and a password may stand. */
const authorityEnds = new Set(["/", "?", "#", "\\", " ", "\t", "\n", "\r", '"', "'", "`", "<", ">", ")", "]", "}"]);
/** What ends a URL in running text. */
const textEnds = new Set([" ", "\t", "\n", "\r", '"', "'", "`", "<", ">"]);

/** Index of the first of `ends` at or after `from`, at most `limit`. */
function endOf(text: string, from: number, ends: ReadonlySet<string>, limit = text.length): number {
  const stop = Math.min(limit, text.length);
  let at = from;
  while (at < stop && !ends.has(text[at]!)) at++;
  return at;
}

/** A text on its way through: what has been kept so far, and the place up to which it has been read. */
class Scrubber {
  readonly #text: string;
  readonly #isSecret: (name: string) => boolean;
  #out = "";
  #kept = 0;
  #at = 0;

  constructor(text: string, isSecret: (name: string) => boolean) {
    this.#text = text;
    this.#isSecret = isSecret;
  }

  run(): string {
    const text = this.#text;
    while (this.#at < text.length) {
      if (isWordCode(text.charCodeAt(this.#at))) this.#word();
      else this.#at++;
    }
    return this.#out + text.slice(this.#kept);
  }

  /** Puts the mark in the place of `from`…`to`, and reads on after it. What is marked already stays, its bracket included. */
  #redact(from: number, to: number): void {
    if (this.#text.startsWith(redacted, from) && to - from >= redacted.length - 1 && to - from <= redacted.length) {
      this.#at = from + redacted.length;
      return;
    }
    this.#out += this.#text.slice(this.#kept, from) + redacted;
    this.#kept = to;
    this.#at = to;
  }

  #word(): void {
    const text = this.#text;
    const from = this.#at;
    let to = from;
    while (to < text.length && isWordCode(text.charCodeAt(to))) to++;
    this.#at = to;
    const word = text.slice(from, to);
    if (word.startsWith("-----BEGIN")) this.#pem(from);
    else if (word.startsWith("eyJ") && text[to] === ".") this.#webToken(from, to);
    else if (to - from >= 16 && tokenPrefixes.some((prefix) => word.startsWith(prefix))) this.#redact(from, to);
    else if (text.startsWith("://", to)) this.#authority(to + 3);
    else if (isSpace(text[to]) && /^(bearer|basic)$/i.test(word)) this.#credential(word.toLowerCase(), to);
    else this.#assignment(word, to);
  }

  /** A private key, up to its end or the text's. Certificates and public keys are no secret. */
  #pem(from: number): void {
    const header = this.#text.slice(from, from + 64);
    if (!header.includes("PRIVATE KEY")) return;
    const end = this.#text.indexOf("-----END", from);
    const tail = end === -1 ? -1 : this.#text.indexOf("-----", end + 8);
    this.#redact(from, tail === -1 ? this.#text.length : tail + 5);
  }

  /** Three parts of base64url with dots between; two are enough, since texts are cut off. */
  #webToken(from: number, firstEnd: number): void {
    let to = firstEnd;
    while (to < this.#text.length && (this.#text[to] === "." || isWordCode(this.#text.charCodeAt(to)))) to++;
    if (to - from >= 20) this.#redact(from, to);
  }

  /** `user:password@` of a URL. */
  #authority(from: number): void {
    const text = this.#text;
    let end = endOf(text, from, authorityEnds, from + maxAuthority);
    const colon = text.indexOf(":", from);
    // A colon with no port after it and no @ before the slash: a password that holds a slash, which it should not.
    if (colon !== -1 && colon < end && !text.slice(from, end).includes("@") && !/^:\d*$/.test(text.slice(colon, end))) {
      end = endOf(text, from, textEnds, from + maxAuthority);
    }
    const host = text.slice(from, end).lastIndexOf("@");
    if (host === -1) this.#at = from;
    else this.#redact(from, from + host);
  }

  /** What follows `Bearer` is a credential; what follows `Basic` only if it looks like base64 (not "basic types"). */
  #credential(scheme: string, to: number): void {
    const text = this.#text;
    let from = to;
    while (isSpace(text[from])) from++;
    const end = endOf(text, from, valueEnds);
    const value = text.slice(from, Math.min(end, from + 256));
    if (value.length >= 4 && (scheme === "bearer" || /.[A-Z0-9+/=]/.test(value))) this.#redact(from, end);
  }

  /** `name=value`, `name: value`, `"name":"value"`. */
  #assignment(word: string, to: number): void {
    const text = this.#text;
    let at = to;
    if (text[at] === "\\") at++;
    if (isQuote(text[at])) at++;
    while (isSpace(text[at])) at++;
    if ((text[at] !== "=" && text[at] !== ":") || !this.#isSecret(word)) return;
    at++;
    if (text[at] === ">") at++;
    while (isSpace(text[at])) at++;
    if (text[at] === "\\") at++;
    const quote = isQuote(text[at]) ? text[at] : undefined;
    const from = quote === undefined ? at : at + 1;
    const header = /^(proxy-)?authorization$|cookie$/i.test(word);
    const end = quote === undefined ? endOf(text, from, header ? headerEnds : valueEnds) : this.#closing(from, quote);
    if (end > from) this.#redact(from, end);
    else this.#at = from;
  }

  /** Where a quoted value ends; inside another string its quotes are escaped themselves, and the first of them is the end. */
  #closing(from: number, quote: string): number {
    const text = this.#text;
    if (text[from - 2] === "\\") {
      const end = text.indexOf(`\\${quote}`, from);
      return end === -1 ? text.length : end;
    }
    let at = from;
    while (at < text.length && text[at] !== quote) at += text[at] === "\\" ? 2 : 1;
    return Math.min(at, text.length);
  }
}

/** The text without its secrets; `isSecret` says of a name whether its value is one. */
export function scrub(text: string, isSecret: (name: string) => boolean): string {
  return suspicious.test(text) ? new Scrubber(text, isSecret).run() : text;
}
