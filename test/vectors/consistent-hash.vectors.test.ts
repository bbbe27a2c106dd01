/** Placements against public vectors: `consistent-hash/` of the vectors' folder, every row. */

import { describe, expect, test } from "vitest";
import { HashRing, KetamaRing, Maglev, type RingPoint } from "../../ts/core/index.js";
import { type Build, buildNames, openBuild } from "../assembly/builds.js";
import { readVectors } from "./public-vectors.js";

const files = readVectors("consistent-hash/");

const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
const high = (value: bigint): number => Number(value >> 32n);

type JumpRow = readonly [key: string, buckets: number, bucket: number];

interface JumpFile {
  readonly by_key?: readonly { readonly key: string; readonly "buckets_1..n": readonly number[] }[];
  readonly guava_golden100?: { readonly values: readonly number[] };
  readonly guava_misc?: readonly JumpRow[];
  readonly extra_computed?: readonly JumpRow[];
}

function jump(build: Build, data: JumpFile): void {
  const rows: JumpRow[] = [
    ...(data.by_key ?? []).flatMap((row) => row["buckets_1..n"].map((bucket, i): JumpRow => [row.key, i + 1, bucket])),
    ...(data.guava_golden100?.values ?? []).map((bucket, key): JumpRow => [`${key}`, 100, bucket]),
    ...(data.guava_misc ?? []),
    ...(data.extra_computed ?? []),
  ];
  expect(rows.length).toBeGreaterThan(0);
  for (const [key, buckets, bucket] of rows) {
    const value = BigInt.asUintN(64, BigInt(key));
    expect([key, buckets, build.x.jumpHash(low(value), high(value), buckets)]).toEqual([key, buckets, bucket]);
  }
}

interface MaglevPaperFile {
  readonly cases: readonly {
    readonly M: number;
    readonly offsetSkip?: readonly (readonly [number, number])[];
    readonly permutations: readonly (readonly number[])[];
    readonly table: readonly number[];
    readonly after_removing_1: readonly number[];
  }[];
}

/** Fills a table from offsets and steps, as hashes that have these remainders. */
function tableOf(build: Build, size: number, steps: readonly (readonly [number, number])[], weights: readonly number[]) {
  const [at, nodes] = [build.alloc(build.x.maglevSize(size)), build.alloc(32 * steps.length)];
  const view = new DataView(build.memory.buffer, nodes, 32 * steps.length);
  for (const [index, [offset, skip]] of steps.entries()) {
    view.setBigUint64(32 * index, BigInt(offset), true);
    view.setBigUint64(32 * index + 8, BigInt(skip - 1), true);
    view.setFloat64(32 * index + 16, weights[index]!, true);
  }
  expect(build.x.maglevInit(at, size, nodes, steps.length)).toBe(0);
  return Array.from({ length: size }, (_, entry) => build.x.maglevFind(at, entry, 0));
}

function maglevPaper(build: Build, { cases }: MaglevPaperFile): void {
  for (const { M, offsetSkip, permutations, table, after_removing_1: after } of cases) {
    const steps = permutations.map((p): [number, number] => [p[0]!, (p[1]! - p[0]! + M) % M]);
    for (const [index, [offset, skip]] of steps.entries()) {
      if (offsetSkip !== undefined) expect([offset, skip]).toEqual(offsetSkip[index]);
      expect(permutations[index]!.map((_, turn) => (offset + turn * skip) % M)).toEqual(permutations[index]);
    }
    const alone = steps.map(() => 1);
    expect(tableOf(build, M, steps, alone)).toEqual(table);
    expect(tableOf(build, M, steps, alone.with(1, 0))).toEqual(after);
  }
}

interface EnvoyFile {
  readonly maglev: readonly {
    readonly hosts: readonly string[];
    readonly weights?: readonly number[];
    readonly M: number;
    readonly table: readonly number[];
  }[];
  readonly ring: readonly {
    readonly vnodeKey: string;
    readonly perHost: number;
    readonly points: readonly (readonly [string, string])[];
    readonly lookups?: readonly (readonly [string, string])[];
  }[];
}

function envoy(data: EnvoyFile): void {
  for (const { hosts, weights, M, table } of data.maglev) {
    const nodes = hosts.map((name, index) => ({ name, weight: weights?.[index] }));
    expect([...new Maglev({ nodes, tableSize: M }).table()]).toEqual(table);
  }
  for (const { vnodeKey, perHost, points, lookups = [] } of data.ring) {
    const pointHash = vnodeKey === "<host>_<i> xxh64 seed0" ? "xxh64" : "murmur2";
    if (pointHash === "murmur2") expect(vnodeKey).toBe("<host>_<i> murmur2_64A seed 0xc70f6907");
    const nodes = [...new Set(points.map(([host]) => host))];
    const ring = new HashRing({ nodes, pointsPerNode: perHost, pointHash });
    expect(ring.points().map(({ position, node }) => [nodes[node], `${position}`])).toEqual(points);
    for (const [hash, host] of lookups) {
      const value = BigInt(hash);
      expect([hash, ring.nodes[ring.indexOfHash(low(value), high(value))]]).toEqual([hash, host]);
    }
  }
}

interface AssignmentFile {
  readonly hash: string;
  readonly servers: Readonly<Record<string, number>>;
  readonly names: readonly string[];
  readonly assignment: string;
}

function hashring({ hash, servers, names, assignment }: AssignmentFile): void {
  expect(hash).toBe("md5");
  const nodes = Object.entries(servers).map(([name, weight]) => ({ name, weight }));
  const ring = new KetamaRing({ nodes, like: "hashring" });
  const letters = ring.nodes.map((name) => names.indexOf(name).toString(36));
  let got = "";
  for (let key = 0; key < assignment.length; key++) got += letters[ring.indexOf(`${key}`)]!;
  expect(got === assignment).toBe(true);
}

interface LibmemcachedFile {
  readonly servers: readonly (readonly [host: string, port: number, weight: number])[];
  readonly fixtures: readonly string[];
  readonly sets: readonly (readonly (readonly [key: string, hash: number, point: number, server: string])[])[];
}

/** The first point at or behind a position. */
const pointAt = (points: readonly RingPoint[], position: number): RingPoint =>
  points.find((point) => point.position >= position) ?? points[0]!;

function libmemcached({ servers, fixtures, sets }: LibmemcachedFile): void {
  for (const [index, rows] of sets.entries()) {
    const spy = fixtures[index]!.endsWith("_spy");
    const nodes = servers.map(([host, port, weight]) => ({ name: `${host}:${port}`, weight }));
    const ring = new KetamaRing({ nodes, like: spy ? "spymemcached" : "libmemcached" });
    const points = ring.points();
    for (const [key, hash, point, server] of rows) {
      expect([key, ring.hashOf(key).low, ring.find(key).replace(/:\d+$/, "")]).toEqual([key, hash, server]);
      // The points told with spymemcached's rows are those of the other set; libmemcached's test does not look at them.
      if (!spy) expect([key, pointAt(points, hash).position]).toEqual([key, BigInt(point)]);
    }
    // A key behind the last point belongs to the first one.
    if (ring.hashOf("VDEAAAAA").low > Number(points.at(-1)!.position)) {
      expect(ring.indexOf("VDEAAAAA")).toBe(points[0]!.node);
    }
  }
}

/** Files are told apart by their fields, so that another of a kind needs no entry here. */
function run(path: string, data: object): void {
  if ("maglev" in data || "ring" in data) envoy({ maglev: [], ring: [], ...data } as EnvoyFile);
  else if ("assignment" in data) hashring(data as AssignmentFile);
  else if ("sets" in data) libmemcached(data as LibmemcachedFile);
  else if ("cases" in data) for (const build of builds("maglevFind")) maglevPaper(build, data as MaglevPaperFile);
  else if (["by_key", "guava_golden100", "guava_misc", "extra_computed"].some((field) => field in data)) {
    for (const build of builds("jumpHash")) jump(build, data as JumpFile);
  } else throw new Error(`${path} has no fields that this test knows: ${Object.keys(data).join(", ")}`);
}

/** The builds that have a function. */
const builds = (name: keyof Build["x"]): Build[] =>
  buildNames.map((each) => openBuild(each, 4)).filter(({ x }) => x[name] !== undefined);

describe.skipIf(files.length === 0)("public vectors", () => {
  test.each(files)("$path", ({ path, data }) => {
    run(path, data as object);
  });
});
