import { EventEmitter, getEventListeners } from "node:events";
import fc from "fast-check";
import { expect, it } from "vitest";
import { manualClock } from "../../ts/kernel/index.js";
import { bulkhead, timeout } from "../../ts/resilience/index.js";

const listeners = (signal: AbortSignal) => getEventListeners(signal, "abort").length;

it("has one listener on a signal, however many calls hear of it, and none once they are over (cockatiel #81)", async () => {
  const policy = bulkhead({ limit: 1_000, clock: manualClock() });
  const { signal } = new AbortController();
  const ends: (() => void)[] = [];
  const calls = Array.from({ length: 100 }, () =>
    policy.execute(() => new Promise<void>((resolve) => ends.push(resolve)), { signal }),
  );
  expect(listeners(signal)).toBe(1);
  expect(listeners(signal)).toBeLessThan(EventEmitter.defaultMaxListeners);
  for (const end of ends.splice(0, 99)) end();
  await Promise.all(calls.slice(0, 99));
  expect(listeners(signal)).toBe(1);
  ends[0]!();
  await calls[99];
  expect(listeners(signal)).toBe(0);
});

it("interrupts all calls of a signal in the order in which they came, those too that end others, and nobody else (property)", async () => {
  const script = fc.array(fc.constantFrom("start", "start", "finish first", "finish last"), { maxLength: 30 });
  await fc.assert(
    fc.asyncProperty(script, async (steps) => {
      const policy = timeout({ timeoutMs: 1_000, clock: manualClock() });
      const controller = new AbortController();
      const live: { id: number; finish: () => void }[] = [];
      const ended: number[] = [];
      let ids = 0;
      for (const step of steps) {
        if (step === "start") {
          const id = ids++;
          const call = policy.tryExecute(() => new Promise<void>((resolve) => live.push({ id, finish: resolve })), {
            signal: controller.signal,
          });
          void call.then(({ ok }) => ok || ended.push(id));
        } else {
          const one = step === "finish first" ? live.shift() : live.pop();
          one?.finish();
          for (let turn = 0; turn < 10; turn++) await undefined;
        }
      }
      controller.abort("over");
      for (let turn = 0; turn < 20; turn++) await undefined;
      expect(ended).toEqual(live.map(({ id }) => id));
      expect(listeners(controller.signal)).toBe(0);
    }),
  );
});

it("takes a call that another's listener ends while all are being interrupted", async () => {
  const policy = bulkhead({ limit: 2, clock: manualClock() });
  const controller = new AbortController();
  let finishSecond: () => void = () => {};
  const first = policy.tryExecute(
    ({ signal }) => new Promise(() => signal.addEventListener("abort", () => finishSecond(), { once: true })),
    { signal: controller.signal },
  );
  const second = policy.tryExecute(() => new Promise<void>((resolve) => (finishSecond = resolve)), {
    signal: controller.signal,
  });
  controller.abort("over");
  expect(await first).toMatchObject({ error: "over" });
  expect(await second).toMatchObject({ error: "over" });
  expect(listeners(controller.signal)).toBe(0);
});
