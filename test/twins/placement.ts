/** Placements written from their definitions, with lists and BigInt in place of tables and machine words. */

import { mix64 } from "./hashing.js";

const u64 = (value: bigint): bigint => BigInt.asUintN(64, value);

/** A node as `maglevInit` takes it. */
export interface MaglevTwinNode {
  readonly offsetHash: bigint;
  readonly skipHash: bigint;
  readonly weight: number;
}

/** The table of NSDI'16 §3.4, pseudocode 1, from whole permutations; a node sits a turn out until its weight has paid for its last one. */
export function maglevTable(nodes: readonly MaglevTwinNode[], size: number): number[] {
  const permutations = nodes.map(({ offsetHash, skipHash }) => {
    const offset = Number(offsetHash % BigInt(size));
    const skip = Number(skipHash % BigInt(size - 1)) + 1;
    return Array.from({ length: size }, (_, turn) => (offset + turn * skip) % size);
  });
  const heaviest = Math.max(...nodes.map(({ weight }) => weight));
  const choices = nodes.map(() => 0);
  const table = new Map<number, number>();
  for (let turn = 1; table.size < size; turn++) {
    for (const [node, { weight }] of nodes.entries()) {
      if (weight === 0 || turn * weight < choices[node]! * heaviest || table.size === size) continue;
      choices[node]!++;
      table.set(permutations[node]!.find((entry) => !table.has(entry))!, node);
    }
  }
  return Array.from({ length: size }, (_, entry) => table.get(entry)!);
}

/** The index of the node with the highest score, the first of equals. */
export function rendezvous(nodes: readonly bigint[], key: bigint): number {
  const scores = nodes.map((node) => {
    const [low, high] = [Number((node ^ key) & 0xffffffffn), Number((node ^ key) >> 32n)];
    const mixed = (Math.imul(low ^ (low >>> 16), 0x85ebca6b) + high) | 0;
    return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  });
  return scores.indexOf(Math.max(...scores));
}

/** −ln(h) / w of each node, by the host's own logarithm: the least wins. */
export const weightedScores = (nodes: readonly (readonly [hash: bigint, weight: number])[], key: bigint): number[] =>
  nodes.map(([hash, weight]) => -Math.log((Number(mix64(hash ^ key) >> 12n) + 0.5) / 2 ** 52) / weight);

/** A point: where it stands, and its node. */
export type TwinPoint = readonly [position: bigint, node: number];

/** The points in the order in which a key meets them. */
export function walk(points: readonly TwinPoint[], key: bigint): TwinPoint[] {
  const sorted = [...points].sort((a, b) => (a[0] === b[0] ? a[1] - b[1] : a[0] < b[0] ? -1 : 1));
  const first = sorted.findIndex(([position]) => position >= key);
  return first <= 0 ? sorted : [...sorted.slice(first), ...sorted.slice(0, first)];
}

/** Loads under the bound of Mirrokni et al.: ⌈c · m · w / W⌉ with c in 2^-16. */
export class LoadsTwin {
  readonly loads: number[];
  readonly #weights: readonly number[];
  readonly #factor: number;

  constructor(weights: readonly number[], factor: number) {
    this.#weights = weights;
    this.#factor = factor;
    this.loads = weights.map(() => 0);
  }

  get total(): number {
    return this.loads.reduce((sum, load) => sum + load, 0);
  }

  most(node: number, keys: number): number {
    const share = BigInt(this.#factor) * BigInt(keys) * BigInt(this.#weights[node]!);
    const whole = BigInt(this.#weights.reduce((sum, weight) => sum + weight, 0)) << 16n;
    return Number((share + whole - 1n) / whole);
  }

  /** Puts a key with the first node that has room, in the order in which it meets them, then in the order of their numbers. */
  take(order: readonly number[]): number {
    const keys = this.total + 1;
    const node = [...order, ...this.loads.keys()].find((each) => this.loads[each]! < this.most(each, keys))!;
    this.loads[node]!++;
    return node;
  }
}

/**
 * AnchorHash by its definition (algorithm 1 of the paper): each removed bucket remembers the whole list of those that worked right after it
 * left, and a key that drew it draws again from that list.
 */
export class AnchorTwin {
  readonly #capacity: number;
  /** Buckets at work; who leaves is replaced by the last. */
  readonly #working: number[];
  readonly #removed: { readonly bucket: number; readonly place: number; readonly left: readonly number[] }[] = [];

  constructor(capacity: number, working: number) {
    this.#capacity = capacity;
    this.#working = Array.from({ length: capacity }, (_, bucket) => bucket);
    for (let bucket = capacity - 1; bucket >= working; bucket--) this.remove(bucket);
  }

  get working(): readonly number[] {
    return this.#working;
  }

  remove(bucket: number): boolean {
    const place = this.#working.indexOf(bucket);
    if (place < 0 || this.#working.length === 1) return false;
    const last = this.#working.pop()!;
    if (last !== bucket) this.#working[place] = last;
    this.#removed.push({ bucket, place, left: [...this.#working] });
    return true;
  }

  add(): number {
    const back = this.#removed.pop();
    if (back === undefined) return -1;
    const { bucket, place } = back;
    if (place < this.#working.length) this.#working.push(this.#working[place]!);
    this.#working[place] = bucket;
    return bucket;
  }

  find(key: bigint): number {
    let bucket = draw(key, this.#capacity, this.#capacity);
    for (;;) {
      const removed = this.#removed.find((each) => each.bucket === bucket);
      if (removed === undefined) return bucket;
      bucket = removed.left[draw(key, bucket, removed.left.length)]!;
    }
  }
}

function draw(key: bigint, stage: number, below: number): number {
  const mixed = mix64(u64(key + BigInt(stage + 1) * 0x9e3779b97f4a7c15n));
  return Number(((mixed >> 32n) * BigInt(below)) >> 32n);
}
