import type { Address, FullRuntime } from "../../bindings/index.js";

/** Keys that go through the core's memory at once. */
const keysAtOnce = 2_048;

/**
 * Has the core place many keys: copies their hashes in, piece by piece, and the answers out. `locate` gets the address of so many
 * hashes, their number, and where 4 bytes go for each.
 */
export function locateMany(
  runtime: FullRuntime,
  hashes: BigUint64Array | Uint32Array,
  locate: (keys: Address, count: number, out: Address) => void,
): Uint32Array {
  const found = new Uint32Array(hashes.length);
  const atOnce = Math.min(hashes.length, keysAtOnce);
  const block = runtime.allocate(atOnce * (hashes.BYTES_PER_ELEMENT + 4));
  try {
    const buffer = runtime.memory.buffer;
    const out = block.at + atOnce * hashes.BYTES_PER_ELEMENT;
    for (let from = 0; from < hashes.length; from += atOnce) {
      const count = Math.min(atOnce, hashes.length - from);
      if (hashes instanceof Uint32Array) {
        new Uint32Array(buffer, block.at, count).set(hashes.subarray(from, from + count));
      } else {
        new BigUint64Array(buffer, block.at, count).set(hashes.subarray(from, from + count));
      }
      locate(block.at, count, out);
      found.set(new Uint32Array(buffer, out, count), from);
    }
  } finally {
    block.free();
  }
  return found;
}
