/**
 * The one gate between code and words that other threads may change.
 *
 * Every update of shared state is a compare-and-swap loop written with these functions. Builds with threads get
 * sequentially consistent atomics; in the others, which own their memory alone, the same loop runs once and the
 * compiler drops it. Values stay integers: an atomic load whose bits are read as a float is compiled into a second,
 * plain load at -O2 and above, and the loop tears.
 */

/** Reads a 64-bit word. */
// @ts-ignore: decorator
@inline
export function load64(address: usize): i64 {
  if (ASC_FEATURE_THREADS) return atomic.load<i64>(address);
  return load<i64>(address);
}

/** Writes a 64-bit word. */
// @ts-ignore: decorator
@inline
export function store64(address: usize, value: i64): void {
  if (ASC_FEATURE_THREADS) atomic.store<i64>(address, value);
  else store<i64>(address, value);
}

/** Replaces a 64-bit word if it still holds `expected`; returns what it held. */
// @ts-ignore: decorator
@inline
export function cas64(address: usize, expected: i64, desired: i64): i64 {
  if (ASC_FEATURE_THREADS) return atomic.cmpxchg<i64>(address, expected, desired);
  store<i64>(address, desired);
  return expected;
}

/** Reads a 32-bit word. */
// @ts-ignore: decorator
@inline
export function load32(address: usize): u32 {
  if (ASC_FEATURE_THREADS) return atomic.load<u32>(address);
  return load<u32>(address);
}

/** Writes a 32-bit word. */
// @ts-ignore: decorator
@inline
export function store32(address: usize, value: u32): void {
  if (ASC_FEATURE_THREADS) atomic.store<u32>(address, value);
  else store<u32>(address, value);
}

/** Replaces a 32-bit word if it still holds `expected`; returns what it held. */
// @ts-ignore: decorator
@inline
export function cas32(address: usize, expected: u32, desired: u32): u32 {
  if (ASC_FEATURE_THREADS) return atomic.cmpxchg<u32>(address, expected, desired);
  store<u32>(address, desired);
  return expected;
}

/** Adds to a 32-bit word. */
// @ts-ignore: decorator
@inline
export function add32(address: usize, amount: u32): void {
  if (ASC_FEATURE_THREADS) atomic.add<u32>(address, amount);
  else store<u32>(address, load<u32>(address) + amount);
}

/** Sets bits of a 32-bit word; returns what it held. */
// @ts-ignore: decorator
@inline
export function or32(address: usize, bits: u32): u32 {
  if (ASC_FEATURE_THREADS) return atomic.or<u32>(address, bits);
  const held = load<u32>(address);
  store<u32>(address, held | bits);
  return held;
}

/** Adds to a 64-bit word. */
// @ts-ignore: decorator
@inline
export function add64(address: usize, amount: i64): void {
  if (ASC_FEATURE_THREADS) atomic.add<i64>(address, amount);
  else store<i64>(address, load<i64>(address) + amount);
}
