/** The core as JavaScript: it decides as every build does, and stands in only where it must. */

import { afterEach, expect, test, vi } from "vitest";
import { createFullRuntime, createRuntime, TokenBucket } from "../../ts/core/index.js";
import { selfTest } from "../../ts/core/self-test/index.js";
import { script } from "../../ts/script/index.js";

afterEach(() => {
  vi.doUnmock("#wasm");
  vi.resetModules();
});

const forbidden = {
  profile: "browser",
  load: () => {
    throw new WebAssembly.CompileError("refused by the content security policy");
  },
};

test("reaches every digest of the conformance program", () => {
  const report = selfTest(createFullRuntime({ module: script }));
  expect(report).toMatchObject({ ok: true, profile: "script", wrong: [], absent: [] });
  expect(report.common).toBe(selfTest().common);
});

test("each runtime has a memory of its own", () => {
  const [one, two] = [createRuntime({ module: script }), createRuntime({ module: script })];
  const bucket = new TokenBucket({ limit: 1, perMs: 1_000 }, one);
  expect([bucket.tryAcquire(1, 0), bucket.tryAcquire(1, 0)]).toEqual([0, 1_000]);
  expect(one.info.memoryBytes).toBe(4 << 20);
  expect([one.info.usedBytes > 0, two.info.usedBytes]).toEqual([true, 0]);
});

test("changes nothing where WebAssembly may be compiled", () => {
  expect(createRuntime().info).toMatchObject({ profile: "server", reason: expect.stringContaining("#wasm") });
});

test("stands in where it may not, and says so", async () => {
  vi.resetModules();
  vi.doMock("#wasm", () => forbidden);
  const core = await import("../../ts/core/index.js");
  expect(() => core.defaultRuntime()).toThrow(
    expect.objectContaining({ code: "CORE_BLOCKED", message: expect.stringContaining('"holdfast/script"') }),
  );
  await import("../../ts/script/index.js");
  expect(core.coreInfo()).toMatchObject({
    profile: "script",
    reason: expect.stringContaining("holdfast/script was imported"),
  });
  expect(new core.TokenBucket({ limit: 1, perMs: 1 }).tryAcquire(1, 0)).toBe(0);
});
