/** Roots of whole numbers. */

/** The largest whole number whose square is at most `value`, one bit at a time: no float whose rounding could differ. */
export function squareRoot(value: u64): u64 {
  let root: u64 = 0;
  let rest = value;
  for (let bit: u64 = 1 << 62; bit != 0; bit >>= 2) {
    const trial = root + bit;
    root >>= 1;
    if (rest >= trial) {
      rest -= trial;
      root += bit;
    }
  }
  return root;
}
