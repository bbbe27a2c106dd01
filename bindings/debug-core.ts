/**
 * The debug build behind AssemblyScript's loader: for its managed values (texts and byte arrays) the loader is the binding. The
 * loader is handed in, so that nobody installs it who does not look into states.
 */

import { load } from "#wasm-debug";
import { HoldfastError, invalidOption } from "../ts/kernel/index.js";
import type { WasmMemory, WasmModule } from "./host-types.js";
import type { ScriptCore } from "./source.js";

/** What is used of `@assemblyscript/loader` 0.28: `import * as loader from "@assemblyscript/loader"`. */
export interface AssemblyScriptLoader {
  /** Instantiates a module and mixes its helpers into the exports. */
  instantiateSync(module: WasmModule): { readonly exports: object };
}

/** What the loader makes of the debug build's exports, as far as it is used here. */
interface ManagedExports {
  readonly memory: WasmMemory;
  readonly bytesId: { readonly value: number };
  dumpExtent(copy: number): number;
  dumpCopy(copy: number, most: number): number;
  dumpSnapshot(snapshot: number, most: number): number;
  kindsOf(name: number): number;
  __newString(text: string): number;
  __getString(text: number): string;
  __newArray(id: number, values: Uint8Array): number;
  __pin(value: number): number;
  __unpin(value: number): void;
}

/** Below it is the arena, above it what the managed values need: `memoryBase` in asconfig.json. */
const arenaBytes = 16 << 20;
const pageBytes = 65_536;

let compiled: WasmModule | undefined;

function compiledOnce(): WasmModule {
  try {
    return (compiled ??= new WebAssembly.Module(load()));
  } catch (cause) {
    throw new HoldfastError("CORE_BLOCKED", "this host does not let the debug build's WebAssembly be compiled", {
      cause,
    });
  }
}

/** The bytes of the debug build, for bindings that compile them on their own. */
export function debugModuleBytes(): Uint8Array<ArrayBuffer> {
  return load();
}

/** A name by which a loader shows that it can pass texts both ways. */
const knownFunction = "gcraPeek";

/** Instantiates the debug build. Throws `LOADER_UNFIT` for a loader of another object model: those before 0.20 still install. */
function opened(loader: AssemblyScriptLoader): ManagedExports {
  const exports = loader.instantiateSync(compiledOnce()).exports as ManagedExports;
  try {
    if (kindsOf(exports, knownFunction).length > 0) return exports;
  } catch (cause) {
    throw unfit(cause);
  }
  throw unfit();
}

const unfit = (cause?: unknown): HoldfastError =>
  new HoldfastError(
    "LOADER_UNFIT",
    "the loader does not fit the debug build; hand over all of @assemblyscript/loader 0.28 (npm install @assemblyscript/loader@0.28)",
    { cause },
  );

/** The kinds of structures that a function of the core takes; none where it takes anything. */
function kindsOf({ __getString, __newString, kindsOf }: ManagedExports, name: string): readonly string[] {
  const kinds = __getString(kindsOf(__newString(name)));
  return kinds === "" ? [] : kinds.split(",");
}

/** An instance of the debug build that reads copies of states, which may come from any memory. */
export class StateReader {
  readonly #exports: ManagedExports;

  constructor(loader: AssemblyScriptLoader) {
    this.#exports = opened(loader);
  }

  /** Bytes of the structure that begins with these; 0 where no known one does. */
  extent(head: Uint8Array): number {
    return this.#with(head, (at) => this.#exports.dumpExtent(at));
  }

  /** A structure as JSON; undefined where no known one begins with these bytes. */
  structure(copy: Uint8Array, most: number): string | undefined {
    return this.#text(this.#with(copy, (at) => this.#exports.dumpCopy(at, most)));
  }

  /** The same for a snapshot. */
  snapshot(bytes: Uint8Array, most: number): string | undefined {
    return this.#text(this.#with(bytes, (at) => this.#exports.dumpSnapshot(at, most)));
  }

  /** The collector does not see that we still need the array; a pin tells it. */
  #with(bytes: Uint8Array, use: (at: number) => number): number {
    const { __pin, __unpin, __newArray, bytesId } = this.#exports;
    const at = __pin(__newArray(bytesId.value, bytes));
    try {
      return use(at);
    } finally {
      __unpin(at);
    }
  }

  #text(at: number): string | undefined {
    const text = this.#exports.__getString(at);
    return text === "" ? undefined : text;
  }
}

/** The letters of a magic word. */
function kindAt(memory: WasmMemory, at: number): string {
  const inside = at >= 16 && at + 8 <= memory.buffer.byteLength;
  return inside ? String.fromCharCode(...new Uint8Array(memory.buffer, at, 3)) : "";
}

/** A call of the core for a structure that is not there, as the debug build finds it. */
function wrongStructure(name: string, at: number, wanted: readonly string[], found: string): HoldfastError {
  const what = /^[A-Z0-9]{3}$/.test(found) ? `a ${found}` : "nothing known";
  return new HoldfastError(
    "WRONG_STRUCTURE",
    `${name} takes a ${wanted.join(" or ")}, and at address ${at} is ${what}; the structure was freed, or the address is another's`,
    { details: { function: name, at, wanted, found } },
  );
}

/** The functions of the debug build, each asserting that the structure that it takes is at the address that it is given. */
function asserting(exports: ManagedExports): object {
  const checked: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(exports)) {
    checked[name] = value;
    if (typeof value !== "function" || name.startsWith("__")) continue;
    const wanted = kindsOf(exports, name);
    if (wanted.length === 0) continue;
    checked[name] = (at: number, ...rest: number[]) => {
      const found = kindAt(exports.memory, at >>> 0);
      if (!wanted.includes(found)) throw wrongStructure(name, at, wanted, found);
      return value(at, ...rest);
    };
  }
  return checked;
}

/** The debug build as a core for `createFullRuntime`. */
export function openDebugCore(loader: AssemblyScriptLoader): ScriptCore {
  return {
    profile: "debug",
    open(pages) {
      if (pages * pageBytes > arenaBytes) {
        throw invalidOption(
          "memoryBytes",
          pages * pageBytes,
          `the debug build has room for at most ${arenaBytes} bytes`,
        );
      }
      const exports = opened(loader);
      return { memory: exports.memory, exports: asserting(exports) };
    },
  };
}
