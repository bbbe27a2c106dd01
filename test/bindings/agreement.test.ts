/**
 * Three bindings of one module, the debug build: the compiler's own glue (`asc --bindings raw`), AssemblyScript's loader, and as-bind 0.8.2. Given
 * the same calls they give the same answers and leave the same bytes; and all three agree with the build that ships.
 */

import * as loader from "@assemblyscript/loader";
import * as asBind from "as-bind/dist/as-bind.esm.js";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { instantiateWithAsBind } from "../../bindings/as-bind.js";
import { debugModuleBytes } from "../../bindings/debug-core.js";
import { type Admin, openAdmin } from "../../ts/as-bind/index.js";
import { createFullRuntime, TokenBucket } from "../../ts/core/index.js";
import { digests as expected, program } from "../../ts/core/self-test/program.js";
import { runConformance } from "../../ts/core/self-test/run.js";
import { signatures } from "../assembly/abi.js";

type Functions = Readonly<Record<string, (...args: never[]) => unknown>>;

interface Binding {
  readonly memory: WebAssembly.Memory;
  readonly hot: Functions;
  /** The administrative calls, with values instead of addresses. */
  readonly admin: Admin;
}

const arenaBytes = 1 << 20;
const unsignedKinds = new Set(["u32", "address"]);

/** The compiler's glue takes a compiled module and is asynchronous. */
async function openRaw(): Promise<Binding> {
  const path = new URL("../../dist/debug/core.js", import.meta.url).href;
  const { instantiate } = (await import(path)) as {
    instantiate(module: WebAssembly.Module, imports: object): Promise<object>;
  };
  const exports = await instantiate(new WebAssembly.Module(debugModuleBytes()), { env: {} });
  return { memory: (exports as Binding).memory, hot: exports as Functions, admin: exports as Admin };
}

/** The loader leaves managed values as addresses, and numbers as WebAssembly has them. */
function openLoader(): Binding {
  const { exports } = loader.instantiateSync(new WebAssembly.Module(debugModuleBytes()));
  const raw = exports as unknown as Record<string, (...args: unknown[]) => number> & { bytesId: { value: number } };
  const text =
    (name: string) =>
    (...args: unknown[]) =>
      exports.__getString(raw[name]!(...args));
  const bytes =
    (name: string) =>
    (...args: unknown[]) =>
      exports.__getUint8Array(raw[name]!(...args));
  const truth =
    (name: string) =>
    (...args: unknown[]) =>
      raw[name]!(...args.map(lowered)) !== 0;
  const whole =
    (name: string) =>
    (...args: unknown[]) =>
      raw[name]!(...args) >>> 0;
  const lowered = (value: unknown): unknown => {
    if (typeof value === "string") return exports.__newString(value);
    return value instanceof Uint8Array ? exports.__newArray(raw.bytesId.value, value as never) : value;
  };
  const hot = Object.fromEntries(
    signatures.flatMap(({ name, result, only }) => {
      if (only === "c" || raw[name] === undefined) return [];
      return [[name, unsignedKinds.has(result ?? "") ? whole(name) : raw[name]]];
    }),
  );
  const admin = {
    ...raw,
    adminLimiterMake: whole("adminLimiterMake"),
    adminLimiterConfigure: truth("adminLimiterConfigure"),
    adminLimiterSnapshot: bytes("adminLimiterSnapshot"),
    adminLimiterRestore: truth("adminLimiterRestore"),
    adminBreakerMake: whole("adminBreakerMake"),
    adminBreakerState: text("adminBreakerState"),
    adminBreakerForce: truth("adminBreakerForce"),
    adminBreakerSnapshot: bytes("adminBreakerSnapshot"),
    adminBreakerRestore: truth("adminBreakerRestore"),
    adminFree: truth("adminFree"),
    dumpAt: text("dumpAt"),
  };
  return { memory: exports.memory!, hot: hot as Functions, admin: admin as unknown as Admin };
}

function openAsBind(): Binding {
  const exports = instantiateWithAsBind(asBind) as Binding & Admin;
  return { memory: exports.memory, hot: exports as unknown as Functions, admin: exports };
}

let bindings: Readonly<Record<string, Binding>>;
const open = async (): Promise<typeof bindings> => ({
  raw: await openRaw(),
  loader: openLoader(),
  "as-bind": openAsBind(),
});

beforeAll(async () => {
  bindings = await open();
  for (const { admin } of Object.values(bindings)) admin.arenaInit(arenaBytes);
});

/** What each binding makes of `use`, after which their arenas hold the same bytes; gives the one answer. */
function agreed<Answer>(use: (binding: Binding) => Answer): Answer {
  const [first, ...others] = Object.entries(bindings).map(([name, binding]) => ({
    name,
    answer: use(binding),
    bytes: new Uint8Array(binding.memory.buffer, 0, arenaBytes),
  }));
  for (const { name, answer, bytes } of others) {
    expect(answer, name).toEqual(first!.answer);
    expect(Buffer.compare(bytes, first!.bytes), `bytes of ${name}`).toBe(0);
  }
  return first!.answer;
}

test("the whole conformance program, by every binding", () => {
  const decoded = Uint8Array.from(atob(program), (character) => character.charCodeAt(0));
  const { digests } = agreed(({ hot, memory }) =>
    runConformance(decoded, {
      functions: hot as never,
      allocate(bytes) {
        const at = hot["arenaAlloc"]!(bytes as never) as number;
        const block = new Uint8Array(memory.buffer, at, bytes);
        block.fill(0);
        return { at, bytes: block };
      },
    }),
  );
  expect(digests).toEqual(expected);
});

describe("administration and hot calls, mixed", () => {
  const now = fc.integer({ min: 0, max: 20_000 });
  const limiterStep = fc.oneof(
    fc.tuple(fc.constant("take"), fc.oneof(fc.integer({ min: -1, max: 12 }), fc.constant(Number.NaN)), now),
    fc.tuple(fc.constant("configure"), fc.integer({ min: 0, max: 20 }), now),
    fc.tuple(fc.constant("reset"), fc.constant(0), now),
    fc.tuple(fc.constant("save and restore"), fc.constant(0), now),
    fc.tuple(fc.constant("dump"), fc.constant(0), now),
  );

  function limiterCall(
    { hot, admin }: Binding,
    at: number,
    [kind, number, nowMs]: readonly [string, number, number],
  ): unknown {
    switch (kind) {
      case "take":
        return hot["gcraTryAcquire"]!(...([at, number, nowMs * 1000] as never[]));
      case "configure":
        return admin.adminLimiterConfigure(at, number, 1_000, 10, nowMs);
      case "reset":
        return [admin.adminLimiterReset(at, nowMs) ?? null, admin.adminLimiterRemaining(at, nowMs)];
      case "dump":
        return admin.dumpAt(at, 56, 10);
      default: {
        const saved = admin.adminLimiterSnapshot(at, nowMs);
        const restored = admin.adminLimiterRestore(at, saved, nowMs + 7);
        return [
          saved,
          restored,
          admin.adminLimiterRestore(at, saved.subarray(8), nowMs),
          admin.adminLimiterResetAfterMs(at, nowMs),
        ];
      }
    }
  }

  test("limiters", () => {
    fc.assert(
      fc.property(fc.array(limiterStep, { maxLength: 20 }), (steps) => {
        agreed((binding) => {
          const at = binding.admin.adminLimiterMake(10, 1_000, 10);
          return [
            at,
            steps.map((step) => limiterCall(binding, at, step)),
            binding.admin.adminFree(at),
            binding.admin.adminFree(at),
          ];
        });
      }),
      { numRuns: 40 },
    );
  });

  const states = ["closed", "open", "half-open", "forced-open", "disabled", "ajar", "", "gewölbt ☂"];

  test("breakers", () => {
    const step = fc.tuple(fc.constantFrom("call", "force", "reset", "save"), fc.nat({ max: 7 }), now);
    fc.assert(
      fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
        agreed(({ admin, hot }) => {
          const at = admin.adminBreakerMake(2, 500);
          const answers = steps.map(([kind, number, nowMs]) => {
            if (kind === "force") return admin.adminBreakerForce(at, states[number]!, nowMs);
            if (kind === "reset") return admin.adminBreakerReset(at, nowMs) ?? null;
            if (kind === "save") {
              const saved = admin.adminBreakerSnapshot(at, nowMs);
              return [saved, admin.adminBreakerRestore(at, saved, nowMs)];
            }
            const permit = hot["breakerTryAcquire"]!(...([at, nowMs * 1000] as never[])) as number;
            const flags =
              permit < 0 ? 0 : hot["breakerSettle"]!(...([at, permit, number & 1, 5, nowMs * 1000] as never[]));
            return [permit, flags, admin.adminBreakerState(at, nowMs), admin.adminBreakerRead(at, 1, nowMs)];
          });
          return [answers, admin.adminFree(at)];
        });
      }),
      { numRuns: 40 },
    );
  });

  test("impossible numbers make nothing", () => {
    expect(agreed(({ admin }) => [admin.adminLimiterMake(0, 1, 1), admin.adminBreakerMake(0, Number.NaN)])).toEqual([
      0, 0,
    ]);
  });
});

test("what is unsigned has no sign", () => {
  const hashes = agreed(({ hot }) =>
    Array.from({ length: 8 }, (_, length) => hot["xxHash32"]!(...([16, length, 1] as never[]))),
  );
  expect(hashes.some((hash) => (hash as number) > 2 ** 31)).toBe(true);
});

test("a limiter by any of them has the bytes of a TokenBucket of the build that ships", () => {
  const saved = agreed(({ admin, hot }) => {
    const at = admin.adminLimiterMake(10, 1_000, 10);
    hot["gcraTryAcquire"]!(...([at, 3, 4_000_000] as never[]));
    return admin.adminLimiterSnapshot(at, 4_100);
  });
  const bucket = new TokenBucket({ limit: 10, perMs: 1_000 }, createFullRuntime());
  bucket.tryAcquire(3, 4_000);
  expect(saved).toEqual(bucket.snapshot(4_100));
});

describe("as-bind", () => {
  test("administers through the compatibility layer", () => {
    const admin = openAdmin(asBind);
    const breaker = admin.adminBreakerMake(5, 30_000);
    expect(admin.adminBreakerForce(breaker, "forced-open", 0)).toBe(true);
    expect(admin.adminBreakerState(breaker, 0)).toBe("forced-open");
    admin.adminBreakerReset(breaker, 0);
    expect(admin.adminBreakerState(breaker, 0)).toBe("closed");
  });

  test("carries large values while its memory grows, and collects them", () => {
    const admin = openAdmin(asBind);
    const at = admin.adminLimiterMake(10, 1_000, 10);
    const large = new Uint8Array(4 << 20);
    for (let i = 0; i < 8; i++) expect(admin.adminLimiterRestore(at, large, 0)).toBe(false);
    expect(admin.adminLimiterRestore(at, admin.adminLimiterSnapshot(at, 0), 0)).toBe(true);
  });

  test("is told by the module where an address is another's", () => {
    const admin = openAdmin(asBind);
    const limiter = admin.adminLimiterMake(10, 1_000, 10);
    expect(() => admin.adminBreakerState(limiter, 0)).toThrow(/there is no breaker at this address/);
    expect(() => admin.adminBreakerState(2 ** 31, 0)).toThrow();
  });

  test("keeps its own converters behind ours, once", () => {
    const before = asBind.converters.size;
    openAdmin(asBind);
    expect(asBind.converters.size).toBe(before);
    expect([...asBind.converters.keys()].slice(0, 2)).toEqual(["u32", "usize"]);
  });
});
