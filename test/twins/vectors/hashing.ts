/** Vectors of hashing and placement. Numbers of 64 and 128 bits are hexadecimal digits. */

import { createHash } from "node:crypto";
import { seeded } from "../../../ts/kernel/index.js";
import * as hash from "../hashing.js";
import { AnchorTwin, LoadsTwin, maglevTable, rendezvous, walk } from "../placement.js";

const hex = (value: bigint, digits = 16): string => value.toString(16).padStart(digits, "0");

/** A source of 64-bit numbers, the same in each run. */
function draws(seed: number): () => bigint {
  const random = seeded(seed);
  return () => (BigInt(random.uint32()) << 32n) | BigInt(random.uint32());
}

export interface HashVectors {
  /** Byte i of a text of length n is (i · 131 + n · 7 + (i >> 3)) mod 256. */
  readonly rows: readonly {
    readonly length: number;
    readonly seed: string;
    readonly xxHash32: string;
    readonly xxHash64: string;
    readonly xxh3Hash64: string;
    readonly xxh3Hash128: string;
    readonly murmur3x32: string;
    readonly murmur3x128: string;
    readonly murmur2x64: string;
    readonly md5: string;
  }[];
  /** Key, buckets, bucket. */
  readonly jump: readonly (readonly [key: string, buckets: number, bucket: number])[];
}

/** The text of a row. */
export const textOf = (length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => (i * 131 + length * 7 + (i >> 3)) & 255);

const lengths = [0, 1, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 64, 128, 129, 160, 240, 241, 512, 1_024, 1_025, 2_100];

export function hashVectors(): HashVectors {
  const draw = draws(400);
  const rows = lengths.map((length, index) => {
    const [bytes, seed] = [textOf(length), index % 2 === 0 ? 0n : draw()];
    const short = BigInt.asUintN(32, seed);
    const [low, high] = hash.xxh3Hash128(bytes, seed);
    const [first, second] = hash.murmur3x128(bytes, short);
    return {
      length,
      seed: hex(seed),
      xxHash32: hex(hash.xxHash32(bytes, short), 8),
      xxHash64: hex(hash.xxHash64(bytes, seed)),
      xxh3Hash64: hex(hash.xxh3Hash64(bytes, seed)),
      xxh3Hash128: hex(high) + hex(low),
      murmur3x32: hex(hash.murmur3x32(bytes, short), 8),
      murmur3x128: hex(first) + hex(second),
      murmur2x64: hex(hash.murmur2x64(bytes, seed)),
      md5: createHash("md5").update(bytes).digest("hex"),
    };
  });
  const jump = [1, 2, 3, 10, 100, 1_000, 65_537, 2 ** 31 - 1].flatMap((buckets) =>
    Array.from({ length: 5 }, () => {
      const key = draw();
      return [hex(key), buckets, hash.jumpHash(key, buckets)] as const;
    }),
  );
  return { rows, jump };
}

export interface PlacementVectors {
  readonly keys: readonly string[];
  readonly nodes: readonly { readonly offsetHash: string; readonly skipHash: string; readonly weight: number }[];
  readonly maglev: { readonly size: number; readonly table: readonly number[] };
  /** By the offset hashes of the nodes. */
  readonly rendezvous: readonly number[];
  /** Points at both hashes of each node. */
  readonly ring: readonly number[];
  /** Keys put on that ring in their order, with the factor in 2^-16 and the same share for each node. */
  readonly bounded: { readonly factor: number; readonly nodes: readonly number[] };
  /** Buckets removed in this order, then where keys are. */
  readonly anchor: {
    readonly capacity: number;
    readonly working: number;
    readonly removed: readonly number[];
    readonly buckets: readonly number[];
  };
}

export function placementVectors(): PlacementVectors {
  const draw = draws(500);
  const keys = Array.from({ length: 40 }, draw);
  const nodes = [1, 2, 0.5, 1, 0, 3, 1, 1, 2.25].map((weight) => ({ offsetHash: draw(), skipHash: draw(), weight }));
  const offsets = nodes.map(({ offsetHash }) => offsetHash);
  const points = nodes.flatMap(({ offsetHash, skipHash }, node) => [
    [offsetHash, node] as const,
    [skipHash, node] as const,
  ]);
  const factor = 72_000;
  const loads = new LoadsTwin(
    nodes.map(() => 1),
    factor,
  );
  const [capacity, working, removed] = [12, 9, [4, 0, 7, 8]];
  const anchor = new AnchorTwin(capacity, working);
  for (const bucket of removed) anchor.remove(bucket);
  return {
    keys: keys.map((key) => hex(key)),
    nodes: nodes.map((node) => ({ ...node, offsetHash: hex(node.offsetHash), skipHash: hex(node.skipHash) })),
    maglev: { size: 61, table: maglevTable(nodes, 61) },
    rendezvous: keys.map((key) => rendezvous(offsets, key)),
    ring: keys.map((key) => walk(points, key)[0]![1]),
    bounded: { factor, nodes: keys.map((key) => loads.take(walk(points, key).map(([, node]) => node))) },
    anchor: { capacity, working, removed, buckets: keys.map((key) => anchor.find(key)) },
  };
}
