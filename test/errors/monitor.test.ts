import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { captureUncaught, errorMonitor, UnifiedError } from "../../ts/errors/index.js";
import { manualClock } from "../../ts/kernel/index.js";
import { hostile } from "./hostile.js";

const coded = (code: string, message = "m") => Object.assign(new Error(message), { code });

describe("ErrorMonitor", () => {
  test("counts as a list of all errors would", () => {
    const step = fc.record({ waitMs: fc.integer({ min: 0, max: 400 }), code: fc.constantFrom("A", "B", "C", "D") });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.integer({ min: 1, max: 10 }), (steps, span) => {
        const clock = manualClock();
        const monitor = errorMonitor({ windowMs: 1_000, buckets: 10, clock });
        const all: { bucket: number; code: string }[] = [];
        for (const { waitMs, code } of steps) {
          clock.advanceSync(waitMs);
          monitor.record(coded(code));
          all.push({ bucket: Math.floor(clock.now() / 100), code });
          const from = Math.floor(clock.now() / 100) - span;
          expect(monitor.count({ code: "A", overMs: span * 100 })).toBe(
            all.filter((e) => e.code === "A" && e.bucket > from).length,
          );
          expect(monitor.count({ overMs: span * 100 })).toBe(all.filter((e) => e.bucket > from).length);
        }
      }),
    );
  });

  test("series are bounded, and no error is lost when they are full or make room", () => {
    const clock = manualClock();
    const monitor = errorMonitor({ maxSeries: 3, maxGroups: 4, clock });
    for (let index = 0; index < 500; index++) {
      if (index % 100 === 0) clock.advanceSync(61_000);
      monitor.record(coded(`E${index}`), { component: `c${index % 7}` });
    }
    const { byCode, byComponent, groups, forgottenGroups, all } = monitor.snapshot();
    expect(byCode.length).toBe(4);
    expect(byCode.reduce((sum, { total }) => sum + total, 0)).toBe(500);
    expect(byComponent.reduce((sum, { total }) => sum + total, 0)).toBe(500);
    expect(groups.length).toBe(4);
    expect(forgottenGroups).toBeGreaterThan(0);
    expect(all.total).toBe(500);
  });

  test("groups errors that differ by ids and quotes, with first and last sight and no secrets", () => {
    const clock = manualClock({ wallNowMs: 1_000 });
    const monitor = errorMonitor({ clock });
    monitor.record(coded("X", 'order 17 of "ada" password=hunter2'));
    clock.advanceSync(500);
    monitor.record(coded("X", 'order 18 of "bob" password=hunter3'));
    const { groups } = monitor.snapshot();
    expect(groups).toHaveLength(1);
    expect(groups[0]).toMatchObject({ count: 2, firstSeenMs: 1_000, lastSeenMs: 1_500 });
    expect(JSON.stringify(groups)).not.toContain("hunter");
  });

  test("a threshold is raised at one count and cleared at a lower one, also when no more errors come", async () => {
    const clock = manualClock();
    const monitor = errorMonitor({ windowMs: 1_000, buckets: 10, clock });
    const told: boolean[] = [];
    monitor.on("threshold", ({ raised }) => told.push(raised));
    const watch = monitor.watch("x", { where: { severity: "error" }, raiseAt: 3, clearAt: 1 });
    for (const code of ["X", "ECONNRESET"]) monitor.record(coded(code));
    await clock.advance(100);
    monitor.record(coded("X"));
    expect(told).toEqual([]);
    await clock.advance(400);
    monitor.record(coded("X"));
    expect(told).toEqual([true]);
    // Two are left at 1,000 ms, which is neither one number nor the other.
    await clock.advance(500);
    expect(told).toEqual([true]);
    await clock.advance(100);
    expect(told).toEqual([true, false]);
    expect(clock.pendingTimers).toBe(0);
    watch[Symbol.dispose]();
    expect(monitor.snapshot().thresholds).toEqual([]);
  });

  test("a listener that throws or records breaks nothing and goes round in no circle", () => {
    const monitor = errorMonitor({ clock: manualClock() });
    let told = 0;
    monitor.on("recorded", () => {
      told++;
      monitor.record(new Error("from within"));
    });
    monitor.record(new Error("from without"));
    expect([told, monitor.count()]).toEqual([1, 2]);
  });

  test("takes anything, reads the context of a unified error, and gives plain data", () => {
    const monitor = errorMonitor({ clock: manualClock() });
    for (const make of Object.values(hostile)) monitor.record(make());
    monitor.record(new UnifiedError("X", "x", { component: "orders", operation: "load" }));
    expect(monitor.count({ component: "orders" })).toBe(1);
    const snapshot = monitor.snapshot();
    expect(structuredClone(snapshot)).toEqual(JSON.parse(JSON.stringify(snapshot)));
  });

  test("refuses senseless options", () => {
    for (const options of [{ windowMs: 0 }, { buckets: 0 }, { maxSeries: 1.5 }, { maxGroups: 0 }]) {
      expect(() => errorMonitor(options)).toThrow("give");
    }
    const monitor = errorMonitor({ clock: manualClock() });
    expect(() => monitor.watch("x", { raiseAt: 2, clearAt: 2 })).toThrow("clearAt");
    expect(() => monitor.count({ code: "A", component: "b" })).toThrow("query");
  });
});

describe("captureUncaught", () => {
  const copy = new URL("../../dist/ts/errors/index.js", import.meta.url).href;

  /** How a process ends, with and without the capture. */
  async function endOf(code: string, capture: boolean) {
    const prelude = capture
      ? `import { captureUncaught, processMonitor } from ${JSON.stringify(copy)};
         captureUncaught(processMonitor());
         process.on("exit", () => console.log(processMonitor().snapshot().byComponent.map(({ name }) => name).join()));`
      : "";
    const run = promisify(execFile)(process.execPath, ["--input-type=module", "--eval", `${prelude}\n${code}`], {
      cwd: fileURLToPath(new URL("../..", import.meta.url)),
    });
    const end = await run.then(
      ({ stdout }) => ({ code: 0, stdout, stderr: "" }),
      (error: { code: number; stdout: string; stderr: string }) => error,
    );
    return { code: end.code, stdout: end.stdout.trim(), died: /boom/.test(end.stderr) };
  }

  test.each([
    ["an exception", 'queueMicrotask(() => { throw new Error("boom"); });', "uncaught"],
    ["a rejection", 'Promise.reject(new Error("boom"));', "unhandled-rejection"],
    [
      "an application that goes on",
      'process.on("uncaughtException", () => {}); queueMicrotask(() => { throw new Error("boom"); });',
      "uncaught",
    ],
  ])("hears of %s and changes nothing", async (_, code, component) => {
    const [without, withCapture] = await Promise.all([endOf(code, false), endOf(code, true)]);
    expect([withCapture.code, withCapture.died]).toEqual([without.code, without.died]);
    expect(withCapture.stdout).toBe(component);
  });

  test("elsewhere it listens to the global scope, until disposed", () => {
    const scope = new EventTarget();
    const monitor = errorMonitor({ clock: manualClock() });
    const capture = captureUncaught(monitor, scope);
    scope.dispatchEvent(Object.assign(new Event("error"), { error: new Error("a") }));
    scope.dispatchEvent(Object.assign(new Event("unhandledrejection"), { reason: new Error("b") }));
    capture[Symbol.dispose]();
    scope.dispatchEvent(Object.assign(new Event("error"), { error: new Error("c") }));
    expect([monitor.count({ component: "uncaught" }), monitor.count({ component: "unhandled-rejection" })]).toEqual([
      1, 1,
    ]);
  });
});
