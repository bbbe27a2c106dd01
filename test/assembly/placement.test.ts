/** Placements against their twins, in every build that has them; and that all builds agree to the last byte. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  AnchorTwin,
  LoadsTwin,
  type MaglevTwinNode,
  maglevTable,
  rendezvous,
  type TwinPoint,
  walk,
  weightedScores,
} from "../twins/placement.js";
import { type Build, buildsWith, openBuild } from "./builds.js";

const low = (value: bigint): number => Number(BigInt.asUintN(32, value));
const high = (value: bigint): number => Number(value >> 32n);

const hashes = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
/** Few values, so that positions, hashes and keys meet. */
const crowded = fc.oneof(hashes, fc.bigInt({ min: 0n, max: 6n }), fc.constantFrom(2n ** 64n - 1n, 2n ** 32n));
const weights = fc.oneof(fc.integer({ min: 0, max: 5 }), fc.double({ min: 0, max: 10, noNaN: true }));

const roomy = buildsWith("anchorFind");
const most = buildsWith("maglevFind");
const ringed = buildsWith("ringFind");

/** Reads a 4-byte result for each key from a batch function. */
function many(build: Build, keys: readonly bigint[], call: (at: number, count: number, out: number) => void): number[] {
  const [at, out] = [build.alloc(8 * keys.length + 8), build.alloc(4 * keys.length + 4)];
  new BigUint64Array(build.memory.buffer, at, keys.length).set(keys);
  call(at, keys.length, out);
  return [...new Uint32Array(build.memory.buffer, out, keys.length)];
}

function maglev(build: Build, size: number, nodes: readonly MaglevTwinNode[]): { at: number; status: number } {
  const [at, list] = [build.alloc(build.x.maglevSize(size)), build.alloc(32 * nodes.length)];
  const view = new DataView(build.memory.buffer, list, 32 * nodes.length);
  for (const [index, node] of nodes.entries()) {
    view.setBigUint64(32 * index, node.offsetHash, true);
    view.setBigUint64(32 * index + 8, node.skipHash, true);
    view.setFloat64(32 * index + 16, node.weight, true);
  }
  return { at, status: build.x.maglevInit(at, size, list, nodes.length) };
}

function ring(build: Build, points: readonly TwinPoint[]): number {
  const [at, list] = [build.alloc(build.x.ringSize(points.length)), build.alloc(16 * points.length)];
  const view = new BigUint64Array(build.memory.buffer, list, 2 * points.length);
  view.set(points.flatMap(([position, node]) => [position, BigInt(node)]));
  expect(build.x.ringInit(at, list, points.length)).toBe(0);
  return at;
}

function loads(build: Build, shares: readonly number[], factor: number): number {
  const [at, list] = [build.alloc(build.x.loadsSize(shares.length)), build.alloc(4 * shares.length)];
  new Uint32Array(build.memory.buffer, list, shares.length).set(shares);
  expect(build.x.loadsInit(at, shares.length, factor, list)).toBe(0);
  return at;
}

const maglevNodes = fc.array(fc.record({ offsetHash: hashes, skipHash: hashes, weight: weights }), {
  minLength: 1,
  maxLength: 9,
});
const points = fc.array(fc.tuple(crowded, fc.nat(5)), { minLength: 1, maxLength: 40 });

describe.each(most)("%s", (name) => {
  test("a Maglev table is that of the paper with Envoy's weights", () => {
    fc.assert(
      fc.property(
        maglevNodes,
        fc.constantFrom(2, 3, 5, 7, 31, 127),
        fc.array(hashes, { maxLength: 5 }),
        (nodes, size, keys) => {
          const build = openBuild(name, 2);
          const { at, status } = maglev(build, size, nodes);
          expect(status).toBe(nodes.some(({ weight }) => weight > 0) ? 0 : 1);
          if (status !== 0) return;
          const table = maglevTable(nodes, size);
          expect([...new Uint16Array(build.memory.buffer, at + 16, size)]).toEqual(table);
          const expected = keys.map((key) => table[Number(key % BigInt(size))]);
          expect(keys.map((key) => build.x.maglevFind(at, low(key), high(key)))).toEqual(expected);
          expect(many(build, keys, (from, count, out) => build.x.maglevFindMany(at, from, count, out))).toEqual(
            expected,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test("a Maglev table wants a prime size, and finite weights from 0 on", () => {
    const build = openBuild(name, 4);
    for (const size of [0, 1, 4, 9, 65_536, 8_388_593 + 2, 2 ** 32 - 5]) expect(build.x.maglevSize(size)).toBe(0);
    for (const size of [2, 3, 65_537]) expect(build.x.maglevSize(size)).toBeGreaterThanOrEqual(16 + 2 * size);
    for (const weight of [Number.NaN, -1, Number.POSITIVE_INFINITY, 0]) {
      expect(maglev(build, 7, [{ offsetHash: 1n, skipHash: 2n, weight }]).status).toBe(1);
    }
    expect(build.x.maglevInit(build.alloc(64), 7, build.alloc(64), 0)).toBe(1);
  });

  test("rendezvous takes the highest score, and the first of equal ones", () => {
    fc.assert(
      fc.property(
        fc.array(crowded, { minLength: 1, maxLength: 30 }),
        fc.array(crowded, { maxLength: 6 }),
        (nodes, keys) => {
          const build = openBuild(name, 1);
          const [at, list] = [build.alloc(build.x.rendezvousSize(nodes.length)), build.alloc(8 * nodes.length)];
          new BigUint64Array(build.memory.buffer, list, nodes.length).set(nodes);
          expect(build.x.rendezvousInit(at, list, nodes.length)).toBe(0);
          const expected = keys.map((key) => rendezvous(nodes, key));
          expect(keys.map((key) => build.x.rendezvousFind(at, low(key), high(key)))).toEqual(expected);
          expect(many(build, keys, (from, count, out) => build.x.rendezvousFindMany(at, from, count, out))).toEqual(
            expected,
          );
        },
      ),
      { numRuns: 100 },
    );
  });

  test.skipIf(!ringed.includes(name))("a ring gives a key to the next point, and the first behind the last", () => {
    fc.assert(
      fc.property(points, fc.array(crowded, { maxLength: 8 }), (all, keys) => {
        const build = openBuild(name, 1);
        const at = ring(build, all);
        const expected = keys.map((key) => walk(all, key)[0]![1]);
        expect(keys.map((key) => build.x.ringFind(at, low(key), high(key)))).toEqual(expected);
        expect(many(build, keys, (from, count, out) => build.x.ringFindMany(at, from, count, out))).toEqual(expected);
      }),
      { numRuns: 100 },
    );
  });

  test("sizes out of range are 0", () => {
    const { x } = openBuild(name, 1);
    for (const count of [0, 65_001, 2 ** 32 - 1]) expect(x.rendezvousSize(count)).toBe(0);
    expect(x.rendezvousInit(16, 16, 0)).toBe(1);
    if (!ringed.includes(name)) return;
    for (const count of [0, 2 ** 24 + 1, 2 ** 32 - 1]) expect(x.ringSize(count)).toBe(0);
    expect(x.ringInit(16, 16, 0)).toBe(1);
  });
});

/** A step of bounded loads: a key comes, or one leaves the node of that number. */
const comings = fc.array(
  fc.oneof({ weight: 3, arbitrary: fc.record({ key: crowded }) }, fc.record({ leaves: fc.nat(5) })),
  {
    maxLength: 60,
  },
);

describe.each(roomy)("%s", (name) => {
  test("weighted rendezvous takes the least −ln(h) / w", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(hashes, weights), { minLength: 1, maxLength: 12 }),
        fc.array(hashes, { maxLength: 6 }),
        (nodes, keys) => {
          const build = openBuild(name, 1);
          const [at, list] = [build.alloc(build.x.weightedSize(nodes.length)), build.alloc(16 * nodes.length)];
          const view = new DataView(build.memory.buffer, list, 16 * nodes.length);
          for (const [index, [hash, weight]] of nodes.entries()) {
            view.setBigUint64(16 * index, hash, true);
            view.setFloat64(16 * index + 8, weight, true);
          }
          const status = build.x.weightedInit(at, list, nodes.length);
          expect(status).toBe(nodes.some(([, weight]) => weight > 0) ? 0 : 1);
          if (status !== 0) return;
          const found = keys.map((key) => build.x.weightedFind(at, low(key), high(key)));
          for (const [index, key] of keys.entries()) {
            // The host's logarithm may differ from ours in the last bit.
            const scores = weightedScores(nodes, key);
            expect(scores[found[index]!]).toBeLessThanOrEqual(Math.min(...scores) * (1 + 2 ** -50));
          }
          expect(many(build, keys, (from, count, out) => build.x.weightedFindMany(at, from, count, out))).toEqual(
            found,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test("bounded loads put a key with the first node that has room, on a ring", () => {
    fc.assert(
      fc.property(
        points,
        fc.array(fc.integer({ min: 0, max: 65_535 }), { minLength: 6, maxLength: 6 }),
        fc.integer({ min: 65_536, max: 3 * 65_536 }),
        comings,
        (all, shares, factor, steps) => {
          fc.pre(shares.some((share) => share > 0));
          const build = openBuild(name, 1);
          const [at, on] = [loads(build, shares, factor), ring(build, all)];
          const twin = new LoadsTwin(shares, factor);
          for (const step of steps) {
            if ("key" in step) {
              const order = walk(all, step.key).map(([, node]) => node);
              expect(build.x.loadsTakeOnRing(at, on, low(step.key), high(step.key))).toBe(twin.take(order));
            } else {
              expect(build.x.loadsRelease(at, step.leaves)).toBe(twin.loads[step.leaves]! > 0 ? 1 : 0);
              if (twin.loads[step.leaves]! > 0) twin.loads[step.leaves]!--;
            }
            expect(twin.loads.map((_, node) => build.x.loadsRead(at, node))).toEqual(twin.loads);
            expect(build.x.loadsRead(at, -1)).toBe(twin.total);
          }
          const [copy, to] = [loads(build, shares, factor), build.alloc(build.x.snapshotSize(at))];
          build.x.loadsSave(at, to);
          expect(build.x.loadsLoad(copy, to)).toBe(0);
          expect(build.bytes(copy, build.x.loadsSize(6)).slice()).toEqual(
            build.bytes(at, build.x.loadsSize(6)).slice(),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  test("bounded loads go along a Maglev table", () => {
    const build = openBuild(name, 2);
    const nodes = [3n, 1n, 4n].map((hash) => ({ offsetHash: hash, skipHash: hash, weight: 1 }));
    const { at: table } = maglev(build, 13, nodes);
    const entries = maglevTable(nodes, 13);
    const at = loads(build, [1, 1, 1], 65_536);
    const twin = new LoadsTwin([1, 1, 1], 65_536);
    for (let key = 0; key < 200; key++) {
      const first = (key * 5) % 13;
      const order = entries.map((_, step) => entries[(first + step) % 13]!);
      expect(build.x.loadsTakeOnMaglev(at, table, key * 5, 0)).toBe(twin.take(order));
    }
    expect(Math.max(...twin.loads) - Math.min(...twin.loads)).toBeLessThanOrEqual(1);
  });

  test("loads out of range are refused, and counting stops at 2^28 - 1 keys", () => {
    const build = openBuild(name, 1);
    const [at, list] = [build.alloc(256), build.alloc(64)];
    const shares = new Uint32Array(build.memory.buffer, list, 4).fill(1);
    expect(build.x.loadsSize(0)).toBe(0);
    expect(build.x.loadsSize(65_001)).toBe(0);
    for (const factor of [0, 65_535, 16 * 65_536 + 1]) expect(build.x.loadsInit(at, 4, factor, list)).toBe(1);
    shares[2] = 65_536;
    expect(build.x.loadsInit(at, 4, 65_536, list)).toBe(1);
    shares.fill(0);
    expect(build.x.loadsInit(at, 4, 65_536, list)).toBe(1);
    shares.fill(65_535);
    expect(build.x.loadsInit(at, 4, 16 * 65_536, list)).toBe(0);
    expect(build.x.loadsRelease(at, 4)).toBe(0);
    // The total stands behind 4 weights.
    const total = new Uint32Array(build.memory.buffer, at + 24 + 16, 1);
    const on = ring(build, [[5n, 0]]);
    total[0] = 2 ** 28 - 2;
    expect(build.x.loadsTakeOnRing(at, on, 1, 0)).toBe(0);
    expect(build.x.loadsTakeOnRing(at, on, 1, 0)).toBe(-1);
    expect(total[0]).toBe(2 ** 28 - 1);
  });

  test("AnchorHash is the paper's, through any removals and returns, and over a snapshot", () => {
    // Mostly removals: what matters is a key that draws bucket after bucket that is gone, its own again among them.
    const changes = fc.array(fc.oneof(fc.constant(-1), { weight: 5, arbitrary: fc.nat(20) }), { maxLength: 40 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.nat(19),
        changes,
        fc.array(hashes, { minLength: 15, maxLength: 30 }),
        (a, w, steps, keys) => {
          const build = openBuild(name, 1);
          const at = build.alloc(build.x.anchorSize(a));
          const working = (w % a) + 1;
          expect(build.x.anchorInit(at, a, working)).toBe(0);
          const twin = new AnchorTwin(a, working);
          for (const step of [...steps, -1]) {
            if (step === -1) expect(build.x.anchorAdd(at)).toBe(twin.add());
            else expect(build.x.anchorRemove(at, step)).toBe(twin.remove(step) ? 0 : 1);
            expect(build.x.anchorCount(at)).toBe(twin.working.length);
          }
          for (let bucket = 0; bucket < 22; bucket++) {
            expect(build.x.anchorHas(at, bucket)).toBe(twin.working.includes(bucket) ? 1 : 0);
          }
          const expected = keys.map((key) => twin.find(key));
          const [copy, to] = [build.alloc(build.x.anchorSize(a)), build.alloc(build.x.snapshotSize(at))];
          build.x.anchorInit(copy, a, 1);
          build.x.anchorSave(at, to);
          expect(build.x.anchorLoad(copy, to)).toBe(0);
          expect(keys.map((key) => build.x.anchorFind(copy, low(key), high(key)))).toEqual(expected);
          expect(many(build, keys, (from, count, out) => build.x.anchorFindMany(at, from, count, out))).toEqual(
            expected,
          );
        },
      ),
      { numRuns: 60 },
    );
  });

  test("AnchorHash replaces a bucket that a key draws again although it is gone", () => {
    const build = openBuild(name, 1);
    const at = build.alloc(build.x.anchorSize(20));
    build.x.anchorInit(at, 20, 20);
    const twin = new AnchorTwin(20, 20);
    for (const bucket of [3, 5, 7, 0, 1, 2, 19, 4, 6, 12]) {
      expect([build.x.anchorRemove(at, bucket), twin.remove(bucket)]).toEqual([0, true]);
    }
    const keys = Array.from({ length: 600 }, (_, key) => key);
    expect(keys.map((key) => build.x.anchorFind(at, key, 0))).toEqual(keys.map((key) => twin.find(BigInt(key))));
  });

  test("anchors out of range are refused", () => {
    const { x } = openBuild(name, 1);
    expect(x.anchorSize(0)).toBe(0);
    expect(x.anchorSize(16_385)).toBe(0);
    expect(x.anchorInit(64, 4, 0)).toBe(1);
    expect(x.anchorInit(64, 4, 5)).toBe(1);
  });
});

test("all builds place alike and make the same bytes", () => {
  const keys = Array.from({ length: 500 }, (_, i) => BigInt.asUintN(64, (BigInt(i) + 1n) * 0x9e3779b97f4a7c15n));
  const nodes = keys
    .slice(0, 45)
    .map((hash, i) => ({ offsetHash: hash, skipHash: keys[i + 45]!, weight: 1 + (i % 3) / 3 }));
  const answers = most.map((name) => {
    const build = openBuild(name, 8);
    const { at: table } = maglev(build, 1_009, nodes);
    const [set, list] = [build.alloc(build.x.rendezvousSize(45)), build.alloc(8 * 45)];
    new BigUint64Array(build.memory.buffer, list, 45).set(keys.slice(0, 45));
    build.x.rendezvousInit(set, list, 45);
    const parts = [
      [...build.bytes(table, build.x.maglevSize(1_009))],
      [...build.bytes(set, build.x.rendezvousSize(45))],
      many(build, keys, (from, count, out) => build.x.rendezvousFindMany(set, from, count, out)),
    ];
    return JSON.stringify(parts);
  });
  expect(new Set(answers).size).toBe(1);
  const points = keys.map((position, i) => [position, i % 45] as const);
  const rings = ringed.map((name) => {
    const build = openBuild(name, 8);
    return Buffer.from(build.bytes(ring(build, points), build.x.ringSize(keys.length))).toString("hex");
  });
  expect(new Set(rings).size).toBe(1);
  const weighed = roomy.map((name) => {
    const build = openBuild(name, 2);
    const [at, list] = [build.alloc(build.x.weightedSize(45)), build.alloc(16 * 45)];
    const view = new DataView(build.memory.buffer, list, 16 * 45);
    for (const [index, { offsetHash, weight }] of nodes.entries()) {
      view.setBigUint64(16 * index, offsetHash, true);
      view.setFloat64(16 * index + 8, weight, true);
    }
    build.x.weightedInit(at, list, 45);
    return many(build, keys, (from, count, out) => build.x.weightedFindMany(at, from, count, out)).join();
  });
  expect(new Set(weighed).size).toBe(1);
});
