/**
 * MD5 (RFC 1321), for rings that agree with those of memcached clients. It is no protection against anybody.
 *
 * The sixteen steps of a round are written out, their constants in the code: there are no static data for a table, and the
 * sines that it is made of could not be computed to the last bit.
 */

/** Room to work in: the last block, filled up, or the last two. */
export const MD5_SCRATCH: u32 = 128;

/** MD5 of `length` bytes at `from`, as 16 bytes to `out`; behind them `MD5_SCRATCH` bytes are written. */
export function md5(from: usize, length: u32, out: usize): void {
  store<u32>(out, 0x67452301);
  store<u32>(out, 0xefcdab89, 4);
  store<u32>(out, 0x98badcfe, 8);
  store<u32>(out, 0x10325476, 12);
  const end = from + (length & ~63);
  for (; from < end; from += 64) block(out, from);

  // The rest, a bit, zeros, and the number of bits at the very end of a block.
  const tail = out + 16;
  const rest = length & 63;
  const bytes: u32 = rest < 56 ? 64 : 128;
  for (let at: u32 = 0; at < bytes; at++) store<u8>(tail + at, at < rest ? load<u8>(from + at) : at == rest ? 0x80 : 0);
  store<u64>(tail + bytes - 8, <u64>length << 3);
  block(out, tail);
  if (bytes > 64) block(out, tail + 64);
}

// @ts-ignore: decorator
@inline
function choose(b: u32, c: u32, d: u32): u32 {
  return d ^ (b & (c ^ d));
}

/** A step of any round: `mixed` is the round's function of b, c and d. */
// @ts-ignore: decorator
@inline
function step(a: u32, b: u32, mixed: u32, word: u32, constant: u32, by: u32): u32 {
  return b + rotl(a + mixed + word + constant, by);
}

function block(state: usize, from: usize): void {
  let a = load<u32>(state);
  let b = load<u32>(state, 4);
  let c = load<u32>(state, 8);
  let d = load<u32>(state, 12);
  a = step(a, b, choose(b, c, d), load<u32>(from, 0, 1), 0xd76aa478, 7);
  d = step(d, a, choose(a, b, c), load<u32>(from, 4, 1), 0xe8c7b756, 12);
  c = step(c, d, choose(d, a, b), load<u32>(from, 8, 1), 0x242070db, 17);
  b = step(b, c, choose(c, d, a), load<u32>(from, 12, 1), 0xc1bdceee, 22);
  a = step(a, b, choose(b, c, d), load<u32>(from, 16, 1), 0xf57c0faf, 7);
  d = step(d, a, choose(a, b, c), load<u32>(from, 20, 1), 0x4787c62a, 12);
  c = step(c, d, choose(d, a, b), load<u32>(from, 24, 1), 0xa8304613, 17);
  b = step(b, c, choose(c, d, a), load<u32>(from, 28, 1), 0xfd469501, 22);
  a = step(a, b, choose(b, c, d), load<u32>(from, 32, 1), 0x698098d8, 7);
  d = step(d, a, choose(a, b, c), load<u32>(from, 36, 1), 0x8b44f7af, 12);
  c = step(c, d, choose(d, a, b), load<u32>(from, 40, 1), 0xffff5bb1, 17);
  b = step(b, c, choose(c, d, a), load<u32>(from, 44, 1), 0x895cd7be, 22);
  a = step(a, b, choose(b, c, d), load<u32>(from, 48, 1), 0x6b901122, 7);
  d = step(d, a, choose(a, b, c), load<u32>(from, 52, 1), 0xfd987193, 12);
  c = step(c, d, choose(d, a, b), load<u32>(from, 56, 1), 0xa679438e, 17);
  b = step(b, c, choose(c, d, a), load<u32>(from, 60, 1), 0x49b40821, 22);
  a = step(a, b, choose(d, b, c), load<u32>(from, 4, 1), 0xf61e2562, 5);
  d = step(d, a, choose(c, a, b), load<u32>(from, 24, 1), 0xc040b340, 9);
  c = step(c, d, choose(b, d, a), load<u32>(from, 44, 1), 0x265e5a51, 14);
  b = step(b, c, choose(a, c, d), load<u32>(from, 0, 1), 0xe9b6c7aa, 20);
  a = step(a, b, choose(d, b, c), load<u32>(from, 20, 1), 0xd62f105d, 5);
  d = step(d, a, choose(c, a, b), load<u32>(from, 40, 1), 0x02441453, 9);
  c = step(c, d, choose(b, d, a), load<u32>(from, 60, 1), 0xd8a1e681, 14);
  b = step(b, c, choose(a, c, d), load<u32>(from, 16, 1), 0xe7d3fbc8, 20);
  a = step(a, b, choose(d, b, c), load<u32>(from, 36, 1), 0x21e1cde6, 5);
  d = step(d, a, choose(c, a, b), load<u32>(from, 56, 1), 0xc33707d6, 9);
  c = step(c, d, choose(b, d, a), load<u32>(from, 12, 1), 0xf4d50d87, 14);
  b = step(b, c, choose(a, c, d), load<u32>(from, 32, 1), 0x455a14ed, 20);
  a = step(a, b, choose(d, b, c), load<u32>(from, 52, 1), 0xa9e3e905, 5);
  d = step(d, a, choose(c, a, b), load<u32>(from, 8, 1), 0xfcefa3f8, 9);
  c = step(c, d, choose(b, d, a), load<u32>(from, 28, 1), 0x676f02d9, 14);
  b = step(b, c, choose(a, c, d), load<u32>(from, 48, 1), 0x8d2a4c8a, 20);
  a = step(a, b, b ^ c ^ d, load<u32>(from, 20, 1), 0xfffa3942, 4);
  d = step(d, a, a ^ b ^ c, load<u32>(from, 32, 1), 0x8771f681, 11);
  c = step(c, d, d ^ a ^ b, load<u32>(from, 44, 1), 0x6d9d6122, 16);
  b = step(b, c, c ^ d ^ a, load<u32>(from, 56, 1), 0xfde5380c, 23);
  a = step(a, b, b ^ c ^ d, load<u32>(from, 4, 1), 0xa4beea44, 4);
  d = step(d, a, a ^ b ^ c, load<u32>(from, 16, 1), 0x4bdecfa9, 11);
  c = step(c, d, d ^ a ^ b, load<u32>(from, 28, 1), 0xf6bb4b60, 16);
  b = step(b, c, c ^ d ^ a, load<u32>(from, 40, 1), 0xbebfbc70, 23);
  a = step(a, b, b ^ c ^ d, load<u32>(from, 52, 1), 0x289b7ec6, 4);
  d = step(d, a, a ^ b ^ c, load<u32>(from, 0, 1), 0xeaa127fa, 11);
  c = step(c, d, d ^ a ^ b, load<u32>(from, 12, 1), 0xd4ef3085, 16);
  b = step(b, c, c ^ d ^ a, load<u32>(from, 24, 1), 0x04881d05, 23);
  a = step(a, b, b ^ c ^ d, load<u32>(from, 36, 1), 0xd9d4d039, 4);
  d = step(d, a, a ^ b ^ c, load<u32>(from, 48, 1), 0xe6db99e5, 11);
  c = step(c, d, d ^ a ^ b, load<u32>(from, 60, 1), 0x1fa27cf8, 16);
  b = step(b, c, c ^ d ^ a, load<u32>(from, 8, 1), 0xc4ac5665, 23);
  a = step(a, b, c ^ (b | ~d), load<u32>(from, 0, 1), 0xf4292244, 6);
  d = step(d, a, b ^ (a | ~c), load<u32>(from, 28, 1), 0x432aff97, 10);
  c = step(c, d, a ^ (d | ~b), load<u32>(from, 56, 1), 0xab9423a7, 15);
  b = step(b, c, d ^ (c | ~a), load<u32>(from, 20, 1), 0xfc93a039, 21);
  a = step(a, b, c ^ (b | ~d), load<u32>(from, 48, 1), 0x655b59c3, 6);
  d = step(d, a, b ^ (a | ~c), load<u32>(from, 12, 1), 0x8f0ccc92, 10);
  c = step(c, d, a ^ (d | ~b), load<u32>(from, 40, 1), 0xffeff47d, 15);
  b = step(b, c, d ^ (c | ~a), load<u32>(from, 4, 1), 0x85845dd1, 21);
  a = step(a, b, c ^ (b | ~d), load<u32>(from, 32, 1), 0x6fa87e4f, 6);
  d = step(d, a, b ^ (a | ~c), load<u32>(from, 60, 1), 0xfe2ce6e0, 10);
  c = step(c, d, a ^ (d | ~b), load<u32>(from, 24, 1), 0xa3014314, 15);
  b = step(b, c, d ^ (c | ~a), load<u32>(from, 52, 1), 0x4e0811a1, 21);
  a = step(a, b, c ^ (b | ~d), load<u32>(from, 16, 1), 0xf7537e82, 6);
  d = step(d, a, b ^ (a | ~c), load<u32>(from, 44, 1), 0xbd3af235, 10);
  c = step(c, d, a ^ (d | ~b), load<u32>(from, 8, 1), 0x2ad7d2bb, 15);
  b = step(b, c, d ^ (c | ~a), load<u32>(from, 36, 1), 0xeb86d391, 21);
  store<u32>(state, load<u32>(state) + a);
  store<u32>(state, load<u32>(state, 4) + b, 4);
  store<u32>(state, load<u32>(state, 8) + c, 8);
  store<u32>(state, load<u32>(state, 12) + d, 12);
}
