/** Names of keys on the server: a prefix, what keeps algorithms apart, and the caller's key, or a hash of it where it is long. */

/** Keys up to this length, in UTF-16 units, are kept as they are. */
const plainMax = 128;

export class KeyNames {
  readonly #plain: string;
  readonly #hashed: string;

  constructor(prefix: string, tag: string) {
    this.#plain = `${prefix}:${tag}:`;
    // Another mark than for a plain key, so that no caller can pass for a hashed one.
    this.#hashed = `${prefix}:${tag}#`;
  }

  /** A name of bounded length. A long key is hashed, so that a caller who sends a megabyte does not have it kept or sent. */
  of(key: string): string | Promise<string> {
    return key.length <= plainMax ? this.#plain + key : this.#hash(key);
  }

  /** SHA-256, because callers choose keys: with a weaker hash one of them could find a key that is counted as another's. */
  async #hash(key: string): Promise<string> {
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key));
    return this.#hashed + Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, "0")).join("");
  }
}
