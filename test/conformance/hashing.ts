import type { ConformanceCase, Script } from "./builder.js";

/** Profiles with the room of `assembly/server-full.ts`. */

/** Writes random bytes and gives their place. */
function random(s: Script, bytes: number): number {
  const at = s.block(bytes);
  s.write(
    at,
    Uint8Array.from({ length: bytes }, () => s.below(256)),
  );
  return at;
}

/** Writes numbers of 4 bytes and gives their place. */
function list(s: Script, numbers: readonly number[]): number {
  const at = s.block(numbers.length * 4);
  s.write(at, new Uint8Array(Uint32Array.from(numbers).buffer));
  return at;
}

const jump: ConformanceCase = {
  name: "jump",
  write(s) {
    for (let step = 0; step < 60; step++)
      s.call("jumpHash", s.word() | 0, s.word() | 0, 1 + s.below(2 ** (1 + s.below(30))));
    const [keys, out] = [random(s, 128), s.block(128)];
    s.call("jumpHashMany", keys, 16, 1_000, out);
    s.foldMemory(out, 64);
    s.call("jumpHash32Many", keys, 31, 77, out);
    s.foldMemory(out, 128);
    for (const buckets of [0, 1]) s.call("jumpHash", 12_345, 678, buckets);
  },
};

/** Lengths around the limits at which the algorithms change. */
const lengths = [0, 1, 3, 4, 8, 9, 15, 16, 17, 32, 33, 129, 241, 300];

const hash32: ConformanceCase = {
  name: "hash32",
  write(s) {
    const text = random(s, 320);
    for (const length of lengths) {
      s.call("xxHash32", text + (length & 3), length, s.word() | 0);
      s.call("murmur3x32", text + (length & 3), length, s.word() | 0);
    }
  },
};

const hash64: ConformanceCase = {
  name: "hash64",
  write(s) {
    const [text, out] = [random(s, 320), s.block(32)];
    for (const length of lengths) {
      s.call("xxHash64", text + (length & 3), length, s.word() | 0, s.word() | 0, out);
      s.foldMemory(out, 8);
    }
    s.call("xxHash64Many", text, list(s, [0, 3, 3, 45, 300]), 4, 5, 6, out);
    s.foldMemory(out, 32);
  },
};

const digests: ConformanceCase = {
  name: "digests",
  write(s) {
    const [text, out, at] = [random(s, 1_240), s.block(16 + 128), s.structure("xxh3Size")];
    s.call("xxh3Init", at, s.word() | 0, s.word() | 0);
    for (const length of [...lengths, 1_024, 1_200]) {
      for (const name of ["xxh3Hash64", "xxh3Hash128"]) {
        s.call(name, at, text, length, out);
        s.foldMemory(out, 16);
      }
    }
    for (const length of lengths) {
      s.call("murmur2x64", text, length, s.word() | 0, 7, out);
      s.foldMemory(out, 8);
      s.call("murmur3x128", text, length, s.word() | 0, out);
      s.foldMemory(out, 16);
      s.call("md5", text, length, out);
      s.foldMemory(out, 16);
    }
  },
};

/** Looks single keys and a batch up. */
function lookUp(s: Script, name: string, at: number): void {
  for (let step = 0; step < 12; step++) s.call(name, at, s.word() | 0, s.word() | 0);
  const [keys, out] = [random(s, 96), s.block(48)];
  s.call(`${name}Many`, at, keys, 12, out);
  s.foldMemory(out, 48);
}

/** Nodes as `maglevInit` takes them. */
function maglevTable(s: Script, size: number, weights: readonly number[]): number {
  const at = s.structure("maglevSize", size);
  const nodes = Buffer.concat(
    weights.map((weight) => {
      const node = Buffer.alloc(32);
      for (let word = 0; word < 4; word++) node.writeUInt32LE(s.word(), 4 * word);
      node.writeDoubleLE(weight, 16);
      return node;
    }),
  );
  const from = s.block(nodes.length);
  s.write(from, nodes);
  s.call("maglevInit", at, size, from, weights.length);
  return at;
}

const maglev: ConformanceCase = {
  name: "maglev",
  write(s) {
    const at = maglevTable(s, 251, [1, 2, 0.3, 0, 1, 7]);
    s.foldMemory(at, 512);
    lookUp(s, "maglevFind", at);
    s.call("maglevInit", at, 252, s.block(32), 1);
  },
};

const rendezvous: ConformanceCase = {
  name: "rendezvous",
  write(s) {
    for (const count of [1, 9, 16]) {
      const at = s.structure("rendezvousSize", count);
      s.call("rendezvousInit", at, random(s, 8 * count), count);
      lookUp(s, "rendezvousFind", at);
    }
  },
};

/** A ring of 30 points, some of them at one place. */
function ringOf(s: Script): number {
  const at = s.structure("ringSize", 30);
  const points = list(
    s,
    Array.from({ length: 30 }, (_, i) => [i % 3 === 0 ? 7 : s.word(), i % 3 === 0 ? 9 : s.word(), i % 5, 0]).flat(),
  );
  s.call("ringInit", at, points, 30);
  return at;
}

const ring: ConformanceCase = {
  name: "ring",
  write(s) {
    const at = ringOf(s);
    s.foldMemory(at, 376);
    lookUp(s, "ringFind", at);
  },
};

const bounded: ConformanceCase = {
  name: "boundedLoads",
  write(s) {
    const [on, table] = [ringOf(s), maglevTable(s, 31, [1, 1, 1, 1, 1])];
    const [one, two] = [s.structure("loadsSize", 5), s.structure("loadsSize", 5)];
    for (const at of [one, two]) s.call("loadsInit", at, 5, 75_000, list(s, [1, 2, 1, 65_535, 9]));
    for (let step = 0; step < 40; step++) {
      s.call("loadsTakeOnRing", one, on, s.word() | 0, s.word() | 0);
      s.call("loadsTakeOnMaglev", one, table, s.word() | 0, s.word() | 0);
      s.call("loadsRelease", one, s.below(6));
    }
    s.call("loadsLoad", two, s.snapshot("loadsSave", one));
    for (let node = -1; node < 5; node++) s.call("loadsRead", two, node);
  },
};

const weighted: ConformanceCase = {
  name: "weightedRendezvous",
  write(s) {
    const nodes = Buffer.alloc(16 * 7);
    for (const [index, weight] of [1, 2, 0.5, 0, 1e-9, 1e9, 3].entries()) {
      nodes.writeUInt32LE(s.word(), 16 * index);
      nodes.writeUInt32LE(s.word(), 16 * index + 4);
      nodes.writeDoubleLE(weight, 16 * index + 8);
    }
    const [at, from] = [s.structure("weightedSize", 7), s.block(nodes.length)];
    s.write(from, nodes);
    for (const count of [7, 5, 0]) {
      s.call("weightedInit", at, from, count);
      lookUp(s, "weightedFind", at);
    }
  },
};

const anchor: ConformanceCase = {
  name: "anchor",
  write(s) {
    const [one, two] = [s.structure("anchorSize", 13), s.structure("anchorSize", 13)];
    s.call("anchorInit", one, 13, 10);
    s.call("anchorInit", two, 13, 13);
    for (let step = 0; step < 30; step++) {
      if (s.below(3) === 0) s.call("anchorAdd", one);
      else s.call("anchorRemove", one, s.below(14));
      s.call("anchorCount", one);
      s.call("anchorFind", one, s.word() | 0, s.word() | 0);
    }
    s.call("anchorLoad", two, s.snapshot("anchorSave", one));
    for (let bucket = 0; bucket < 14; bucket++) s.call("anchorHas", two, bucket);
    lookUp(s, "anchorFind", two);
  },
};

export const hashingCases = [jump, hash32, hash64, digests, maglev, rendezvous, ring, bounded, weighted, anchor];
