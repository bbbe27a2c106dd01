/** SipHash-c-d after Aumasson and Bernstein, "SipHash: a fast short-input PRF" (2012), §2, in BigInt. */

const mask = 2n ** 64n - 1n;
const rotate = (x: bigint, by: bigint): bigint => ((x << by) | (x >> (64n - by))) & mask;

/** Little-endian word of up to 8 bytes. */
function wordAt(bytes: Uint8Array, at: number): bigint {
  let word = 0n;
  for (let i = Math.min(8, bytes.length - at) - 1; i >= 0; i--) word = (word << 8n) | BigInt(bytes[at + i]!);
  return word;
}

/** The 64-bit hash of `bytes` under the key (k0, k1), with `c` compression and `d` finalization rounds. */
export function sipHash(c: number, d: number, k0: bigint, k1: bigint, bytes: Uint8Array): bigint {
  let v0 = k0 ^ 0x736f6d6570736575n;
  let v1 = k1 ^ 0x646f72616e646f6dn;
  let v2 = k0 ^ 0x6c7967656e657261n;
  let v3 = k1 ^ 0x7465646279746573n;
  const rounds = (count: number): void => {
    for (let i = 0; i < count; i++) {
      v0 = (v0 + v1) & mask;
      v1 = rotate(v1, 13n) ^ v0;
      v0 = rotate(v0, 32n);
      v2 = (v2 + v3) & mask;
      v3 = rotate(v3, 16n) ^ v2;
      v0 = (v0 + v3) & mask;
      v3 = rotate(v3, 21n) ^ v0;
      v2 = (v2 + v1) & mask;
      v1 = rotate(v1, 17n) ^ v2;
      v2 = rotate(v2, 32n);
    }
  };
  const last = bytes.length - (bytes.length % 8);
  for (let at = 0; at <= last; at += 8) {
    const word = at < last ? wordAt(bytes, at) : (BigInt(bytes.length % 256) << 56n) | wordAt(bytes, at);
    v3 ^= word;
    rounds(c);
    v0 ^= word;
  }
  v2 ^= 0xffn;
  rounds(d);
  return v0 ^ v1 ^ v2 ^ v3;
}
