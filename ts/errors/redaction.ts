/** Which names are secret, and what takes secrets out of texts and data. */

import { type Plain, plain } from "./plain.js";
import { redacted, scrub } from "./scrub.js";

/**
 * Parts of names whose values are secret. A name is compared without its case and without `-` and `_`, so `X-Api-Key`, `apiKey`
 * and `API_KEY_2` are all found by `apikey`. Rather one name too many: who needs one of them says so by `allow`.
 */
const secretParts = [
  "accesskey",
  "apikey",
  "authorization",
  "connectionstring",
  "cookie",
  "credential",
  "jwt",
  "passphrase",
  "passwd",
  "password",
  "privatekey",
  "pwd",
  "secret",
  "sessionid",
  "signature",
  "token",
] as const;

/** Options of {@link redactor}. */
export interface RedactorOptions {
  /** Further names whose values are secret; parts of a name count, without case, `-` and `_`. */
  readonly secret?: readonly string[];
  /** Names that are not secret although a part of them is (`tokenBucket`); the whole name counts. */
  readonly allow?: readonly string[];
  /** A further look at each text, after ours. It must be as fast on any text. */
  readonly text?: (text: string) => string;
}

/** Takes out secrets; see {@link redactor}. */
export interface Redactor {
  /** A text without credentials. */
  text(text: string): string;
  /** Any value as plain data (what JSON can say), without the values of secret names and without credentials in its texts. */
  data(value: unknown): Plain;
}

const normalized = (name: string): string => name.toLowerCase().replace(/[-_]/g, "");

/** The longest name that is looked at; longer words are no names but tokens, and the texts' rules see to those. */
const maxName = 64;

/**
 * Makes a redactor. The default one, which `UnifiedError` and the monitor use, knows passwords, tokens, API keys, cookies,
 * authorization headers, session ids, signatures and private keys by name, user and password in URLs, `Bearer` and `Basic`
 * credentials, JSON Web Tokens, PEM keys and the tokens of well-known makers. Its time is linear in the text's length.
 *
 * @example
 * ```ts
 * import { redactor } from "holdfast/errors";
 *
 * const { text, data } = redactor({ secret: ["iban"] });
 * text("GET https://ada:1815@db.local/?api_key=k1&page=2"); // => "GET https://[redacted]@db.local/?api_key=[redacted]&page=2"
 * data({ user: "ada", iban: "DE02" }); // => { user: "ada", iban: "[redacted]" }
 * ```
 */
export function redactor(options: RedactorOptions = {}): Redactor {
  const secret = [...secretParts, ...(options.secret ?? []).map(normalized)];
  const allowed = new Set((options.allow ?? []).map(normalized));
  const isSecret = (name: string): boolean => {
    if (name.length > maxName) return false;
    const plainName = normalized(name);
    return !allowed.has(plainName) && secret.some((part) => plainName.includes(part));
  };
  const further = options.text;
  const text = (given: string): string => {
    const ours = scrub(given, isSecret);
    return further === undefined ? ours : further(ours);
  };
  const form = {
    maxDepth: 24,
    maxWidth: 64,
    maxNodes: 2_048,
    maxText: 8_192,
    text,
    // A flag or an absence gives nothing away.
    hides: (key: string, value: unknown) => value !== null && typeof value !== "boolean" && isSecret(key),
    mark: redacted,
  };
  return { text, data: (value) => plain(value, form) };
}

let usual: Redactor | undefined;

/** The redactor that is used where none is given. */
export function defaultRedactor(): Redactor {
  usual ??= redactor();
  return usual;
}
