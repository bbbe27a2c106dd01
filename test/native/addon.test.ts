/** The addon itself: it decides as every other build, and knows what it should of the system. */

import { describe, expect, it } from "vitest";
import { selfTest } from "../../ts/core/self-test/index.js";
import { nativeInfo, pressure, processRuntime, threadTime } from "../../ts/native/index.js";
import { freshFile } from "./peers.js";

describe("the addon", () => {
  it("is here", () => {
    expect(nativeInfo()).toEqual({ available: true, file: expect.stringMatching(/\.node$/) });
  });

  it("reaches the digest of every structure", () => {
    const host = processRuntime({ file: freshFile(), memoryBytes: 4 << 20 });
    try {
      const report = selfTest(host);
      expect(report).toMatchObject({ ok: true, profile: "native", wrong: [], absent: [] });
    } finally {
      host.leave();
    }
  });

  it("counts the processor time of this thread alone", () => {
    const [before, all] = [threadTime(), process.cpuUsage()];
    const untilMs = before.userMs + 20;
    while (threadTime().userMs < untilMs);
    const after = threadTime();
    expect(after.systemMs).toBeGreaterThanOrEqual(before.systemMs);
    expect(after.userMs - before.userMs).toBeLessThanOrEqual(process.cpuUsage(all).user / 1000 + 10);
    expect(after.waited).toBeGreaterThanOrEqual(before.waited);
  });

  it("tells the pressure on each resource, where the kernel does", () => {
    for (const resource of ["cpu", "memory", "io"] as const) {
      const told = pressure(resource);
      if (told === undefined) continue;
      for (const { share10s, share60s, share300s, totalMs } of [told.some, told.full ?? told.some]) {
        for (const share of [share10s, share60s, share300s]) {
          expect(share).toBeGreaterThanOrEqual(0);
          expect(share).toBeLessThanOrEqual(1);
        }
        expect(totalMs).toBeGreaterThanOrEqual(0);
      }
    }
    expect(pressure("cpu", "/nonexistent")).toBeUndefined();
    expect(() => pressure("disk" as "io")).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});
