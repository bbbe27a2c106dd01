/** What the debug build reads out of states and snapshots: of every kind of structure, in every memory, all of it. */

import { readFileSync } from "node:fs";
import * as loader from "@assemblyscript/loader";
import { beforeEach, expect, describe as group, test } from "vitest";
import { kindsOfFunctions, layoutsOf } from "../../scripts/lib/layouts.mjs";
import {
  createFullRuntime,
  type FullRuntime,
  KeyHasher,
  LatencyHistogram,
  LeakyBucketQueue,
  Maglev,
  TokenBucket,
} from "../../ts/core/index.js";
import { selfTest } from "../../ts/core/self-test/index.js";
import { type Dump, type DumpedFields, debugCore, describe, inspector } from "../../ts/debug/index.js";
import { sharedRuntime } from "../../ts/shared/index.js";
import { matrix } from "../matrix.js";
import { subjects } from "./subjects.js";

const { dump, dumpSnapshot } = inspector(loader);
const layouts = layoutsOf();
const kinds = Object.keys(layouts).filter((kind) => kind !== "REG");

const runtimeOf = (profile: string): FullRuntime =>
  createFullRuntime({ module: new WebAssembly.Module(readFileSync(`dist/wasm/${profile}.wasm`)) });

/** The values by their names; of a list, its values. */
const plain = (fields: DumpedFields): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(fields).map(([name, field]) => [
      name,
      "values" in field ? field.values : (field.meaning ?? field.value),
    ]),
  );

/** Names of the fields that are shown. */
const shown = (fields: Readonly<Record<string, string>> = {}): string[] =>
  Object.entries(fields)
    .filter(([name, text]) => !name.startsWith("unused") && !text.includes("?"))
    .map(([name]) => name);

let runtime: FullRuntime;
beforeEach(() => {
  runtime = createFullRuntime({ memoryBytes: 1 << 20 });
});

group.each(kinds)("%s", (kind) => {
  const layout = layouts[kind]!;

  test("is dumped whole, with every field that its layout has", () => {
    const { structure } = subjects[kind]!(runtime);
    const dumped = dump(structure);
    expect(dumped).toMatchObject({ kind, name: layout.name, version: layout.version, snapshot: false });
    expect(dumped.then?.kind).toBe(layout.then);
    expect(Object.keys(dumped.configuration)).toEqual(shown(layout.configuration));
    expect(Object.keys(dumped.state)).toEqual(
      expect.arrayContaining([...shown(layout.state), ...shown(layout.memory)]),
    );
    expect(JSON.stringify(dumped)).not.toContain("cut off");
    expect(JSON.parse(JSON.stringify(dumped))).toEqual(dumped);
    const text = describe(dumped);
    for (const name of shown(layout.state)) expect(text).toContain(`    ${name} `);
  });

  test("reads alike in memory that threads share", () => {
    const shared = sharedRuntime({ memoryBytes: 1 << 20 });
    const [here, there] = [subjects[kind]!(runtime), subjects[kind]!(shared as FullRuntime)];
    expect(dump(there.structure)).toEqual(dump(here.structure));
    shared.leave();
  });

  test("has fields that follow one another without a gap", () => {
    const bytes: Record<string, number> = { secret: 1, u8: 1, u16: 2 };
    const sections = [layout.configuration, layout.state, layout.memory ?? {}];
    let end = kind === "REG" ? 12 : 8;
    let start = 8;
    for (const [name, text] of sections.flatMap((fields) => Object.entries(fields))) {
      const [, place, type, count = "1"] = /^(\S+) (\{.*?\}|\S+?)(?:\[\S+\])?(?: x (\S+))?(?: by \S+)?(?:;|$)/.exec(
        text,
      )!;
      // Bits of one word, and lists of which a structure has one, begin at the same place.
      if (place !== "+" && Number(place) !== start) expect(Number(place), `${kind}.${name}`).toBe(end);
      if (place !== "+") start = Number(place);
      end = Number.isNaN(Number(count))
        ? Number.NaN
        : start + Number(count) * (bytes[type!] ?? (type!.endsWith("32") ? 4 : 8));
      if (Number.isNaN(end)) end = start;
    }
  });
});

test("every structure has a subject, and every function a structure", () => {
  expect(Object.keys(subjects).sort()).toEqual([...kinds].sort());
  const taken = new Set(Object.values(kindsOfFunctions()).flat());
  expect([...taken].sort()).toEqual(Object.keys(layouts).sort());
});

/** Kinds of one row of the matrix: those that its deciding function takes. */
const kindsOfRow = ({ scalar }: (typeof matrix)[number]): readonly string[] => kindsOfFunctions()[scalar] ?? [];

group.each(matrix.filter(({ snapshot }) => typeof snapshot === "string"))("$primitive", (row) => {
  test("has a snapshot that can be read", () => {
    const found = kindsOfRow(row);
    expect(found.length).toBeGreaterThan(0);
    for (const kind of found.map((each) => (each === "BRS" ? "BRK" : each))) {
      const { structure, snapshot } = subjects[kind]!(runtime);
      const [saved, live] = [dumpSnapshot(snapshot!), dump(structure)];
      expect(saved).toMatchObject({ kind, snapshot: true, damaged: false, configuration: live.configuration });
      expect(saved.then?.kind).toBe(layouts[kind]!.then);
      expect(saved.then?.damaged ?? false).toBe(false);
      const damaged = Uint8Array.from(snapshot!);
      damaged[9]! ^= 1;
      expect(dumpSnapshot(damaged)).toMatchObject({ kind, damaged: true });
      expect(describe(dumpSnapshot(damaged))).toContain("DAMAGED");
    }
  });
});

group("values are those that the structure was made with and was told", () => {
  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ["ATL", { most: 4 }, { results: 1 }],
    [
      "BRK",
      { kind: "count", size: 100, openFor: 5_120_000_000, permits: 3 },
      { state: "closed", calls: 1, failures: 1 },
    ],
    ["DDS", { alpha: 0.01, bins: 1_024 }, { count: 6, smallest: -3, largest: 1_000, zeros: 1 }],
    ["DVV", {}, { dotId: 3, dot: 5, rows: 1, vector: [{ id: 2, values: 0, counter: 9 }] }],
    ["EWM", { halfLife: 1_024_000_000 }, { mean: 3, weight: expect.any(Number), lastReading: 5_120_000 }],
    ["GCR", { cost: 100_000, window: 1_000_000, unit: 1, burst: 10 }, { theoreticalArrival: 304_000 }],
    ["HLC", { logicalBits: 12, greatestOffset: 500_000 }, { physical: 1_700_000_000_000_000, logical: 0 }],
    ["HST", { most: 3_686_400_000_000 }, { count: 1, sum: 3_072_000, smallest: 3_072_000, largest: 3_072_000 }],
    ["KEY", { burst: 10 }, { keysStored: 1, evictions: 0, buckets: 7, hashSecret: "secret" }],
    ["LOG", { capacity: 3, limit: 3, window: 1_024_000_000 }, { entries: 1, used: 2, weights: [2, 0, 0] }],
    ["MAG", { entries: 101 }, {}],
    ["P2Q", { share: 0.9 }, { count: 6, heights: expect.arrayContaining([-3, 1_000]) }],
    ["RES", { capacity: 4 }, { offered: 1, taken: 1 }],
    ["RTH", { maximum: 10_000, ratio: 100 }, { tokens: 9_000 }],
    ["SEM", {}, { permits: 3, inUse: 1 }],
    ["VCL", { entries: 3 }, { counters: [0, 1, 0] }],
    ["WIN", { kind: "sliding", limit: 10 }, { taken: 3, takenBefore: 0, number: 0 }],
    ["WRH", { nodes: 3 }, { list: expect.arrayContaining([{ hash: expect.any(String), weight: 2 }]) }],
  ])("%s", (kind, configuration, state) => {
    const dumped = dump(subjects[kind]!(runtime).structure);
    expect(plain(dumped.configuration)).toMatchObject(configuration);
    expect(plain(dumped.state)).toMatchObject(state);
  });

  test("a table is what its class says", () => {
    const maglev = new Maglev({ nodes: ["a", "b"], tableSize: 1_009 }, runtime);
    expect(dump(maglev).state["table"]).toMatchObject({ values: [...maglev.table()], count: 1_009 });
    expect(dump(maglev, { maxValues: 3 }).state["table"]).toMatchObject({
      values: [...maglev.table()].slice(0, 3),
      count: 1_009,
    });
  });

  test("and mean the same on every profile", () => {
    const bucketOn = (profile: string): Dump => {
      const bucket = new TokenBucket({ limit: 3, perMs: 1_000 }, runtimeOf(profile));
      bucket.tryAcquire(1, 4);
      return dump(bucket);
    };
    const [server, ...others] = ["server", "browser", "edge"].map(bucketOn);
    for (const other of others) expect(other).toEqual(server);
  });

  test("a leaky bucket as queue is a limiter", () => {
    expect(dump(new LeakyBucketQueue({ limit: 5, perMs: 1_000, capacity: 3 }, runtime)).kind).toBe("GCR");
  });
});

test("text tells ticks in milliseconds, shares in percent and the places of long lists that are not zero", () => {
  const histogram = new LatencyHistogram({}, runtime);
  for (let i = 0; i < 3; i++) histogram.record(2);
  expect(describe(dump(histogram))).toMatch(/sum {7}6,144,000 ticks = 6 ms\n/);
  expect(describe(dump(histogram))).toMatch(/2,348 values, those not 0 \[\d+: 3\] values/);
  const breaker = describe(dump(subjects["BRK"]!(runtime).structure));
  expect(breaker).toMatch(/failureRate {3}500,000 millionths = 50 %\n/);
  expect(breaker).toMatch(/kind {10}1 \(count\)\n/);
  const { snapshot, structure } = subjects["GCR"]!(runtime);
  expect(describe(dump(structure))).toMatch(/theoreticalArrival {2}304,000 sub-ticks = 304 ms\n/);
  expect(describe(dumpSnapshot(snapshot!))).toMatch(/theoreticalArrival {2}299,000 sub-ticks owed = 299 ms\n/);
});

test("what is no structure is refused", () => {
  const notReadable = expect.objectContaining({ code: "NOT_READABLE" });
  for (const bytes of [new Uint8Array(0), new Uint8Array(64), new TextEncoder().encode("GCR and more text")]) {
    expect(() => dumpSnapshot(bytes)).toThrow(notReadable);
  }
  expect(() => dump(new KeyHasher({}, runtime))).toThrow(notReadable);
  const bucket = new TokenBucket({ limit: 1, perMs: 1 }, runtime);
  for (const maxValues of [-1, 0.5, Number.NaN, 2 ** 32]) {
    expect(() => dump(bucket, { maxValues })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  }
  bucket.dispose();
  expect(() => dump(bucket)).toThrow(expect.objectContaining({ code: "DISPOSED" }));
});

test("a loader that speaks another object model is refused", () => {
  const unfit = expect.objectContaining({ code: "LOADER_UNFIT" });
  const old = (helpers: object) => ({
    instantiateSync: (module: WebAssembly.Module) => ({
      exports: { ...loader.instantiateSync(module).exports, ...helpers },
    }),
  });
  const complains = (): never => {
    throw new Error("not a string: 36128");
  };
  expect(() => inspector(old({ __getString: complains }))).toThrow(unfit);
  expect(() => inspector(old({ __newString: () => 0 }))).toThrow(unfit);
});

test("whatever bytes follow a known head, reading ends", () => {
  for (const [kind, { version }] of Object.entries(layouts)) {
    for (const fill of [0x00, 0x7f, 0xff]) {
      const bytes = new Uint8Array(600).fill(fill);
      bytes.set([...kind].map((letter) => letter.charCodeAt(0)));
      bytes[3] = version;
      expect(dumpSnapshot(bytes), kind).toMatchObject({ kind, damaged: true });
    }
  }
});

group("the debug build as a core", () => {
  test("decides as every other, over the whole conformance program", () => {
    const report = selfTest(createFullRuntime({ module: debugCore(loader) }));
    expect(report).toMatchObject({ ok: true, profile: "debug", wrong: [], absent: [] });
  });

  test("asserts that a call is given the structure that it is for", () => {
    const debug = createFullRuntime({ module: debugCore(loader) });
    const bucket = debug.allocate(256);
    debug.core.gcraInit(bucket.at, 1, 1, 1, 1);
    expect(debug.core.gcraTryAcquire(bucket.at, 1, 0)).toBe(0);
    const wrong = expect.objectContaining({ code: "WRONG_STRUCTURE" });
    expect(() => debug.core.breakerTryAcquire(bucket.at, 0)).toThrow(wrong);
    expect(() => debug.core.gcraTryAcquire(bucket.at + 8, 1, 0)).toThrow(wrong);
    for (const at of [0, -8, 2 ** 31, Number.NaN]) {
      expect(() => debug.core.gcraTryAcquire(at, 1, 0)).toThrow(wrong);
    }
    expect(dump(new TokenBucket({ limit: 1, perMs: 1 }, debug)).kind).toBe("GCR");
  });

  test("has room for 16 MiB", () => {
    expect(() => createFullRuntime({ module: debugCore(loader), memoryBytes: (16 << 20) + 1 })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
  });
});
