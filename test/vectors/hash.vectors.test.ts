/** Hashes against public vectors: `hash/` of the vectors' folder, every row, on every build that has the function. */

import { describe, expect, test } from "vitest";
import { type Build, type BuildName, buildNames, openBuild } from "../assembly/builds.js";
import { readVectors } from "./public-vectors.js";

/** Rows: length of the buffer's beginning, seed, then results in hexadecimal digits. */
interface XxHashFile {
  readonly vectors: readonly (readonly [number, string, string, string, string, string, string])[];
}
interface Murmur3File {
  readonly smhasher_verification?: Readonly<Record<string, string>>;
  readonly vectors: readonly (readonly [number, number, string, string, string])[];
}
interface Murmur3TextFile {
  readonly murmur3_x86_32: readonly (readonly [string, number, string])[];
  readonly murmur3_x64_128_seed0: readonly (readonly [string, string, string, string])[];
}

const files = readVectors("hash/");

/** The longest text that fits into the one page of the embedded build, beside the rest. */
const pageRoom = 48_000;

/** Pages that a text needs, beside the rest. */
const pagesFor = (longest: number): number => Math.ceil((2 * longest) / 65_536) + 2;

/** A build with room for the rows, and the rows that it has room for. */
function openFor<Row>(name: BuildName, rows: readonly Row[], lengthOf: (row: Row) => number) {
  const fitting = name === "embedded" ? rows.filter((row) => lengthOf(row) <= pageRoom) : rows;
  if (fitting.length < rows.length) console.log(`not run: ${rows.length - fitting.length} rows longer than a page`);
  const longest = Math.max(4_096, ...fitting.map(lengthOf));
  return { hasher: new Hasher(openBuild(name, pagesFor(longest)), longest), longest, fitting };
}

const hex32 = (value: number): string => (value >>> 0).toString(16).padStart(8, "0");

/** The buffer that xxHash checks itself with. */
function sanityBuffer(length: number): Uint8Array {
  let state = 2_654_435_761n;
  return Uint8Array.from({ length }, () => {
    const byte = Number(state >> 56n);
    state = BigInt.asUintN(64, state * 11_400_714_785_074_694_797n);
    return byte;
  });
}

/** A text of the files: as it stands, in hexadecimal digits, or so many times the same. */
function bytesOf(text: string): Uint8Array {
  if (text.startsWith("hex:")) return new Uint8Array(Buffer.from(text.slice(4), "hex"));
  const repeated = /^repeat:(.*):(\d+)$/s.exec(text);
  return new TextEncoder().encode(repeated === null ? text : repeated[1]!.repeat(Number(repeated[2])));
}

/** The functions of a build over texts that are written to one place. */
class Hasher {
  readonly build: Build;
  readonly #texts: number;
  readonly #out: number;
  readonly #state: number;

  constructor(build: Build, longest: number) {
    this.build = build;
    this.#texts = build.alloc(longest + 8);
    this.#out = build.alloc(16);
    this.#state = build.alloc(512);
  }

  write(bytes: Uint8Array): void {
    this.build.bytes(this.#texts, bytes.length).set(bytes);
  }

  /** Whether the build has a function. */
  has(name: keyof Build["x"]): boolean {
    return this.build.x[name] !== undefined;
  }

  #words(count: number): string[] {
    const view = new DataView(this.build.memory.buffer, this.#out, 16);
    return Array.from({ length: count }, (_, i) => view.getBigUint64(8 * i, true).toString(16).padStart(16, "0"));
  }

  xx32(length: number, seed: number): string {
    return hex32(this.build.x.xxHash32(this.#texts, length, seed));
  }

  xx64(length: number, low: number, high: number): string {
    this.build.x.xxHash64(this.#texts, length, low, high, this.#out);
    return this.#words(1)[0]!;
  }

  xxh3(length: number, low: number, high: number): string[] {
    this.build.x.xxh3Init(this.#state, low, high);
    this.build.x.xxh3Hash64(this.#state, this.#texts, length, this.#out);
    const [short] = this.#words(1);
    this.build.x.xxh3Hash128(this.#state, this.#texts, length, this.#out);
    return [short!, ...this.#words(2).reverse()];
  }

  murmur32(length: number, seed: number): string {
    return hex32(this.build.x.murmur3x32(this.#texts, length, seed));
  }

  murmur128(length: number, seed: number): string[] {
    this.build.x.murmur3x128(this.#texts, length, seed, this.#out);
    return this.#words(2);
  }

  /** The bytes of the last result of 128 bits. */
  result(): Uint8Array {
    return this.build.bytes(this.#out, 16).slice();
  }
}

function xxHash(name: BuildName, { vectors }: XxHashFile): void {
  const { hasher, longest, fitting } = openFor(name, vectors, ([length]) => length);
  hasher.write(sanityBuffer(longest));
  for (const [length, seedHex, ...expected] of fitting) {
    const seed = BigInt(`0x${seedHex}`);
    const [low, high] = [Number(BigInt.asUintN(32, seed)), Number(seed >> 32n)];
    const got = [hasher.xx32(length, low)];
    if (hasher.has("xxHash64")) got.push(hasher.xx64(length, low, high));
    if (hasher.has("xxh3Hash64")) got.push(...hasher.xxh3(length, low, high));
    expect([length, seedHex, ...got]).toEqual([length, seedHex, ...expected.slice(0, got.length)]);
  }
}

/** SMHasher's check of a whole function: the hash of the hashes of 0, 0 1, 0 1 2 … under the seeds 256, 255, 254 … */
function verification(hasher: Hasher, bytes: number, hash: (length: number, seed: number) => Uint8Array): string {
  const all = new Uint8Array(256 * bytes);
  hasher.write(Uint8Array.from({ length: 256 }, (_, i) => i));
  for (let length = 0; length < 256; length++) all.set(hash(length, 256 - length), length * bytes);
  hasher.write(all);
  const last = hash(all.length, 0);
  return hex32(new DataView(last.buffer).getUint32(0, true));
}

function murmur3(name: BuildName, { vectors, smhasher_verification: checks = {} }: Murmur3File): void {
  const { hasher, longest, fitting } = openFor(name, vectors, ([length]) => length);
  hasher.write(sanityBuffer(longest));
  for (const [length, seed, ...expected] of fitting) {
    const got = [hasher.murmur32(length, seed)];
    if (hasher.has("murmur3x128")) got.push(...hasher.murmur128(length, seed));
    expect([length, seed, ...got]).toEqual([length, seed, ...expected.slice(0, got.length)]);
  }
  const of32 = (length: number, seed: number): Uint8Array =>
    new Uint8Array(Uint32Array.of(Number.parseInt(hasher.murmur32(length, seed), 16)).buffer);
  const of128 = (length: number, seed: number): Uint8Array => {
    hasher.murmur128(length, seed);
    return hasher.result();
  };
  if (checks["x86_32"] !== undefined) expect(verification(hasher, 4, of32)).toBe(checks["x86_32"]);
  if (checks["x64_128"] !== undefined && hasher.has("murmur3x128")) {
    expect(verification(hasher, 16, of128)).toBe(checks["x64_128"]);
  }
}

function murmur3Texts(name: BuildName, data: Murmur3TextFile): void {
  const texts = [...data.murmur3_x86_32, ...data.murmur3_x64_128_seed0].map(([text]) => text);
  const { hasher } = openFor(name, texts, (text) => bytesOf(text).length);
  for (const [text, seed, expected] of data.murmur3_x86_32) {
    const bytes = bytesOf(text);
    hasher.write(bytes);
    expect([text, seed, hasher.murmur32(bytes.length, seed)]).toEqual([text, seed, expected]);
  }
  for (const [text, first, second, short] of data.murmur3_x64_128_seed0) {
    const bytes = bytesOf(text);
    hasher.write(bytes);
    expect([text, hasher.murmur32(bytes.length, 0)]).toEqual([text, short]);
    if (hasher.has("murmur3x128")) expect([text, ...hasher.murmur128(bytes.length, 0)]).toEqual([text, first, second]);
  }
}

/** Files are told apart by their fields, so that another of a kind needs no entry here. */
function run(name: BuildName, path: string, data: object): void {
  if ("murmur3_x86_32" in data) murmur3Texts(name, data as Murmur3TextFile);
  else if ("vectors" in data && (data.vectors as unknown[][])[0]?.length === 7) xxHash(name, data as XxHashFile);
  else if ("vectors" in data && (data.vectors as unknown[][])[0]?.length === 5) murmur3(name, data as Murmur3File);
  else throw new Error(`${path} has no fields that this test knows: ${Object.keys(data).join(", ")}`);
}

describe.skipIf(files.length === 0).each(buildNames)("%s", (name) => {
  test.each(files)("$path", ({ path, data }) => {
    run(name, path, data as object);
  });
});
