/**
 * Hashes over BigInt, written from their specifications: xxHash's "XXH32/XXH64 algorithm description" and "XXH3 algorithm overview",
 * Appleby's MurmurHash2 and MurmurHash3, and the jump hash of Lamping and Veach's figure 1.
 */

const mask = (bits: number, value: bigint): bigint => BigInt.asUintN(bits, value);

/** Arithmetic modulo 2^bits. */
const words = (bits: number) => ({
  add: (...values: bigint[]) =>
    mask(
      bits,
      values.reduce((sum, value) => sum + value, 0n),
    ),
  mul: (...values: bigint[]) => values.reduce((product, value) => mask(bits, product * value), 1n),
  rotl: (value: bigint, by: number) => mask(bits, (value << BigInt(by)) | (mask(bits, value) >> BigInt(bits - by))),
});

const { add, mul, rotl } = words(64);
const w32 = words(32);

/** The little-endian number in `size` bytes from `at` on. */
function read(bytes: Uint8Array, at: number, size: number): bigint {
  let value = 0n;
  for (let i = size - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[at + i]!);
  return value;
}

const shiftXor = (value: bigint, by: number): bigint => value ^ (value >> BigInt(by));

const q1 = 0x9e3779b1n;
const q2 = 0x85ebca77n;
const q3 = 0xc2b2ae3dn;
const q4 = 0x27d4eb2fn;
const q5 = 0x165667b1n;

export function xxHash32(bytes: Uint8Array, seed: bigint): bigint {
  const round = (lane: bigint, word: bigint): bigint => w32.mul(w32.rotl(w32.add(lane, w32.mul(word, q2)), 13), q1);
  let lanes = [w32.add(seed, q1, q2), w32.add(seed, q2), mask(32, seed), w32.add(seed, -q1)];
  let at = 0;
  for (; at + 16 <= bytes.length; at += 16) {
    const from = at;
    lanes = lanes.map((lane, i) => round(lane, read(bytes, from + 4 * i, 4)));
  }
  let hash = w32.add(seed, q5);
  if (bytes.length >= 16) hash = w32.add(...lanes.map((lane, i) => w32.rotl(lane, [1, 7, 12, 18][i]!)));
  hash = w32.add(hash, BigInt(bytes.length));
  for (; at + 4 <= bytes.length; at += 4) {
    hash = w32.mul(w32.rotl(w32.add(hash, w32.mul(read(bytes, at, 4), q3)), 17), q4);
  }
  for (; at < bytes.length; at++) hash = w32.mul(w32.rotl(w32.add(hash, w32.mul(BigInt(bytes[at]!), q5)), 11), q1);
  return shiftXor(w32.mul(shiftXor(w32.mul(shiftXor(hash, 15), q2), 13), q3), 16);
}

const p1 = 0x9e3779b185ebca87n;
const p2 = 0xc2b2ae3d27d4eb4fn;
const p3 = 0x165667b19e3779f9n;
const p4 = 0x85ebca77c2b2ae63n;
const p5 = 0x27d4eb2f165667c5n;

const avalanche64 = (hash: bigint): bigint => shiftXor(mul(shiftXor(mul(shiftXor(hash, 33), p2), 29), p3), 32);

export function xxHash64(bytes: Uint8Array, seed: bigint): bigint {
  const round = (lane: bigint, word: bigint): bigint => mul(rotl(add(lane, mul(word, p2)), 31), p1);
  let lanes = [add(seed, p1, p2), add(seed, p2), seed, add(seed, -p1)];
  let at = 0;
  for (; at + 32 <= bytes.length; at += 32) {
    const from = at;
    lanes = lanes.map((lane, i) => round(lane, read(bytes, from + 8 * i, 8)));
  }
  let hash = add(seed, p5);
  if (bytes.length >= 32) {
    hash = add(...lanes.map((lane, i) => rotl(lane, [1, 7, 12, 18][i]!)));
    for (const lane of lanes) hash = add(mul(hash ^ round(0n, lane), p1), p4);
  }
  hash = add(hash, BigInt(bytes.length));
  for (; at + 8 <= bytes.length; at += 8) {
    hash = add(mul(rotl(hash ^ round(0n, read(bytes, at, 8)), 27), p1), p4);
  }
  if (at + 4 <= bytes.length) {
    hash = add(mul(rotl(hash ^ mul(read(bytes, at, 4), p1), 23), p2), p3);
    at += 4;
  }
  for (; at < bytes.length; at++) hash = mul(rotl(hash ^ mul(BigInt(bytes[at]!), p5), 11), p1);
  return avalanche64(hash);
}

export function murmur3x32(bytes: Uint8Array, seed: bigint): bigint {
  const scramble = (word: bigint): bigint => w32.mul(w32.rotl(w32.mul(word, 0xcc9e2d51n), 15), 0x1b873593n);
  let hash = seed;
  let at = 0;
  for (; at + 4 <= bytes.length; at += 4) {
    hash = w32.add(w32.mul(w32.rotl(hash ^ scramble(read(bytes, at, 4)), 13), 5n), 0xe6546b64n);
  }
  hash ^= scramble(read(bytes, at, bytes.length - at)) ^ BigInt(bytes.length);
  return shiftXor(w32.mul(shiftXor(w32.mul(shiftXor(hash, 16), 0x85ebca6bn), 13), 0xc2b2ae35n), 16);
}

/** The finalizer of MurmurHash3's 128-bit variant. */
export const mix64 = (word: bigint): bigint =>
  shiftXor(mul(shiftXor(mul(shiftXor(word, 33), 0xff51afd7ed558ccdn), 33), 0xc4ceb9fe1a85ec53n), 33);

/** Both words of x64_128, the first one first. */
export function murmur3x128(bytes: Uint8Array, seed: bigint): readonly [bigint, bigint] {
  const [c1, c2] = [0x87c37b91114253d5n, 0x4cf5ad432745937fn];
  const padded = new Uint8Array(16 * (1 + (bytes.length >> 4)));
  padded.set(bytes);
  let [h1, h2] = [seed, seed];
  for (let at = 0; at < padded.length; at += 16) {
    h1 ^= mul(rotl(mul(read(padded, at, 8), c1), 31), c2);
    const whole = at + 16 <= bytes.length;
    if (whole) h1 = add(mul(add(rotl(h1, 27), h2), 5n), 0x52dce729n);
    h2 ^= mul(rotl(mul(read(padded, at + 8, 8), c2), 33), c1);
    if (whole) h2 = add(mul(add(rotl(h2, 31), h1), 5n), 0x38495ab5n);
  }
  const length = BigInt(bytes.length);
  h1 = add(h1 ^ length, h2 ^ length);
  h2 = add(h1, h2 ^ length);
  [h1, h2] = [mix64(h1), mix64(h2)];
  h1 = add(h1, h2);
  return [h1, add(h1, h2)];
}

export function murmur2x64(bytes: Uint8Array, seed: bigint): bigint {
  const m = 0xc6a4a7935bd1e995n;
  let hash = seed ^ mul(BigInt(bytes.length), m);
  let at = 0;
  for (; at + 8 <= bytes.length; at += 8) hash = mul(hash ^ mul(shiftXor(mul(read(bytes, at, 8), m), 47), m), m);
  if (at < bytes.length) hash = mul(hash ^ read(bytes, at, bytes.length - at), m);
  return shiftXor(mul(shiftXor(hash, 47), m), 47);
}

/** The default secret of XXH3. */
const secretHex =
  "b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221b8084674f743248e" +
  "e03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8a8fa763fe39c343ff9dcbbc7c70b4f1d" +
  "8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc" +
  "8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e";
const secret = Uint8Array.from({ length: 192 }, (_, i) => Number.parseInt(secretHex.slice(2 * i, 2 * i + 2), 16));

const mx2 = 0x9fb21c651e98df25n;
const folded = (a: bigint, b: bigint): bigint => mask(64, a * b) ^ ((a * b) >> 64n);
const avalanche3 = (hash: bigint): bigint => shiftXor(mul(shiftXor(hash, 37), 0x165667919e3779f9n), 32);
const pair = (at: number, size = 8): bigint => read(secret, at, size) ^ read(secret, at + size, size);
const swap = (value: bigint, size: number): bigint => {
  let swapped = 0n;
  for (let i = 0; i < size; i++) swapped = (swapped << 8n) | ((value >> BigInt(8 * i)) & 255n);
  return swapped;
};
const mix16 = (bytes: Uint8Array, at: number, key: number, seed: bigint): bigint =>
  folded(
    read(bytes, at, 8) ^ add(read(secret, key, 8), seed),
    read(bytes, at + 8, 8) ^ add(read(secret, key + 8, 8), -seed),
  );

/** The eight lanes after a text of more than 240 bytes, and the secret that they end with. */
function stripes(bytes: Uint8Array, seed: bigint): { readonly lanes: bigint[]; readonly key: Uint8Array } {
  const key = new Uint8Array(192);
  const view = new DataView(key.buffer);
  for (let at = 0; at < 192; at += 8) {
    view.setBigUint64(at, add(read(secret, at, 8), at % 16 === 0 ? seed : -seed), true);
  }
  const lanes = [q3, p1, p2, p3, p4, q2, p5, q1];
  const take = (at: number, from: number): void => {
    for (let i = 0; i < 8; i++) {
      const word = read(bytes, at + 8 * i, 8);
      const keyed = word ^ read(key, from + 8 * i, 8);
      lanes[i ^ 1] = add(lanes[i ^ 1]!, word);
      lanes[i] = add(lanes[i]!, mask(32, keyed) * (keyed >> 32n));
    }
  };
  const count = Math.floor((bytes.length - 1) / 64);
  for (let stripe = 0; stripe < count; stripe++) {
    take(64 * stripe, 8 * (stripe % 16));
    if (stripe % 16 !== 15) continue;
    for (let i = 0; i < 8; i++) lanes[i] = mul(shiftXor(lanes[i]!, 47) ^ read(key, 128 + 8 * i, 8), q1);
  }
  take(bytes.length - 64, 121);
  return { lanes, key };
}

function merged(lanes: readonly bigint[], key: Uint8Array, from: number, start: bigint): bigint {
  let sum = start;
  for (let i = 0; i < 8; i += 2) {
    sum = add(sum, folded(lanes[i]! ^ read(key, from + 8 * i, 8), lanes[i + 1]! ^ read(key, from + 8 * i + 8, 8)));
  }
  return avalanche3(sum);
}

/** 1 to 3 bytes and their number. */
const few = (bytes: Uint8Array): bigint => {
  const [first, middle, last] = [0, bytes.length >> 1, bytes.length - 1].map((at) => BigInt(bytes[at]!));
  return (first! << 16n) | (middle! << 24n) | last! | BigInt(bytes.length << 8);
};

const spread = (seed: bigint): bigint => seed ^ (swap(mask(32, seed), 4) << 32n);

export function xxh3Hash64(bytes: Uint8Array, seed: bigint): bigint {
  const n = bytes.length;
  const size = BigInt(n);
  if (n > 240) {
    const { lanes, key } = stripes(bytes, seed);
    return merged(lanes, key, 11, mul(size, p1));
  }
  if (n > 128) {
    let first = mul(size, p1);
    for (let i = 0; i < 8; i++) first = add(first, mix16(bytes, 16 * i, 16 * i, seed));
    let rest = mix16(bytes, n - 16, 119, seed);
    for (let i = 8; i < n >> 4; i++) rest = add(rest, mix16(bytes, 16 * i, 16 * (i - 8) + 3, seed));
    return avalanche3(add(avalanche3(first), rest));
  }
  if (n > 16) {
    let sum = mul(size, p1);
    for (let i = 0; 32 * i < n; i++) {
      sum = add(sum, mix16(bytes, 16 * i, 32 * i, seed), mix16(bytes, n - 16 * (i + 1), 32 * i + 16, seed));
    }
    return avalanche3(sum);
  }
  if (n > 8) {
    const low = read(bytes, 0, 8) ^ add(pair(24), seed);
    const high = read(bytes, n - 8, 8) ^ add(pair(40), -seed);
    return avalanche3(add(size, swap(low, 8), high, folded(low, high)));
  }
  if (n >= 4) {
    let hash = (read(bytes, n - 4, 4) | (read(bytes, 0, 4) << 32n)) ^ add(pair(8), -spread(seed));
    hash = mul(hash ^ rotl(hash, 49) ^ rotl(hash, 24), mx2);
    return shiftXor(mul(hash ^ add(hash >> 35n, size), mx2), 28);
  }
  if (n > 0) return avalanche64(few(bytes) ^ add(pair(0, 4), seed));
  return avalanche64(seed ^ pair(56));
}

/** The lower and the upper half. */
export function xxh3Hash128(bytes: Uint8Array, seed: bigint): readonly [low: bigint, high: bigint] {
  const n = bytes.length;
  const size = BigInt(n);
  if (n > 240) {
    const { lanes, key } = stripes(bytes, seed);
    return [merged(lanes, key, 11, mul(size, p1)), merged(lanes, key, 117, mask(64, ~mul(size, p2)))];
  }
  if (n > 16) {
    let [low, high] = [mul(size, p1), 0n];
    const mix32 = (one: number, two: number, key: number, start: bigint): void => {
      low = add(low, mix16(bytes, one, key, start)) ^ add(read(bytes, two, 8), read(bytes, two + 8, 8));
      high = add(high, mix16(bytes, two, key + 16, start)) ^ add(read(bytes, one, 8), read(bytes, one + 8, 8));
    };
    if (n > 128) {
      for (let i = 0; i < 4; i++) mix32(32 * i, 32 * i + 16, 32 * i, seed);
      [low, high] = [avalanche3(low), avalanche3(high)];
      for (let i = 4; i < n >> 5; i++) mix32(32 * i, 32 * i + 16, 32 * (i - 4) + 3, seed);
      mix32(n - 16, n - 32, 103, mask(64, -seed));
    } else {
      for (let i = (n - 1) >> 5; i >= 0; i--) mix32(16 * i, n - 16 * (i + 1), 32 * i, seed);
    }
    const last = add(mul(low, p1), mul(high, p4), mul(add(size, -seed), p2));
    return [avalanche3(add(low, high)), mask(64, -avalanche3(last))];
  }
  if (n > 8) {
    const tail = read(bytes, n - 8, 8);
    const product = (read(bytes, 0, 8) ^ tail ^ add(pair(32), -seed)) * p1;
    const keyed = tail ^ add(pair(48), seed);
    const high = add(product >> 64n, keyed, mul(mask(32, keyed), q2 - 1n));
    const low = add(product, (size - 1n) << 54n) ^ swap(high, 8);
    return [avalanche3(mul(low, p2)), avalanche3(add((low * p2) >> 64n, mul(high, p2)))];
  }
  if (n >= 4) {
    const keyed = (read(bytes, 0, 4) | (read(bytes, n - 4, 4) << 32n)) ^ add(pair(16), spread(seed));
    const product = keyed * add(p1, size << 2n);
    const high = add(product >> 64n, mask(64, product) << 1n);
    const low = mul(shiftXor(mask(64, product) ^ (high >> 3n), 35), mx2);
    return [shiftXor(low, 28), avalanche3(high)];
  }
  if (n > 0) {
    const bytesIn = few(bytes);
    return [
      avalanche64(bytesIn ^ add(pair(0, 4), seed)),
      avalanche64(w32.rotl(swap(bytesIn, 4), 13) ^ add(pair(8, 4), -seed)),
    ];
  }
  return [avalanche64(seed ^ pair(64)), avalanche64(seed ^ pair(80))];
}

/** In doubles, as the paper has it. */
export function jumpHash(key: bigint, buckets: number): number {
  let state = mask(64, key);
  let bucket = -1;
  for (let next = 0; next < buckets; ) {
    bucket = next;
    state = add(mul(state, 2_862_933_555_777_941_757n), 1n);
    next = Math.floor((bucket + 1) * (2 ** 31 / (Number(state >> 33n) + 1)));
  }
  return bucket;
}
