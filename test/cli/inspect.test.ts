import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { runProgram } from "../../ts/cli/program.js";
import { BreakerMachine, TokenBucket } from "../../ts/core/index.js";
import { recordedIo } from "./io.js";

const folder = mkdtempSync(join(tmpdir(), "holdfast-inspect-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function saved(name: string, bytes: Uint8Array): string {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

async function inspect(...argv: string[]) {
  const recorded = recordedIo({});
  const code = await runProgram(["inspect", ...argv], recorded.io);
  return { code, out: recorded.out(), err: recorded.err() };
}

it("reads a snapshot for people and for programs", async () => {
  const bucket = new TokenBucket({ limit: 10, perMs: 1_000 });
  bucket.tryAcquire(4, 0);
  const file = saved("bucket", bucket.snapshot(100));
  const { code, out } = await inspect(file);
  expect(code).toBe(0);
  expect(out).toContain("token bucket, GCRA or leaky bucket (GCR, version 2), snapshot, 64 bytes\n");
  expect(out).toMatch(/^ {4}theoreticalArrival {2}300,000 sub-ticks owed = 300 ms$/m);
  const json = JSON.parse((await inspect(file, "--json")).out);
  expect(json).toMatchObject({ kind: "GCR", damaged: false, configuration: { burst: { value: 10 } } });
});

it("reads no more of lists than it is told", async () => {
  const breaker = new BreakerMachine({ kind: "count", calls: 100 });
  const { out } = await inspect(saved("breaker", breaker.snapshot(0)), "--json", "--values", "2");
  expect(JSON.parse(out).state.results).toMatchObject({ values: [0, 0], count: 100 });
});

it("exits with 1 for what is damaged, no snapshot or not there", async () => {
  const bytes = new TokenBucket({ limit: 10, perMs: 1_000 }).snapshot(0);
  bytes[20]! ^= 1;
  expect(await inspect(saved("damaged", bytes))).toMatchObject({ code: 1, out: expect.stringContaining("DAMAGED") });
  expect(await inspect(saved("other", new Uint8Array(9)))).toMatchObject({
    code: 1,
    err: expect.stringContaining("begins with none of the structures"),
  });
  expect(await inspect(join(folder, "nothing"))).toMatchObject({
    code: 1,
    err: expect.stringContaining("cannot be read"),
  });
});

it("exits with 2 without a file, with two, or with a number that is none, and helps", async () => {
  for (const argv of [[], ["a", "b"], ["a", "--values", "x"]]) expect((await inspect(...argv)).code).toBe(2);
  expect(await inspect("--help")).toMatchObject({
    code: 0,
    out: expect.stringContaining("Usage: holdfast inspect FILE"),
  });
});
