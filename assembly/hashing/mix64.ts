/**
 * The finalizer of MurmurHash3 x64_128 (Appleby, 2011): a bijection of 64-bit words in which every bit of the input flips each bit of
 * the output with a probability close to 1/2.
 */
export function mix64(word: u64): u64 {
  word = (word ^ (word >> 33)) * 0xff51afd7ed558ccd;
  word = (word ^ (word >> 33)) * 0xc4ceb9fe1a85ec53;
  return word ^ (word >> 33);
}
