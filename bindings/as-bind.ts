/**
 * The debug build behind as-bind 0.8.2, whose last release is of 2021 and which speaks the object model of AssemblyScript 0.19. The build writes the
 * section that its own transform can no longer write; here are converters for the object model of 0.28. A call costs several times
 * what a raw one does, so this is for administration, never for a hot path.
 */

import { debugModuleBytes } from "./debug-core.js";
import type { WasmMemory } from "./host-types.js";

/** An instance as as-bind hands it to its converters. */
export interface AsBindInstance {
  readonly exports: Readonly<Record<string, unknown>>;
  getTypeId(name: string): number;
}

/** How as-bind turns one type's values. */
export interface AsBindConverter {
  ascToJs(instance: AsBindInstance, value: number, type: string): unknown;
  jsToAsc(instance: AsBindInstance, value: never, type: string): unknown;
}

/** What is used of as-bind 0.8.2: `import * as asBind from "as-bind/dist/as-bind.esm.js"`. */
export interface AsBind {
  readonly converters: Map<string | RegExp, AsBindConverter>;
  instantiateSync(bytes: Uint8Array, imports: object): { readonly exports: object };
}

/** The runtime that the module exports, of which as-bind's own loader knows an older form. */
interface ManagedRuntime {
  readonly memory: WasmMemory;
  __new(size: number, id: number): number;
  __pin(value: number): number;
  __unpin(value: number): void;
}

const runtimeOf = (instance: AsBindInstance): ManagedRuntime => instance.exports as unknown as ManagedRuntime;

/** Class ids that AssemblyScript 0.28 gives out first: an object, an ArrayBuffer, a String. */
const bufferId = 1;
const stringId = 2;

/** Texts: UTF-16 code units, their bytes counted in the word before them. */
const text: AsBindConverter = {
  ascToJs(instance, at) {
    if (at === 0) return null;
    const { buffer } = runtimeOf(instance).memory;
    const bytes = new DataView(buffer, (at >>> 0) - 4, 4).getUint32(0, true);
    let units = "";
    for (const unit of new Uint16Array(buffer, at >>> 0, bytes >>> 1)) units += String.fromCharCode(unit);
    return units;
  },
  jsToAsc(instance, value: string) {
    const runtime = runtimeOf(instance);
    const at = runtime.__new(value.length << 1, stringId) >>> 0;
    const units = new Uint16Array(runtime.memory.buffer, at, value.length);
    for (let i = 0; i < value.length; i++) units[i] = value.charCodeAt(i);
    return at;
  },
};

/** Byte arrays: a header of three words, the buffer, where the data begins in it and how long it is. Values are copied both ways. */
const bytes: AsBindConverter = {
  ascToJs(instance, at) {
    if (at === 0) return null;
    const { buffer } = runtimeOf(instance).memory;
    const header = new DataView(buffer, at >>> 0, 12);
    return new Uint8Array(buffer, header.getUint32(4, true), header.getUint32(8, true)).slice();
  },
  jsToAsc(instance, value: Uint8Array, type) {
    const runtime = runtimeOf(instance);
    const data = runtime.__pin(runtime.__new(value.length, bufferId)) >>> 0;
    try {
      const at = runtime.__new(12, instance.getTypeId(type)) >>> 0;
      // Only now: making the header may have grown the memory.
      const header = new DataView(runtime.memory.buffer, at, 12);
      header.setUint32(0, data, true);
      header.setUint32(4, data, true);
      header.setUint32(8, value.length, true);
      new Uint8Array(runtime.memory.buffer, data, value.length).set(value);
      return at;
    } finally {
      runtime.__unpin(data);
    }
  },
};

const same = (_: AsBindInstance, value: unknown): unknown => value;

/** As the compiler's own glue has them: as-bind passes what WebAssembly gives, where an u32 is signed and a bool is a number. */
const unsigned: AsBindConverter = { ascToJs: (_, value) => value >>> 0, jsToAsc: same };
const truth: AsBindConverter = { ascToJs: (_, value) => value !== 0, jsToAsc: same };

const ours: readonly (readonly [string, AsBindConverter])[] = [
  ["u32", unsigned],
  ["usize", unsigned],
  ["bool", truth],
  ["~lib/string/String", text],
  ["~lib/typedarray/Uint8Array", bytes],
];

/** Puts our converters before as-bind's: it takes the first that fits, and its own for scalars is one pattern for all. */
function convertFirst({ converters }: AsBind): void {
  const others = [...converters].filter(([name]) => !ours.some(([own]) => own === name));
  converters.clear();
  for (const [name, converter] of [...ours, ...others]) converters.set(name, converter);
}

/** Instantiates the debug build through as-bind. Its converters are replaced for as long as ours are not the first. */
export function instantiateWithAsBind(asBind: AsBind): object {
  if (asBind.converters.keys().next().value !== ours[0]![0]) convertFirst(asBind);
  return asBind.instantiateSync(debugModuleBytes(), {}).exports;
}
