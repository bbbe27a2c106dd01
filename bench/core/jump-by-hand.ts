/** Jump hash as one would write it without BigInt: the 64-bit state in two halves, its product in four. */
export function jumpByHand(low: number, high: number, buckets: number): number {
  let [bucket, next] = [0, 0];
  while (next < buckets) {
    bucket = next;
    // (high, low) * 2862933555777941757 + 1; the factor's halves are 0x27bb2ee6 and 0x87b0b0fd.
    const [a, b] = [low & 0xffff, low >>> 16];
    const cross = a * 0x87b0 + ((a * 0xb0fd) >>> 16);
    const other = b * 0xb0fd + (cross & 0xffff);
    const carry = b * 0x87b0 + Math.floor(cross / 65_536) + Math.floor(other / 65_536);
    high = (Math.imul(low, 0x27bb2ee6) + Math.imul(high, 0x87b0b0fd) + (carry | 0)) >>> 0;
    const product = Math.imul(low, 0x87b0b0fd) >>> 0;
    low = (product + 1) >>> 0;
    if (low === 0) high = (high + 1) >>> 0;
    next = Math.floor((bucket + 1) * (2 ** 31 / ((high >>> 1) + 1)));
  }
  return bucket;
}
