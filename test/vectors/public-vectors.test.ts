/** Holds the reader of public vectors to its promises about folders; the vectors themselves are read in files named *.vectors.test.ts. */

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { readVectors } from "./public-vectors.js";

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

test("a variable that names no folder is a mistake, not a skip", () => {
  vi.stubEnv("HOLDFAST_VECTORS", join(tmpdir(), "holdfast-no-such-folder"));
  expect(() => readVectors("hash")).toThrow("is no folder");
});

test("all files of a kind are read and counted; one that cannot be read fails with its name", () => {
  const said = vi.spyOn(console, "log").mockImplementation(() => {});
  const folder = mkdtempSync(join(tmpdir(), "holdfast-vectors-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  vi.stubEnv("HOLDFAST_VECTORS", folder);
  writeFileSync(join(folder, "hash-a.json"), '{"vectors": [1]}');
  writeFileSync(join(folder, "hash-b.json"), '{"vectors": [2, 3]}');
  writeFileSync(join(folder, "other.json"), "{");
  expect(readVectors("hash").map(({ path }) => path)).toEqual(["hash-a.json", "hash-b.json"]);
  expect(said).toHaveBeenCalledWith("hash: 2 files");
  expect(() => readVectors("other")).toThrow("other.json");
});
