/**
 * Every build of the core under one face, the one for JavaScript hosts. The embedded build speaks whole numbers (BigInt in
 * JavaScript); here its arguments and results are converted by the rules of `assembly/math/ticks.ts`, so that a test runs on all.
 */

import { readFileSync } from "node:fs";
import type { FullExports } from "../../bindings/index.js";
import { nativeCore } from "../../ts/native/index.js";
import { javaScriptFace } from "./abi.js";

const wasmNames = ["server", "browser", "edge", "embedded"] as const;
/** A build: a profile of WebAssembly, or the core compiled for this machine. */
export type BuildName = (typeof wasmNames)[number] | "native";

/**
 * The builds that tests run on: all of WebAssembly, or those of `HOLDFAST_BUILDS`, which is how a mutant is tried on one, and how
 * `npm run test:native` tries the addon.
 */
export const buildNames: readonly BuildName[] = [...wasmNames, "native" as const].filter((name) =>
  (process.env["HOLDFAST_BUILDS"] ?? wasmNames.join()).split(",").includes(name),
);

/** Those that are modules of WebAssembly. */
export const moduleNames = buildNames.filter((name) => name !== "native");

const root = new URL("../../", import.meta.url);

/** The bytes of a built module. */
export function wasmOf(name: BuildName, module: "base" | "full" = "full"): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(new URL(`dist/wasm/${name}${module === "base" ? ".base" : ""}.wasm`, root)));
}

/** A build over a memory of its own, with an arena in it. */
export interface Build {
  readonly name: BuildName;
  /** The full module's functions; the embedded build lacks those that `assembly/embedded-full.ts` leaves out. */
  readonly x: FullExports;
  readonly memory: WebAssembly.Memory;
  /** Takes a block and fails the test where there is none. */
  alloc(bytes: number): number;
  bytes(at: number, length: number): Uint8Array;
}

/**
 * The embedded build under the face for JavaScript hosts. Some things differ by more than their numbers: it is asked for a rank
 * where others are asked for a share, records whatever it is given, and tells a limiter's standing as whole numbers.
 */
function floatFace(raw: WebAssembly.Exports, memory: WebAssembly.Memory): FullExports {
  /** As `tellFloats`. */
  const tell = (to: number): void => {
    const view = new DataView(memory.buffer, to, 16);
    view.setFloat64(0, Number(view.getBigInt64(0, true)), true);
    view.setFloat64(8, Number(view.getBigInt64(8, true)) / 1024, true);
  };
  const face = javaScriptFace(raw as never) as unknown as FullExports;
  const { histogramAtRank } = raw as unknown as { histogramAtRank(at: number, rank: bigint): bigint };
  return {
    ...face,
    gcraCheck(at, weight, nowUs, to) {
      const waitUs = face.gcraCheck(at, weight, nowUs, to);
      tell(to);
      return waitUs;
    },
    keyedCheck(at, key, length, weight, nowUs, to) {
      const waitUs = face.keyedCheck(at, key, length, weight, nowUs, to);
      tell(to);
      return waitUs;
    },
    histogramRecord(at, value) {
      if (!Number.isNaN(value)) face.histogramRecord(at, value);
    },
    histogramQuantile(at, q) {
      const count = face.histogramRead(at, 0);
      const rank = Math.ceil(q * count - 0.000001);
      return Number(histogramAtRank(at, BigInt(Math.max(1, Math.min(rank, count))))) / 1024;
    },
  };
}

const modules = new Map<BuildName, WebAssembly.Module>();

function moduleOf(name: BuildName): WebAssembly.Module {
  let module = modules.get(name);
  if (module === undefined) {
    module = new WebAssembly.Module(wasmOf(name));
    modules.set(name, module);
  }
  return module;
}

/** The functions of a build over a memory. */
function instantiate(name: BuildName, memory: WebAssembly.Memory): FullExports {
  const { exports } = new WebAssembly.Instance(moduleOf(name), { env: { memory } });
  return name === "embedded" ? floatFace(exports, memory) : (exports as unknown as FullExports);
}

/** A memory of `pages` pages and a build's functions over it. */
function openCore(name: BuildName, pages: number): { readonly memory: WebAssembly.Memory; readonly x: FullExports } {
  if (name === "native") {
    const { memory, exports } = nativeCore().open(pages);
    return { memory: memory as WebAssembly.Memory, x: exports as FullExports };
  }
  const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: name === "server" });
  return { memory, x: instantiate(name, memory) };
}

/** Instantiates a build with `pages` pages of memory (the embedded one has exactly one), or over a memory that is there. */
export function openBuild(name: BuildName, pages = 32, given?: WebAssembly.Memory): Build {
  const size = name === "embedded" ? 1 : pages;
  const { memory, x } = given === undefined ? openCore(name, size) : { memory: given, x: instantiate(name, given) };
  x.arenaInit(size * 65_536);
  return {
    name,
    x,
    memory,
    alloc(bytes) {
      const at = x.arenaAlloc(bytes) >>> 0;
      if (at === 0) throw new Error(`${name}: no room for ${bytes} bytes`);
      return at;
    },
    bytes: (at, length) => new Uint8Array(memory.buffer, at, length),
  };
}

/** The builds that have a function: a profile's full module leaves out what it has no room for. */
export function buildsWith(name: keyof FullExports): BuildName[] {
  return buildNames.filter((build) =>
    build === "native" ? true : WebAssembly.Module.exports(moduleOf(build)).some((each) => each.name === name),
  );
}

/** The builds, each with a fresh memory: all, or those that have a function. */
export function openBuilds(pages?: number, name?: keyof FullExports): Build[] {
  return (name === undefined ? buildNames : buildsWith(name)).map((each) => openBuild(each, pages));
}

/** Writes a text's UTF-8 bytes to `at` and returns their number. */
export function writeText(build: Build, at: number, text: string): number {
  const encoded = new TextEncoder().encode(text);
  build.bytes(at, encoded.length).set(encoded);
  return encoded.length;
}
