/** What the package says and does where the native addon is not here. The addon itself is tried by `npm run test:native`. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it, vi } from "vitest";
import * as addon from "../../ts/native/addon.js";
import { hostClock, nativeCore, nativeInfo, pressure, processRuntime, threadTime } from "../../ts/native/index.js";

const folder = mkdtempSync(join(tmpdir(), "holdfast-addon-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const nameOf = (library: string) => `holdfast.${process.platform}-${process.arch}-${library}.node`;

describe("looking for the addon", () => {
  it.runIf(process.platform === "linux")("says how to build it where it is not", () => {
    expect(addon.lookIn(folder).info).toEqual({ available: false, reason: expect.stringContaining("build:native") });
  });

  it.runIf(process.platform === "linux")("says why a file cannot be loaded", () => {
    const broken = join(folder, "broken");
    mkdirSync(broken);
    for (const library of ["gnu", "musl"]) writeFileSync(join(broken, nameOf(library)), "no addon");
    const { info } = addon.lookIn(broken);
    expect(info).toEqual({ available: false, reason: expect.stringMatching(/musl\.node cannot be loaded: .+/) });
  });

  it("says that it is made for Linux elsewhere", () => {
    const spy = vi.spyOn(process, "platform", "get").mockReturnValue("win32");
    expect(addon.lookIn(folder).info).toEqual({ available: false, reason: "it is made for Linux, and this is win32" });
    spy.mockRestore();
  });

  it.skipIf(nativeInfo().available)("makes everything that needs it throw a typed error with the reason", () => {
    const uses = [() => processRuntime({ file: join(folder, "file") }), nativeCore, threadTime, () => pressure("cpu")];
    for (const use of uses) {
      expect(use).toThrow(
        expect.objectContaining({ code: "NATIVE_UNAVAILABLE", message: expect.stringContaining("build") }),
      );
    }
  });
});

describe("errors of the addon", () => {
  const failing = (error: unknown) => () =>
    addon.calling(() => {
      throw error;
    });

  it("become the package's with their code, and only a busy file is worth another try", () => {
    const native = (code: string) => Object.assign(new Error("why"), { code });
    expect(failing(native("FILE_TORN"))).toThrow(expect.objectContaining({ code: "FILE_TORN", retryable: false }));
    expect(failing(native("FILE_BUSY"))).toThrow(expect.objectContaining({ code: "FILE_BUSY", retryable: true }));
    expect(failing(new RangeError("odd"))).toThrow(RangeError);
  });
});

it("the host's clock is the system's monotonic one", () => {
  const before = Number(process.hrtime.bigint()) / 1e6;
  const now = hostClock.now();
  expect(now).toBeGreaterThan(before - 0.01);
  expect(now).toBeLessThan(Number(process.hrtime.bigint()) / 1e6 + 0.01);
  const wall = vi.spyOn(Date, "now").mockReturnValue(1_700_000_000_000);
  expect(hostClock.wallNow()).toBe(1_700_000_000_000);
  wall.mockRestore();
  hostClock.schedule(() => {}, 1).cancel();
});
