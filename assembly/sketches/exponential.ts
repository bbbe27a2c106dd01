/**
 * The exponential histogram of OpenTelemetry (specification/metrics/data-model.md, "ExponentialHistogram"): bucket `index` at
 * `scale` holds the values v with base^index < v <= base^(index + 1), where base = 2^(2^-scale). A histogram starts at its largest
 * scale, and halves its resolution whenever the values of one sign no longer fit its `maxSize` buckets. Layout after the common
 * head:
 *
 *     8 maxSize u32 | 12 maxScale i32 || 16 totals | 48 zeros f64 | 56 scale i32 | 60 0 |
 *     64 positive: first index i32, buckets u32 | 72 negative: the same | 80 counts of positive f64 … | of negative f64 …
 *
 * The first count of a sign is that of its lowest index, so that state is a function of what was recorded: scale and buckets
 * are the same in whatever order values came and parts were merged. The README in this folder says why the index is exact.
 */

import { binaryLogDigits } from "../math/binary-log";
import { exp, scaled } from "../math/exp";
import { LOADED, compare, headBytes, writeHead } from "../memory/snapshot";
import { clearWords } from "../memory/words";
import { TOTALS_BYTES, rankOf, recordable, totalsAdd, totalsMerge, totalsReset, withinRange } from "./totals";

/** "EXP" and the layout's version. */
const MAGIC: u32 = 0x01505845;
const MAX_SIZE: usize = 8;
const MAX_SCALE: usize = 12;
const CONFIGURATION_END: u32 = 16;
const TOTALS: usize = 16;
const ZEROS: usize = TOTALS + TOTALS_BYTES;
const SCALE: usize = 56;
/** Of the positive values; those of the negative are 8 bytes on. */
const FIRST: usize = 64;
const BUCKETS: usize = 68;
const COUNTS: usize = 80;

/** The scales that the specification has. */
const SCALE_MIN: i32 = -10;
const SCALE_MAX: i32 = 20;

/** The bits of a double behind its exponent. */
const FRACTION: i64 = 0x000fffffffffffff;
const LN2: f64 = 0.6931471805599453;
/** Squarings that a number below 2 stands before its power is beyond the doubles. */
const SQUARINGS: i32 = 9;
/** 2^-30, as a fraction of the mantissa: this near to a power of two, rounding may have decided. */
const DOUBT: i64 = 1 << 22;

/**
 * The bucket that 1 + fraction * 2^-52 falls in, of the 2^scale between 1 and 2: the exponent of its power 2^scale, by squaring.
 * A product of doubles is off by 2^-53 of itself and each squaring doubles that, to 2^-33 at scale 20. So a power that is further
 * than 2^-30 from all powers of two has the right exponent; for others, one in 10^9, whole numbers decide.
 */
// @ts-ignore: decorator
@inline
function bucketOf(fraction: i64, scale: i32): i32 {
  let bucket = 0;
  let bits = fraction | 0x3ff0000000000000;
  for (let left = scale; left > 0; left -= SQUARINGS) {
    const steps = min(left, SQUARINGS);
    let power = reinterpret<f64>(bits);
    for (let step = 0; step < steps; step++) power *= power;
    bits = reinterpret<i64>(power);
    bucket = (bucket << steps) + <i32>(bits >> 52) - 1023;
    bits = (bits & FRACTION) | 0x3ff0000000000000;
  }
  // Near 1 from above, or near 2 from below.
  if (((bits + DOUBT) & FRACTION) < 2 * DOUBT) return binaryLogDigits(fraction, scale);
  return bucket;
}

/**
 * The index of the bucket of a magnitude, exactly, at a scale from -10 to 20. Zero, NaN and the infinities have none. Subnormal
 * numbers count as the smallest normal one, as the specification allows, so that two buckets hold everything at scale -10.
 */
export function exponentialIndex(magnitude: f64, scale: i32): i32 {
  const bits = max(reinterpret<i64>(magnitude) & i64.MAX_VALUE, 0x0010000000000000);
  const exponent = <i32>(bits >> 52) - 1023;
  const fraction = bits & FRACTION;
  // A bucket's upper bound belongs to it: a power of two is the last value of the bucket below.
  if (fraction == 0) return scale > 0 ? (exponent << scale) - 1 : (exponent - 1) >> -scale;
  return scale > 0 ? (exponent << scale) + bucketOf(fraction, scale) : exponent >> -scale;
}

/** The lower bound of a bucket, base^index, to the last places; 0 and Infinity beyond the doubles. */
export function exponentialLowerBound(index: i32, scale: i32): f64 {
  if (scale <= 0) return scaled(1, <i32>max(min(<i64>index << -scale, 1024), -1075));
  const part = <f64>(index & ((1 << scale) - 1)) / <f64>(1 << scale);
  return scaled(exp(part * LN2), max(min(index >> scale, 1024), -1075));
}

/** Bytes of a histogram; 0 where `maxSize` is not 2 to 16,384. */
export function exponentialSize(maxSize: u32): u32 {
  return maxSize - 2 > 16382 ? 0 : <u32>COUNTS + (maxSize << 4);
}

/** Makes an empty histogram. Returns 1 where a number is out of range. */
export function exponentialInit(at: usize, maxSize: u32, maxScale: i32): i32 {
  const bytes = exponentialSize(maxSize);
  if (bytes == 0 || maxScale < SCALE_MIN || maxScale > SCALE_MAX) return 1;
  writeHead(at, MAGIC, bytes, CONFIGURATION_END);
  store<u32>(at, maxSize, MAX_SIZE);
  store<i32>(at, maxScale, MAX_SCALE);
  exponentialReset(at);
  return 0;
}

/** Forgets all values; the scale is the largest again. */
export function exponentialReset(at: usize): void {
  totalsReset(at + TOTALS);
  clearWords(at + ZEROS, headBytes(at) - <u32>ZEROS);
  store<i32>(at, load<i32>(at, MAX_SCALE), SCALE);
}

/** Where in the histogram the counts of a sign begin, in bytes: 0 positive, 1 negative. Those of its buckets are doubles, one by one. */
export function exponentialCounts(at: usize, sign: u32): u32 {
  return <u32>COUNTS + ((load<u32>(at, MAX_SIZE) * sign) << 3);
}

/** Joins buckets of one sign by 2^by. The sum of a group goes to where it starts or further down, so one pass upwards does it. */
function joinBuckets(at: usize, sign: u32, by: i32): void {
  const range = at + (sign << 3);
  const buckets = load<u32>(range, BUCKETS);
  if (buckets == 0) return;
  const counts = at + exponentialCounts(at, sign);
  const first = load<i32>(range, FIRST);
  for (let n: u32 = 0; n < buckets; n++) {
    const from = counts + (<usize>n << 3);
    const to = counts + (<usize>(((first + <i32>n) >> by) - (first >> by)) << 3);
    const amount = load<f64>(from);
    store<f64>(from, 0);
    store<f64>(to, load<f64>(to) + amount);
  }
  store<i32>(range, first >> by, FIRST);
  store<u32>(range, <u32>(((first + <i32>buckets - 1) >> by) - (first >> by) + 1), BUCKETS);
}

/** Lowers the scale. */
function downscale(at: usize, by: i32): void {
  joinBuckets(at, 0, by);
  joinBuckets(at, 1, by);
  store<i32>(at, load<i32>(at, SCALE) - by, SCALE);
}

/** Makes a bucket of an index outside the buckets of its sign, at the largest scale at which all fit; returns its index there. */
function admit(at: usize, sign: u32, index: i32): i32 {
  const range = at + (sign << 3);
  const maxSize = <i32>load<u32>(at, MAX_SIZE);
  let buckets = <i32>load<u32>(range, BUCKETS);
  let first = load<i32>(range, FIRST);
  if (buckets == 0) {
    store<i32>(range, index, FIRST);
    store<u32>(range, 1, BUCKETS);
    return index;
  }
  const low = min(index, first);
  const high = max(index, first + buckets - 1);
  let by = 0;
  while ((high >> by) - (low >> by) >= maxSize) by++;
  if (by > 0) {
    downscale(at, by);
    index >>= by;
    buckets = <i32>load<u32>(range, BUCKETS);
    first = load<i32>(range, FIRST);
  }
  if (index < first) {
    const counts = at + exponentialCounts(at, sign);
    memory.copy(counts + (<usize>(first - index) << 3), counts, <usize>buckets << 3);
    clearWords(counts, <usize>(first - index) << 3);
    store<i32>(range, index, FIRST);
    store<u32>(range, <u32>(buckets + first - index), BUCKETS);
  } else if (index >= first + buckets) store<u32>(range, <u32>(index - first + 1), BUCKETS);
  return index;
}

// @ts-ignore: decorator
@inline
function addIndex(at: usize, sign: u32, index: i32, amount: f64): void {
  const range = at + (sign << 3);
  if (<u32>(index - load<i32>(range, FIRST)) >= load<u32>(range, BUCKETS)) index = admit(at, sign, index);
  const cell = at + exponentialCounts(at, sign) + (<usize>(index - load<i32>(range, FIRST)) << 3);
  store<f64>(cell, load<f64>(cell) + amount);
}

/** Records a value; NaN and the infinities are not recorded. */
export function exponentialRecord(at: usize, value: f64): void {
  if (!recordable(value)) return;
  totalsAdd(at + TOTALS, value + 0.0);
  if (value == 0) store<f64>(at, load<f64>(at, ZEROS) + 1, ZEROS);
  else addIndex(at, <u32>(value < 0), exponentialIndex(value, load<i32>(at, SCALE)), 1);
}

/** Records `count` doubles that stand at `values`. */
export function exponentialRecordMany(at: usize, values: usize, count: u32): void {
  for (const end = values + (<usize>count << 3); values < end; values += 8) exponentialRecord(at, load<f64>(values));
}

/** Adds everything recorded in `other`, a histogram of the same maxSize and maxScale. Returns 0, or how they differ. */
export function exponentialMerge(at: usize, other: usize): i32 {
  const status = compare(at, other);
  if (status != LOADED) return status;
  totalsMerge(at + TOTALS, other + TOTALS);
  store<f64>(at, load<f64>(at, ZEROS) + load<f64>(other, ZEROS), ZEROS);
  const scale = load<i32>(other, SCALE);
  const finer = load<i32>(at, SCALE) - scale;
  if (finer > 0) downscale(at, finer);
  for (let sign: u32 = 0; sign < 2; sign++) {
    const range = other + (sign << 3);
    const counts = other + exponentialCounts(other, sign);
    for (let n: u32 = 0; n < load<u32>(range, BUCKETS); n++) {
      const amount = load<f64>(counts + (<usize>n << 3));
      // Adding may lower the scale further.
      if (amount > 0) addIndex(at, sign, (load<i32>(range, FIRST) + <i32>n) >> (scale - load<i32>(at, SCALE)), amount);
    }
  }
  return LOADED;
}

/** A reading: 0 scale; 1 first index and 2 buckets of the positive values; 3 and 4 of the negative. */
export function exponentialState(at: usize, what: u32): i32 {
  return what == 0 ? load<i32>(at, SCALE) : load<i32>(at + FIRST + ((what - 1) << 2));
}

/** How many values were 0. */
export function exponentialZeros(at: usize): f64 {
  return load<f64>(at, ZEROS);
}

/** What stands for a bucket: the value that is as far from both its bounds, as a share of each. */
function middle(index: i32, scale: i32): f64 {
  return exponentialLowerBound(index, scale) * (2 / (1 + 1 / exponentialLowerBound(1, scale)));
}

/**
 * The value that a share `q` of all values does not exceed, the one of rank ceil(q * count), to the share (base - 1) / (base + 1)
 * of itself; NaN where nothing is recorded.
 */
export function exponentialQuantile(at: usize, q: f64): f64 {
  const totals = at + TOTALS;
  const count = load<f64>(totals);
  if (count == 0) return NaN;
  let rank = rankOf(q, count);
  if (rank <= 1) return load<f64>(totals, 16);
  if (rank >= count) return load<f64>(totals, 24);
  const scale = load<i32>(at, SCALE);
  const negative = at + exponentialCounts(at, 1);
  for (let n = <i32>load<u32>(at + 8, BUCKETS) - 1; n >= 0; n--) {
    rank -= load<f64>(negative + (<usize>n << 3));
    if (rank <= 0) return withinRange(totals, -middle(load<i32>(at + 8, FIRST) + n, scale));
  }
  rank -= load<f64>(at, ZEROS);
  if (rank <= 0) return 0;
  let n = 0;
  const positive = at + exponentialCounts(at, 0);
  for (const last = <i32>load<u32>(at, BUCKETS) - 1; n < last; n++) {
    rank -= load<f64>(positive + (<usize>n << 3));
    if (rank <= 0) break;
  }
  return withinRange(totals, middle(load<i32>(at, FIRST) + n, scale));
}
