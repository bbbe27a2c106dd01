/**
 * The merging t-digest (Dunning, "The t-digest: Efficient estimates of distributions", Software Impacts 7, 2021; Dunning and Ertl,
 * arXiv:1902.04023, section 2.2): centroids that are small at both ends of the distribution and large in the middle, so that extreme
 * quantiles are known best. Layout after the common head:
 *
 *     8 compression u32 | 12 0 | 16 limit f64 || 24 totals | 56 weight of the centroids f64 | 64 centroids u32 | 68 buffered u32 |
 *     72 centroids: mean f64, weight f64 … | values not yet merged f64 … | as many more, for sorting and merging …
 *
 * Scale function k1 with a limit on weights: a centroid of weight w after others of weight b, of n in all, may be as heavy as
 * 2 sin(pi / compression) * n * sqrt(q (1 - q)) at both its ends, q = b / n and (b + w) / n. Squared that is
 * w^2 <= limit * b * (n - b): no arc sine, not even a root. At b = 0 nothing may be added, so the smallest and the largest value
 * are centroids of their own. The README in this folder says more.
 */

import { LOADED, compare, headBytes, writeHead } from "../memory/snapshot";
import { clearWords, copyWords } from "../memory/words";
import { TOTALS_BYTES, rankOf, recordable, totalsAdd, totalsMerge, totalsReset } from "./totals";

/** "TDG" and the layout's version. */
const MAGIC: u32 = 0x01474454;
const COMPRESSION: usize = 8;
const LIMIT: usize = 16;
const CONFIGURATION_END: u32 = 24;
const TOTALS: usize = 24;
const WEIGHT: usize = TOTALS + TOTALS_BYTES;
const CENTROIDS: usize = 64;
const BUFFERED: usize = 68;
const FIRST: usize = 72;

const PI: f64 = 3.141592653589793;
/** Values up to here are sorted by insertion before longer runs are merged. */
const RUN: usize = 16 * 8;

/** Bytes of a digest: at most 2 compression centroids and 4 compression values wait. 0 where it is not 10 to 4,000. */
export function tdigestSize(compression: u32): u32 {
  return compression - 10 > 3990 ? 0 : <u32>FIRST + compression * 96;
}

/** Makes an empty digest. Returns 1 where `compression` is out of range. */
export function tdigestInit(at: usize, compression: u32): i32 {
  const bytes = tdigestSize(compression);
  if (bytes == 0) return 1;
  writeHead(at, MAGIC, bytes, CONFIGURATION_END);
  store<u64>(at, <u64>compression, COMPRESSION);
  // 4 sin(x)^2 = 2 (1 - cos(2x)), whose series needs few terms for a small angle: (2x)^2 - 2 (2x)^4/4! + 2 (2x)^6/6! - …
  const angle = 2 * PI / <f64>compression;
  const z = angle * angle;
  store<f64>(at, z * (1 - z / 12 * (1 - z / 30 * (1 - z / 56 * (1 - z / 90)))), LIMIT);
  tdigestReset(at);
  return 0;
}

/** Forgets all values. */
export function tdigestReset(at: usize): void {
  totalsReset(at + TOTALS);
  clearWords(at + WEIGHT, headBytes(at) - <u32>WEIGHT);
}

/** Bytes of the centroids, and as many of the buffer, and as many to work in. */
// @ts-ignore: decorator
@inline
function roomBytes(at: usize): usize {
  return <usize>load<u32>(at, COMPRESSION) << 5;
}

/** Sorts the doubles from `start` to `end` by insertion. */
function insertionSort(start: usize, end: usize): void {
  for (let next = start + 8; next < end; next += 8) {
    const value = load<f64>(next);
    let slot = next;
    for (; slot > start && load<f64>(slot - 8) > value; slot -= 8) store<f64>(slot, load<f64>(slot - 8));
    store<f64>(slot, value);
  }
}

/** Merges the sorted doubles from `start` to `middle` and from there to `end` into `out`. Which is next is chosen without a branch. */
function mergeRuns(start: usize, middle: usize, end: usize, out: usize): void {
  let left = start;
  let right = middle;
  while (left < middle && right < end) {
    const a = load<f64>(left);
    const b = load<f64>(right);
    const fromLeft = <usize>(a <= b) << 3;
    store<f64>(out, select(a, b, fromLeft != 0));
    left += fromLeft;
    right += 8 - fromLeft;
    out += 8;
  }
  copyWords(out, left, middle - left);
  copyWords(out + (middle - left), right, end - right);
}

/** Sorts `bytes` of doubles at `values`, with as much space at `spare`; never more than n log n steps, whatever the values. */
function sort(values: usize, bytes: usize, spare: usize): void {
  for (let start: usize = 0; start < bytes; start += RUN) insertionSort(values + start, values + min(start + RUN, bytes));
  let from = values;
  let to = spare;
  for (let run = RUN; run < bytes; run <<= 1) {
    for (let start: usize = 0; start < bytes; start += run << 1) {
      mergeRuns(from + start, from + min(start + run, bytes), from + min(start + (run << 1), bytes), to + start);
    }
    const last = from;
    from = to;
    to = last;
  }
  if (from != values) copyWords(values, from, bytes);
}

/**
 * Merges a sorted list into the centroids, from the lowest mean to the highest. An entry of the list is `stride` bytes: a mean, and
 * its weight where there is room for it, else 1. `total` is the weight of both.
 */
function mergeIn(at: usize, list: usize, listEnd: usize, stride: usize, total: f64): void {
  const limit = load<f64>(at, LIMIT);
  const centroids = at + FIRST;
  const room = roomBytes(at);
  const out = centroids + (room << 1);
  const last = out + room - 16;
  let own = centroids;
  const ownEnd = centroids + (<usize>load<u32>(at, CENTROIDS) << 4);
  let current = out;
  let mean: f64 = 0;
  let weight: f64 = 0;
  let before: f64 = 0;
  while (own < ownEnd || list < listEnd) {
    let nextMean: f64;
    let nextWeight: f64 = 1;
    if (own < ownEnd && (list >= listEnd || load<f64>(own) <= load<f64>(list))) {
      nextMean = load<f64>(own);
      nextWeight = load<f64>(own, 8);
      own += 16;
    } else {
      nextMean = load<f64>(list);
      if (stride == 16) nextWeight = load<f64>(list, 8);
      list += stride;
    }
    const joined = weight + nextWeight;
    const after = before + joined;
    const most = limit * min(before * (total - before), after * (total - after));
    // The rule leaves at most 1.6 compression centroids in all that was tried; should it ever leave more, the last in the room takes them.
    if (weight == 0 || (joined * joined > most && current < last)) {
      if (weight > 0) {
        store<f64>(current, mean);
        store<f64>(current, weight, 8);
        current += 16;
        before += weight;
      }
      mean = nextMean;
      weight = nextWeight;
    } else {
      // Within the two means even where their difference overflows: means stay in order.
      mean = max(min(mean + (nextMean - mean) * (nextWeight / joined), nextMean), mean);
      weight = joined;
    }
  }
  store<f64>(current, mean);
  store<f64>(current, weight, 8);
  current += 16;
  copyWords(centroids, out, current - out);
  store<u32>(at, <u32>((current - out) >> 4), CENTROIDS);
  store<f64>(at, total, WEIGHT);
}

/** Merges the buffered values into the centroids. */
function compress(at: usize): void {
  const buffered = load<u32>(at, BUFFERED);
  if (buffered == 0) return;
  const room = roomBytes(at);
  const buffer = at + FIRST + room;
  const bytes = <usize>buffered << 3;
  sort(buffer, bytes, buffer + room);
  store<u32>(at, 0, BUFFERED);
  mergeIn(at, buffer, buffer + bytes, 8, load<f64>(at, WEIGHT) + <f64>buffered);
}

/** Puts a value into the buffer, and makes room for the next. */
// @ts-ignore: decorator
@inline
function buffer(at: usize, value: f64): void {
  const buffered = load<u32>(at, BUFFERED);
  const room = roomBytes(at);
  store<f64>(at + FIRST + room + (<usize>buffered << 3), value);
  store<u32>(at, buffered + 1, BUFFERED);
  if (<usize>(buffered + 1) << 3 == room) compress(at);
}

/** Records a value; NaN and the infinities are not recorded. */
export function tdigestRecord(at: usize, value: f64): void {
  if (!recordable(value)) return;
  value += 0.0;
  totalsAdd(at + TOTALS, value);
  buffer(at, value);
}

/** Records `count` doubles that stand at `values`. */
export function tdigestRecordMany(at: usize, values: usize, count: u32): void {
  for (const end = values + (<usize>count << 3); values < end; values += 8) tdigestRecord(at, load<f64>(values));
}

/** Adds everything recorded in `other`, a digest of the same compression, which stays as it is. Returns 0, or how they differ. */
export function tdigestMerge(at: usize, other: usize): i32 {
  const status = compare(at, other);
  if (status != LOADED) return status;
  compress(at);
  totalsMerge(at + TOTALS, other + TOTALS);
  const centroids = other + FIRST;
  const count = load<u32>(other, CENTROIDS);
  const total = load<f64>(at, WEIGHT) + load<f64>(other, WEIGHT);
  if (count > 0) mergeIn(at, centroids, centroids + (<usize>count << 4), 16, total);
  const values = centroids + roomBytes(other);
  for (let n: u32 = 0, buffered = load<u32>(other, BUFFERED); n < buffered; n++) buffer(at, load<f64>(values + (<usize>n << 3)));
  return LOADED;
}

/** How many centroids there are, after merging what is buffered. */
export function tdigestCentroids(at: usize): u32 {
  compress(at);
  return load<u32>(at, CENTROIDS);
}

/**
 * The value that a share `q` of all values does not exceed, the one of rank ceil(q * count): between the means of the two centroids
 * that the rank lies between, as far as the rank does. Exact while every centroid is one value; NaN where nothing is recorded.
 * Merges what is buffered first.
 */
export function tdigestQuantile(at: usize, q: f64): f64 {
  compress(at);
  const totals = at + TOTALS;
  const count = load<f64>(totals);
  if (count == 0) return NaN;
  const rank = rankOf(q, count);
  const largest = load<f64>(totals, 24);
  if (rank <= 1) return load<f64>(totals, 16);
  if (rank >= count) return largest;
  // The value of rank r stands at r - 0.5, a centroid in the middle of its ranks.
  const place = rank - 0.5;
  let lower = load<f64>(totals, 16);
  let lowerPlace: f64 = 0.5;
  let before: f64 = 0;
  let upper = largest;
  let upperPlace = count - 0.5;
  for (let centroid = at + FIRST, end = centroid + (<usize>load<u32>(at, CENTROIDS) << 4); centroid < end; centroid += 16) {
    const weight = load<f64>(centroid, 8);
    const middle = before + weight * 0.5;
    if (middle >= place) {
      upper = load<f64>(centroid);
      upperPlace = middle;
      break;
    }
    lower = load<f64>(centroid);
    lowerPlace = middle;
    before += weight;
  }
  const part = (place - lowerPlace) / (upperPlace - lowerPlace);
  return max(min(lower * (1 - part) + upper * part, upper), lower);
}
