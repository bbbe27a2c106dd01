/** Keys as programs have them: flat strings, not the ropes that concatenation leaves behind, which cost a copy at first reading. */
export function flatKeys(count: number): string[] {
  const decoder = new TextDecoder("latin1");
  const encoder = new TextEncoder();
  return Array.from({ length: count }, (_, i) => decoder.decode(encoder.encode(`user-${1_000_000_000 + i * 7_919}`)));
}

/** A long walk over `count` places in random order, the same in each run. */
export function randomOrder(count: number): Int32Array {
  let state = 88_172_645;
  return Int32Array.from({ length: Math.max(1_000, Math.min(count * 4, 1_000_000)) }, () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % count;
  });
}
