/**
 * MD5 (RFC 1321), for rings that agree with those of memcached clients. It is no protection against anybody.
 *
 * There are no static data for its table of sines, so each step computes its own: |sin(i)| * 2^32, i from 1 to 64, by
 * sin(i + 1) = 2 cos(1) sin(i) - sin(i - 1). Only products and differences, which are the same everywhere; what they are off adds up
 * to 2 * 10^-5 at most, and none of the 64 lies nearer to a whole number than 0.015.
 */

/** Bytes behind the digest that are worked in: a block of the text, filled up, and the state of a round. */
export const MD5_SCRATCH: u32 = 128;
const ROUND: usize = 16 + 64;

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
  let at: u32 = 0;
  for (const rest = length & 63; at < rest; at++) store<u8>(tail + at, load<u8>(from + at));
  store<u8>(tail + at, 0x80);
  for (at++; (at & 7) != 0; at++) store<u8>(tail + at, 0);
  if (at > 56) {
    block(out, tail);
    at = 0;
  }
  for (; at < 56; at += 8) store<u64>(tail + at, 0);
  store<u64>(tail, <u64>length << 3, 56);
  block(out, tail);
}

/** The sine of 1 in units of 2^-32, and the factor of the recurrence. */
const SINE: f64 = 0.8414709848078965 * 4294967296.0;
const TWICE_COSINE: f64 = 1.0806046117362795;
/** A number from 2^52 to 2^53 has its whole part in its lowest bits; half less than 2^52 on top rounds down. */
const FLOOR: f64 = 4503599627370495.5;

/** Four bytes are by how much the steps of a round turn. */
// @ts-ignore: decorator
@inline
function turnsOf(round: u32): u32 {
  return round == 0 ? 0x16110c07 : round == 1 ? 0x140e0905 : round == 2 ? 0x17100b04 : 0x150f0a06;
}

/** The round's function of b, c and d. */
// @ts-ignore: decorator
@inline
function mixed(round: u32, b: u32, c: u32, d: u32): u32 {
  if (round == 0) return d ^ (b & (c ^ d));
  if (round == 1) return c ^ (d & (b ^ c));
  if (round == 2) return b ^ c ^ d;
  return c ^ (b | ~d);
}

/** The sixteen steps of a round, from words at `from`, over the state at `at`; the sines before and at the first step stand behind it. */
// @ts-ignore: decorator
@inline
function turn(round: u32, first: u32, stride: u32, at: usize, from: usize): void {
  let a = load<u32>(at);
  let b = load<u32>(at, 4);
  let c = load<u32>(at, 8);
  let d = load<u32>(at, 12);
  let before = load<f64>(at, 16);
  let sine = load<f64>(at, 24);
  let turns = turnsOf(round);
  for (let word = first; word != first + 16 * stride; word += stride) {
    const sum = a + mixed(round, b, c, d) + load<u32>(from + ((word & 15) << 2), 0, 1) + <u32>reinterpret<u64>(abs(sine) + FLOOR);
    a = d;
    d = c;
    c = b;
    b += rotl(sum, turns);
    turns = rotr(turns, 8);
    const after = TWICE_COSINE * sine - before;
    before = sine;
    sine = after;
  }
  store<u32>(at, a);
  store<u32>(at, b, 4);
  store<u32>(at, c, 8);
  store<u32>(at, d, 12);
  store<f64>(at, before, 16);
  store<f64>(at, sine, 24);
}

function block(state: usize, from: usize): void {
  const at = state + ROUND;
  store<u64>(at, load<u64>(state));
  store<u64>(at, load<u64>(state, 8), 8);
  store<f64>(at, 0, 16);
  store<f64>(at, SINE, 24);
  turn(0, 0, 1, at, from);
  turn(1, 1, 5, at, from);
  turn(2, 5, 3, at, from);
  turn(3, 0, 7, at, from);
  for (let offset: usize = 0; offset < 16; offset += 4) store<u32>(state + offset, load<u32>(state + offset) + load<u32>(at + offset));
}
