import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Case } from "../harness/case.js";

/** Operations in one run: the call and the loop around it cost nothing then. */
const perRun = 1_000;

/** A file that `npm run build` makes; benchmarks run in bench/peers/dist. */
const builtFile = (...path: readonly string[]): string =>
  join(dirname(process.argv[1]!), "..", "..", "..", "dist", ...path);

const debugBytes = (): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(builtFile("debug", "core.wasm")));

type Call = (...args: never[]) => unknown;
type Functions = Readonly<Record<string, Call>>;

/** What a binding makes of a module: each call by its name, with values where it turns them. */
interface Binding {
  readonly subject: string;
  readonly package?: string;
  open(): Promise<Functions>;
}

const arenaBytes = 1 << 20;
const pageBytes = 65_536;

async function loaderExports() {
  const loader = await import("@assemblyscript/loader");
  return loader.instantiateSync(new WebAssembly.Module(debugBytes())).exports;
}

const shipped: Binding = {
  subject: "raw export of the build that ships",
  async open() {
    const pages = arenaBytes / pageBytes;
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
    const module = new WebAssembly.Module(readFileSync(builtFile("wasm", "server.wasm")));
    return new WebAssembly.Instance(module, { env: { memory } }).exports as Functions;
  },
};

const raw: Binding = {
  subject: "raw export of the debug build",
  async open() {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(debugBytes()), { env: { abort() {} } });
    return exports as Functions;
  },
};

const glue: Binding = {
  subject: "the compiler's glue",
  package: "assemblyscript",
  async open() {
    const { instantiate } = await import(pathToFileURL(builtFile("debug", "core.js")).href);
    return instantiate(new WebAssembly.Module(debugBytes()), { env: {} });
  },
};

const wrapped: Binding = {
  subject: "loader",
  package: "@assemblyscript/loader",
  open: async () => (await loaderExports()) as unknown as Functions,
};

const original: Binding = {
  subject: "loader, .original",
  package: "@assemblyscript/loader",
  async open() {
    const exports = (await loaderExports()) as unknown as Record<
      string,
      (Call & { readonly original?: Call }) | undefined
    >;
    return Object.fromEntries(Object.entries(exports).map(([name, call]) => [name, call?.original ?? call!]));
  },
};

/** With the loader, who calls turns the addresses of texts and arrays himself. */
const managed: Binding = {
  subject: "loader",
  package: "@assemblyscript/loader",
  async open() {
    const exports = await loaderExports();
    const calls = exports as unknown as Record<string, (...args: unknown[]) => number>;
    return {
      ...(exports as unknown as Functions),
      adminBreakerState: (...args: unknown[]) => exports.__getString(calls["adminBreakerState"]!(...args)),
      adminLimiterSnapshot: (...args: unknown[]) => exports.__getUint8Array(calls["adminLimiterSnapshot"]!(...args)),
    };
  },
};

const asBind: Binding = {
  subject: "as-bind",
  package: "as-bind",
  async open() {
    const [module, { openAdmin }] = await Promise.all([
      import("as-bind/dist/as-bind.esm.js"),
      import("holdfast/as-bind"),
    ]);
    return openAdmin(module) as unknown as Functions;
  },
};

/** A loop over one call whose answers are counted, so that nothing is optimised away. */
function cases(
  group: string,
  bindings: readonly Binding[],
  prepared: (call: Functions) => (i: number) => number,
): Case[] {
  return bindings.map(({ subject, open, ...rest }) => ({
    group,
    subject,
    ...rest,
    form: "sync",
    perRun,
    prepare: async () => {
      const functions = await open();
      functions["arenaInit"]!(...([arenaBytes] as never[]));
      const once = prepared(functions);
      return {
        run: (i) => {
          let sum = 0;
          for (let n = 0; n < perRun; n++) sum += once(i + n);
          return sum;
        },
      };
    },
  }));
}

type Numbers = (...args: number[]) => number;

/** A limiter, made by the functions that all builds have. */
function limiterOf(functions: Functions): number {
  const { arenaAlloc, gcraSize, gcraInit } = functions as unknown as Record<string, Numbers>;
  const at = arenaAlloc!(gcraSize!());
  gcraInit!(at, 1_000_000, 1_000_000, 1_000, 1_000);
  return at;
}

/** One module by each of the bindings: what a call costs that takes numbers, gives a text, or gives an array. */
export const bindingCases: readonly Case[] = [
  ...cases("binding, one hot call", [shipped, raw, wrapped, original, asBind], (functions) => {
    const at = limiterOf(functions);
    const take = functions["gcraTryAcquire"] as unknown as Numbers;
    return (i) => take(at, 1, i * 2);
  }),
  ...cases("binding, a call that gives a text", [glue, managed, asBind], (functions) => {
    const at = (functions["adminBreakerMake"] as unknown as Numbers)(5, 1_000);
    const state = functions["adminBreakerState"] as unknown as (at: number, nowMs: number) => string;
    return (i) => state(at, i).length;
  }),
  ...cases("binding, a call that gives 64 bytes", [glue, managed, asBind], (functions) => {
    const at = limiterOf(functions);
    const snapshot = functions["adminLimiterSnapshot"] as unknown as (at: number, nowMs: number) => Uint8Array;
    return (i) => snapshot(at, i).length;
  }),
];
