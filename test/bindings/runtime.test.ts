import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { coreInfo, createRuntime, defaultRuntime, provideModule, resetDefaultRuntime } from "../../bindings/index.js";
import { TokenBucket } from "../../ts/core/index.js";

afterEach(() => {
  resetDefaultRuntime();
  vi.restoreAllMocks();
});

const moduleOf = (profile: string): WebAssembly.Module =>
  new WebAssembly.Module(readFileSync(new URL(`../../dist/wasm/${profile}.wasm`, import.meta.url)));

test("node gets the server build, and is told why", () => {
  expect(coreInfo()).toMatchObject({
    profile: "server",
    memoryBytes: 16 << 20,
    features: ["threads", "simd", "bulk-memory"],
    reason: expect.stringContaining("#wasm"),
  });
});

test.each(["server", "browser", "edge"])("a provided %s module wins, with its own default memory", (profile) => {
  provideModule(moduleOf(profile), profile);
  expect(coreInfo()).toMatchObject({ profile, reason: "the application provided it" });
  expect(new TokenBucket({ limit: 1, perMs: 1 }).tryAcquire(1, 0)).toBe(0);
});

test("a runtime takes a module that nobody named, shared memory or not", () => {
  for (const profile of ["server", "browser", "edge"]) {
    const runtime = createRuntime({ module: moduleOf(profile) });
    expect(new TokenBucket({ limit: 1, perMs: 1 }, runtime).tryAcquire(1, 0)).toBe(0);
    expect(runtime.info).toMatchObject({ profile: "given", memoryBytes: 1 << 20, features: [] });
  }
});

test("memory is what was asked for, in whole pages", () => {
  expect(createRuntime({ memoryBytes: 1 }).info.memoryBytes).toBe(65_536);
  expect(createRuntime({ memoryBytes: 70_000 }).info.memoryBytes).toBe(131_072);
  for (const memoryBytes of [0, -1, Number.NaN, 2 ** 33]) {
    expect(() => createRuntime({ memoryBytes })).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  }
});

test("structures of different runtimes share nothing", () => {
  const [one, two] = [createRuntime(), createRuntime()];
  const bucket = new TokenBucket({ limit: 1, perMs: 1 }, one);
  expect(one.info.usedBytes).toBeGreaterThan(0);
  expect(two.info.usedBytes).toBe(0);
  bucket.dispose();
});

test("the default runtime is made once, and anew after a module was provided", () => {
  const first = defaultRuntime();
  expect(defaultRuntime()).toBe(first);
  provideModule(moduleOf("edge"));
  expect(defaultRuntime()).not.toBe(first);
});

test("a module that traps makes every decision fail", () => {
  // Its exports have the right names, and each does nothing but trap.
  const names = WebAssembly.Module.exports(moduleOf("edge")).map(({ name }) => name);
  provideModule(trapping(names), "edge");
  expect(() => new TokenBucket({ limit: 1, perMs: 1 })).toThrow(WebAssembly.RuntimeError);
});

test("a foreign module is refused with CORE_BLOCKED", () => {
  // (module (import "env" "clock" (func)))
  const foreign = new WebAssembly.Module(
    Uint8Array.from([
      0, 97, 115, 109, 1, 0, 0, 0, 1, 4, 1, 96, 0, 0, 2, 13, 1, 3, 101, 110, 118, 5, 99, 108, 111, 99, 107, 0, 0,
    ]),
  );
  expect(() => createRuntime({ module: foreign })).toThrow(expect.objectContaining({ code: "CORE_BLOCKED" }));
});

test("a host that forbids compiling is told what to do", async () => {
  vi.resetModules();
  vi.doMock("#wasm", () => ({
    profile: "server",
    load: () => {
      throw new WebAssembly.CompileError("code generation disallowed by embedder");
    },
  }));
  const fresh = await import("../../bindings/index.js");
  expect(() => fresh.defaultRuntime()).toThrow(
    expect.objectContaining({ code: "CORE_BLOCKED", message: expect.stringContaining("provideModule") }),
  );
  fresh.provideModule(moduleOf("edge"), "edge");
  expect(fresh.coreInfo().profile).toBe("edge");
  vi.doUnmock("#wasm");
  vi.resetModules();
});

test("importing compiles nothing; first use compiles once", async () => {
  vi.resetModules();
  const load = vi.fn(() => moduleOf("server"));
  vi.doMock("#wasm", () => ({ profile: "server", load }));
  const fresh = await import("../../ts/core/index.js");
  expect(load).not.toHaveBeenCalled();
  new fresh.TokenBucket({ limit: 1, perMs: 1 });
  new fresh.TokenBucket({ limit: 1, perMs: 1 });
  expect(load).toHaveBeenCalledTimes(1);
  vi.doUnmock("#wasm");
  vi.resetModules();
});

/** A module that exports `names`, each of them (func unreachable). */
function trapping(names: readonly string[]): WebAssembly.Module {
  const number = (value: number): number[] => (value < 128 ? [value] : [(value & 127) | 128, ...number(value >> 7)]);
  const section = (id: number, content: readonly number[]): number[] => [id, ...number(content.length), ...content];
  const text = (name: string): number[] => [...number(name.length), ...new TextEncoder().encode(name)];
  return new WebAssembly.Module(
    Uint8Array.from([
      ...[0, 97, 115, 109, 1, 0, 0, 0],
      ...section(1, [1, 96, 0, 0]),
      ...section(3, [1, 0]),
      ...section(7, [...number(names.length), ...names.flatMap((name) => [...text(name), 0, 0])]),
      ...section(10, [1, 3, 0, 0, 11]),
    ]),
  );
}
