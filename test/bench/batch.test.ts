import { expect, test } from "vitest";
import { batchOver } from "../../bench/harness/batch.js";
import { sink } from "../../bench/harness/sink.js";

/** A run that remembers its inputs. */
function recorder<T>(give: (i: number) => T): { run: (i: number) => T; seen: number[] } {
  const seen: number[] = [];
  return {
    seen,
    run(i) {
      seen.push(i);
      return give(i);
    },
  };
}

test("a batch runs as often as it is told, with inputs that count up", () => {
  const { run, seen } = recorder((i) => ({ i }));
  const batch = batchOver(run, "sync");
  seen.length = 0;
  batch(3, 10);
  expect(seen).toEqual([10, 11, 12]);
});

test("numbers are added up, so that none can be left out", () => {
  batchOver((i) => i, "sync")(4, 1);
  expect(sink.value).toBe(1 + 2 + 3 + 4);
});

test("each promise is awaited before the next call", async () => {
  let under = 0;
  let most = 0;
  const batch = batchOver(async () => {
    most = Math.max(most, ++under);
    await Promise.resolve();
    under--;
  }, "async");
  await batch(5, 0);
  expect(most).toBe(1);
});

test("expected rejections are caught and kept", async () => {
  const error = new Error("refused");
  await batchOver(() => Promise.reject(error), "refused")(1, 0);
  expect(sink.slots).toContain(error);
});

test("an unexpected rejection ends the batch", async () => {
  await expect(batchOver(() => Promise.reject(new Error("broken")), "async")(1, 0)).rejects.toThrow("broken");
});
