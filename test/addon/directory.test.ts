/** Names in the header of a shared file, against a plain map. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Directory, digestOf, type NamedStructure } from "../../ts/native/directory.js";

const room = 6;
const fresh = () => new Directory(new ArrayBuffer(4096 + room * 128), room);

const u32 = fc.nat(2 ** 32 - 1);
const structure: fc.Arbitrary<NamedStructure> = fc.record({
  name: fc.constantFrom("a", "b", "c", "d", "ü".repeat(32), "x".repeat(64), "a ", " a"),
  kind: fc.constantFrom("TokenBucket", "k".repeat(32)),
  entry: u32,
  address: u32,
  generation: u32,
  digest: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => Buffer.from(bytes).toString("hex")),
});

describe("a directory", () => {
  it("keeps what was added until it is removed, as a map does", () => {
    const steps = fc.array(fc.record({ structure, remove: fc.boolean() }), { maxLength: 40 });
    fc.assert(
      fc.property(steps, (all) => {
        const [directory, twin] = [fresh(), new Map<string, NamedStructure>()];
        for (const { structure: each, remove } of all) {
          if (remove) {
            directory.remove(each.name);
            twin.delete(each.name);
          } else if (!twin.has(each.name) && !directory.full) {
            directory.add(each);
            twin.set(each.name, each);
          }
          expect(directory.full).toBe(twin.size === room);
          expect(directory.find(each.name)).toEqual(twin.get(each.name));
          expect(new Map(directory.list().map((one) => [one.name, one]))).toEqual(twin);
        }
      }),
    );
  });

  it("shows nothing of an entry whose writer died before the end", () => {
    const header = new ArrayBuffer(4096 + 128);
    new Directory(header, 1).add({
      name: "a",
      kind: "K",
      entry: 1,
      address: 2,
      generation: 3,
      digest: "00".repeat(16),
    });
    // The state is written last.
    new DataView(header).setUint32(4096, 0, true);
    expect(new Directory(header, 1).list()).toEqual([]);
    expect(new Directory(header, 1).full).toBe(false);
  });
});

describe("the digest of options", () => {
  it("does not depend on their order, and on everything else", () => {
    expect(digestOf({ a: 1, b: { c: [1, 2], d: 3n } })).toBe(digestOf({ b: { d: 3n, c: [1, 2] }, a: 1 }));
    const others = [{ a: 1 }, { a: 2 }, { b: 1 }, { a: "1" }, { a: [1] }, { a: { b: 1 } }, { a: null }, {}, undefined];
    expect(new Set(others.map((each) => digestOf(each))).size).toBe(others.length);
    expect(digestOf({ a: undefined })).toBe(digestOf({}));
  });
});
