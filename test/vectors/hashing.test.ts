/** The committed vectors of hashing and placement, on every build that has the function. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildNames, openBuild } from "../assembly/builds.js";
import { type HashVectors, type PlacementVectors, textOf } from "../twins/vectors/hashing.js";

const read = <T>(name: string): T => JSON.parse(readFileSync(new URL(name, import.meta.url), "utf8")) as T;

const number = (hex: string): bigint => BigInt(`0x${hex}`);
const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
const high = (value: bigint): number => Number(value >> 32n);
const short = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");

describe.each(buildNames)("%s", (name) => {
  const { x } = openBuild(name, 1);

  test("hashing.json", () => {
    const { rows, jump } = read<HashVectors>("hashing.json");
    for (const row of rows) {
      const build = openBuild(name, 1);
      const [from, out, state] = [build.alloc(row.length + 8), build.alloc(160), build.alloc(512)];
      build.bytes(from, row.length).set(textOf(row.length));
      const seed = number(row.seed);
      const result = (bytes: number): string => Buffer.from(build.bytes(out, bytes).slice().reverse()).toString("hex");
      const got: Partial<Record<keyof typeof row, string>> = {
        xxHash32: short(build.x.xxHash32(from, row.length, low(seed))),
        murmur3x32: short(build.x.murmur3x32(from, row.length, low(seed))),
      };
      if (x.xxHash64 !== undefined) {
        build.x.xxHash64(from, row.length, low(seed), high(seed), out);
        got.xxHash64 = result(8);
      }
      if (x.xxh3Hash64 !== undefined) {
        build.x.xxh3Init(state, low(seed), high(seed));
        build.x.xxh3Hash64(state, from, row.length, out);
        got.xxh3Hash64 = result(8);
        build.x.xxh3Hash128(state, from, row.length, out);
        got.xxh3Hash128 = result(16);
        build.x.murmur3x128(from, row.length, low(seed), out);
        // The first word is the upper half of what is written down.
        got.murmur3x128 = result(16).slice(16) + result(16).slice(0, 16);
        build.x.murmur2x64(from, row.length, low(seed), high(seed), out);
        got.murmur2x64 = result(8);
        build.x.md5(from, row.length, out);
        got.md5 = Buffer.from(build.bytes(out, 16)).toString("hex");
      }
      expect(row).toMatchObject(got);
    }
    for (const [key, buckets, bucket] of jump) {
      expect([key, buckets, x.jumpHash(low(number(key)), high(number(key)), buckets)]).toEqual([key, buckets, bucket]);
    }
  });

  test.skipIf(x.maglevFind === undefined)("placement.json", () => {
    const vectors = read<PlacementVectors>("placement.json");
    const { alloc, memory, x } = openBuild(name, 1);
    const keys = vectors.keys.map(number);
    const { nodes } = vectors;
    const count = nodes.length;
    const all = (find: (low: number, high: number) => number): number[] => keys.map((key) => find(low(key), high(key)));

    const { size, table } = vectors.maglev;
    const [maglev, list] = [alloc(x.maglevSize(size)), alloc(32 * count)];
    const view = new DataView(memory.buffer, list, 32 * count);
    for (const [index, node] of nodes.entries()) {
      view.setBigUint64(32 * index, number(node.offsetHash), true);
      view.setBigUint64(32 * index + 8, number(node.skipHash), true);
      view.setFloat64(32 * index + 16, node.weight, true);
    }
    expect(x.maglevInit(maglev, size, list, count)).toBe(0);
    expect(table.map((_, entry) => x.maglevFind(maglev, entry, 0))).toEqual(table);

    const [set, hashes] = [alloc(x.rendezvousSize(count)), alloc(8 * count)];
    new BigUint64Array(memory.buffer, hashes, count).set(nodes.map((node) => number(node.offsetHash)));
    x.rendezvousInit(set, hashes, count);
    expect(all((...key) => x.rendezvousFind(set, ...key))).toEqual(vectors.rendezvous);

    if (x.ringFind === undefined) return;
    const [ring, points] = [alloc(x.ringSize(2 * count)), alloc(32 * count)];
    const words = nodes.flatMap((node, index) => [
      ...[number(node.offsetHash), BigInt(index)],
      ...[number(node.skipHash), BigInt(index)],
    ]);
    new BigUint64Array(memory.buffer, points, 4 * count).set(words);
    x.ringInit(ring, points, 2 * count);
    expect(all((...key) => x.ringFind(ring, ...key))).toEqual(vectors.ring);

    if (x.anchorFind === undefined) return;
    const [loads, shares] = [alloc(x.loadsSize(count)), alloc(4 * count)];
    new Uint32Array(memory.buffer, shares, count).fill(1);
    x.loadsInit(loads, count, vectors.bounded.factor, shares);
    expect(all((...key) => x.loadsTakeOnRing(loads, ring, ...key))).toEqual(vectors.bounded.nodes);

    const { capacity, working, removed, buckets } = vectors.anchor;
    const anchor = alloc(x.anchorSize(capacity));
    x.anchorInit(anchor, capacity, working);
    for (const bucket of removed) expect(x.anchorRemove(anchor, bucket)).toBe(0);
    expect(all((...key) => x.anchorFind(anchor, ...key))).toEqual(buckets);
  });
});
