/** Short ASCII texts, which most keys are: written by words, for less than setting an encoder up costs. */

/** Texts up to this length are short. */
export const shortLength = 32;

/**
 * Writes `text` as the bytes of `words` and returns their number; -1 where it is long, or not ASCII. Four characters make a word:
 * bytes one by one take longer to write, and the core, which reads words, has to wait until they are in the cache. Up to 3 bytes behind
 * the text become 0.
 */
export function writeShort(text: string, words: Int32Array): number {
  const length = text.length;
  if (length > shortLength) return -1;
  const whole = length & ~3;
  let codes = 0;
  let at = 0;
  for (; at < whole; at += 4) {
    const first = text.charCodeAt(at);
    const second = text.charCodeAt(at + 1);
    const third = text.charCodeAt(at + 2);
    const fourth = text.charCodeAt(at + 3);
    codes |= first | second | third | fourth;
    words[at >> 2] = first | (second << 8) | (third << 16) | (fourth << 24);
  }
  if (at < length) {
    let word = 0;
    for (let shift = 0; at < length; at++, shift += 8) {
      const code = text.charCodeAt(at);
      codes |= code;
      word |= code << shift;
    }
    words[whole >> 2] = word;
  }
  return codes > 127 ? -1 : length;
}

/** The first words of `bytes`, for {@link writeShort}. */
export const shortWords = (bytes: Uint8Array): Int32Array =>
  new Int32Array(bytes.buffer, bytes.byteOffset, shortLength / 4);

/** Keys that are looked at, or go in, at once: more than a processor can wait for at a time. */
export const keysAtOnce = 64;

/**
 * Looks at `count` keys from number `from` on before any is read: keys lie scattered in memory, and like this the waits for it are side by
 * side. Says whether all are short, and begin with ASCII.
 */
export function lookAhead(keys: readonly string[], from: number, count: number): boolean {
  let lengths = 0;
  let firsts = 0;
  for (let i = from; i < from + count; i++) {
    const key = keys[i]!;
    lengths |= key.length;
    firsts |= key.charCodeAt(0);
  }
  // `shortLength` is a power of two: shorter lengths, bit by bit, have no bit of it.
  return lengths < shortLength && firsts <= 127;
}
