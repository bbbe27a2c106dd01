import type { Case, Prepared } from "../harness/case.js";

/** Keys in one run: the call of a run and the loop around it cost nothing then. */
const keysPerRun = 1_000;

/** A case over short keys, as flat texts: what `make` gives is called for each and answers with a number. */
const perKey = (
  group: string,
  subject: string,
  packageName: string | undefined,
  make: () => Promise<(key: string) => number>,
): Case => ({
  group,
  subject,
  ...(packageName === undefined ? {} : { package: packageName }),
  form: "sync",
  perRun: keysPerRun,
  async prepare() {
    const { flatKeys } = await import("../core/keys.js");
    const keys = flatKeys(keysPerRun);
    const operation = await make();
    return {
      run() {
        let sum = 0;
        for (const key of keys) sum += operation(key);
        return sum;
      },
    };
  },
});

const texts = "hash of a text of 15 characters";

const textCases: readonly Case[] = [
  perKey(texts, "holdfast KeyHasher, 64 bits", "holdfast", async () => {
    const { KeyHasher } = await import("holdfast/core");
    const hasher = new KeyHasher();
    return (key) => {
      hasher.hash(key);
      return hasher.low;
    };
  }),
  perKey(texts, "holdfast xxHash64, a bigint", "holdfast", async () => {
    const { xxHash64 } = await import("holdfast/core");
    return (key) => Number(BigInt.asUintN(32, xxHash64(key)));
  }),
  perKey(texts, "holdfast murmur3x32", "holdfast", async () => {
    const { murmur3x32 } = await import("holdfast/core");
    return (key) => murmur3x32(key);
  }),
  perKey(texts, "xxhash-wasm h64, a bigint", "xxhash-wasm", async () => {
    const { default: load } = await import("xxhash-wasm");
    const { h64 } = await load();
    return (key) => Number(BigInt.asUintN(32, h64(key)));
  }),
  perKey(texts, "xxhash-wasm h32", "xxhash-wasm", async () => {
    const { default: load } = await import("xxhash-wasm");
    const { h32 } = await load();
    return (key) => h32(key);
  }),
  perKey(texts, "hash-wasm xxHash64, hexadecimal", "hash-wasm", async () => {
    const { createXXHash64 } = await import("hash-wasm");
    const hasher = await createXXHash64();
    return (key) => hasher.init().update(key).digest().length;
  }),
  perKey(texts, "murmurhash v3", "murmurhash", async () => {
    const { default: murmurhash } = await import("murmurhash");
    return (key) => murmurhash.v3(key);
  }),
];

const blocks = "hash of 64 KiB of bytes";
const blockBytes = 65_536;

/** A case over a block of bytes. */
const perBlock = (subject: string, packageName: string, make: (block: Uint8Array) => Promise<() => number>): Case => ({
  group: blocks,
  subject,
  package: packageName,
  form: "sync",
  async prepare(): Promise<Prepared> {
    return { run: await make(Uint8Array.from({ length: blockBytes }, (_, i) => (i * 7) & 255)) };
  },
});

const blockCases: readonly Case[] = [
  perBlock("holdfast core, XXH64 in memory", "holdfast", async (block) => {
    const { createFullRuntime } = await import("holdfast/core");
    const runtime = createFullRuntime();
    const [at, out] = [runtime.allocate(blockBytes).at, runtime.allocate(8).at];
    runtime.view(at, blockBytes).set(block);
    const word = new Uint32Array(runtime.memory.buffer, out, 1);
    return () => {
      runtime.core.xxHash64(at, blockBytes, 0, 0, out);
      return word[0]!;
    };
  }),
  perBlock("holdfast xxHash64, copied in", "holdfast", async (block) => {
    const { xxHash64 } = await import("holdfast/core");
    return () => Number(BigInt.asUintN(32, xxHash64(block)));
  }),
  perBlock("holdfast Xxh3, copied in", "holdfast", async (block) => {
    const { Xxh3 } = await import("holdfast/core");
    const xxh3 = new Xxh3();
    return () => Number(BigInt.asUintN(32, xxh3.hash64(block)));
  }),
  perBlock("xxhash-wasm h64Raw, copied in", "xxhash-wasm", async (block) => {
    const { default: load } = await import("xxhash-wasm");
    const { h64Raw } = await load();
    return () => Number(BigInt.asUintN(32, h64Raw(block)));
  }),
  perBlock("hash-wasm XXH64, copied in", "hash-wasm", async (block) => {
    const { createXXHash64 } = await import("hash-wasm");
    const hasher = await createXXHash64();
    return () => hasher.init().update(block).digest().length;
  }),
];

const placing = "placing a key on one of 64 nodes";
const names = Array.from({ length: 64 }, (_, i) => `10.0.0.${i}:11211`);

/** A case over hashes that are there already, one call a key. */
const perHash = (group: string, subject: string, make: () => Promise<(low: number, high: number) => number>): Case => ({
  group,
  subject,
  package: "holdfast",
  form: "sync",
  perRun: keysPerRun,
  async prepare() {
    const { KeyHasher } = await import("holdfast/core");
    const { flatKeys } = await import("../core/keys.js");
    const halves = new Uint32Array(new KeyHasher().hashMany(flatKeys(keysPerRun)).buffer);
    const operation = await make();
    return {
      run() {
        let sum = 0;
        for (let i = 0; i < halves.length; i += 2) sum += operation(halves[i]!, halves[i + 1]!);
        return sum;
      },
    };
  },
});

const placingCases: readonly Case[] = [
  perKey(placing, "holdfast Maglev", "holdfast", async () => {
    const { Maglev } = await import("holdfast/core");
    const maglev = new Maglev({ nodes: names });
    return (key) => maglev.indexOf(key);
  }),
  perKey(placing, "holdfast Rendezvous", "holdfast", async () => {
    const { Rendezvous } = await import("holdfast/core");
    const rendezvous = new Rendezvous({ nodes: names });
    return (key) => rendezvous.indexOf(key);
  }),
  perKey(placing, "holdfast HashRing", "holdfast", async () => {
    const { HashRing } = await import("holdfast/core");
    const ring = new HashRing({ nodes: names });
    return (key) => ring.indexOf(key);
  }),
  perKey(placing, "holdfast KetamaRing", "holdfast", async () => {
    const { KetamaRing } = await import("holdfast/core");
    const ring = new KetamaRing({ nodes: names, like: "hashring" });
    return (key) => ring.indexOf(key);
  }),
  perKey(placing, "hashring", "hashring", async () => {
    const { default: HashRing } = await import("hashring");
    // Its cache of 5,000 answers would be measured instead of the ring.
    const ring = new HashRing(names, "md5", { "max cache size": 1 });
    return (key) => ring.get(key).length;
  }),
  perHash(placing, "holdfast Rendezvous, hash at hand", async () => {
    const { Rendezvous } = await import("holdfast/core");
    const rendezvous = new Rendezvous({ nodes: names });
    return (low, high) => rendezvous.indexOfHash(low, high);
  }),
];

const jumping = "jump hash among 1,000 buckets";

const jumpingCases: readonly Case[] = [
  {
    group: jumping,
    subject: "holdfast JumpHash, in batches",
    package: "holdfast",
    form: "sync",
    perRun: keysPerRun,
    async prepare() {
      const { JumpHash, KeyHasher } = await import("holdfast/core");
      const { flatKeys } = await import("../core/keys.js");
      const hashes = new KeyHasher().hashMany(flatKeys(keysPerRun));
      const jump = new JumpHash({ buckets: 1_000 });
      return { run: () => jump.indicesOf(hashes)[7]! };
    },
  },
  perHash(jumping, "holdfast JumpHash, one by one", async () => {
    const { JumpHash } = await import("holdfast/core");
    const jump = new JumpHash({ buckets: 1_000 });
    return (low, high) => jump.indexOfHash(low, high);
  }),
  {
    group: jumping,
    subject: "by hand, two halves of 32 bits",
    form: "sync",
    perRun: keysPerRun,
    async prepare() {
      const { jumpByHand } = await import("../core/jump-by-hand.js");
      let state = 1;
      return {
        run() {
          let sum = 0;
          for (let i = 0; i < keysPerRun; i++) {
            state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
            sum += jumpByHand(state, i * 2_654_435, 1_000);
          }
          return sum;
        },
      };
    },
  },
];

/** Hashing and placement beside packages that do the same. */
export const hashingCases: readonly Case[] = [...textCases, ...blockCases, ...placingCases, ...jumpingCases];
