import { afterEach, expect, it, vi } from "vitest";
import { runProgram } from "../../ts/cli/program.js";
import { common, digests } from "../../ts/core/self-test/program.js";
import * as conformance from "../../ts/core/self-test/run.js";
import { recordedIo } from "./io.js";

vi.mock("../../ts/core/self-test/run.js", { spy: true });
afterEach(() => vi.restoreAllMocks());

async function doctor(...argv: string[]) {
  const recorded = recordedIo({});
  const code = await runProgram(["doctor", ...argv], recorded.io);
  return { code, out: recorded.out(), err: recorded.err() };
}

it("prints the digests of the build in use as one JSON object", async () => {
  const { code, out, err } = await doctor("--json");
  expect(code).toBe(0);
  expect(err).toBe("");
  expect(JSON.parse(out)).toMatchObject({
    ok: true,
    wrong: [],
    common,
    digests,
    modules: {
      base: { profile: "server" },
      full: { profile: "server", reason: expect.stringContaining("#wasm-full") },
    },
  });
});

it("tells a person which builds run and that all is well", async () => {
  const { code, out } = await doctor();
  expect(code).toBe(0);
  expect(out).toMatch(/^base module: server, .*#wasm: server/m);
  expect(out).toMatch(/^ {2}gcra +[0-9a-f]{16} {2}ok$/m);
  expect(out).toContain("Every structure decides as it should.");
});

it("exits with 1 and names the structure that decides differently", async () => {
  vi.mocked(conformance.runConformance).mockReturnValue({
    digests: { ...digests, gcra: "0000000000000000" },
    absent: [],
    common: "0000000000000000",
  });
  const { code, out } = await doctor();
  expect(code).toBe(1);
  expect(out).toMatch(/^ {2}gcra +0{16} {2}decides differently$/m);
  expect(out).toContain("1 of them decide differently");
});

it("has a help, and refuses what it does not know", async () => {
  expect((await doctor("--help")).out).toContain("Usage: holdfast doctor");
  expect((await doctor("--frob")).code).toBe(2);
});
