import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { Command } from "../../ts/cli/command.js";
import { runProgram } from "../../ts/cli/program.js";
import { HoldfastError } from "../../ts/kernel/index.js";
import { recordedIo } from "./io.js";

const gateway: Command = { name: "gateway", summary: "put it in front of services", run: async () => 0 };

async function run(argv: string[], env: Record<string, string> = {}, extra: Command[] = [gateway]) {
  const recorded = recordedIo(env);
  const code = await runProgram(argv, recorded.io, extra);
  return { code, out: recorded.out(), err: recorded.err() };
}

describe("holdfast", () => {
  it.each([["--help"], ["-h"], ["help"]])("%s lists the commands with examples on standard output", async (word) => {
    const { code, out, err } = await run([word]);
    expect(code).toBe(0);
    expect(out).toMatch(/^ {2}gateway {2}put it/m);
    expect(out).toMatch(/^ {2}demo /m);
    expect(out).toContain("Examples:");
    expect(out).not.toContain("demo-service");
    expect(err).toBe("");
  });

  it("prints the version of the package", async () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(await run(["--version"])).toEqual({ code: 0, out: `${version}\n`, err: "" });
    expect((await run(["-v"])).out).toBe(`${version}\n`);
  });

  it("without a command shows the help where talk goes, and fails", async () => {
    const { code, out, err } = await run([]);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toContain("Usage: holdfast <command>");
  });

  it.each([
    ["gatway", 'there is no command "gatway"; did you mean gateway?'],
    ["dmeo", 'there is no command "dmeo"; did you mean demo?'],
    ["gate", 'there is no command "gate"; did you mean gateway?'],
    ["fly", 'there is no command "fly"; the commands are gateway, demo, doctor and inspect'],
    ["--frob", 'there is no option "--frob"; the commands are gateway, demo, doctor and inspect'],
  ])("says what was probably meant by %s", async (word, message) => {
    const { code, out, err } = await run([word]);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toContain(message);
  });

  it("gives a command's help by either spelling", async () => {
    const direct = await run(["demo", "--help"]);
    expect(direct.code).toBe(0);
    expect(direct.out).toContain("Usage: holdfast demo");
    expect((await run(["help", "demo"])).out).toBe(direct.out);
  });

  it.each([
    [["demo", "--nope"], "unknown option '--nope'"],
    [["demo", "--seconds"], "option '--seconds <value>' argument missing"],
    [["demo", "stray"], "unexpected argument 'stray'"],
    [["demo", "--seconds", "soon"], '--seconds is "soon"; give a number from 1 to 86400'],
    [["demo", "--rate", "0"], '--rate is "0"; give a number from 1 to 2000'],
    [["demo", "--seed", "1.5"], '--seed is "1.5"; give a whole number from 0 to 4294967295'],
    [["demo", "--port", "70000"], '--port is "70000"; give a whole number from 0 to 65535'],
    [["demo-service"], "demo-service is started by holdfast demo"],
  ])("refuses %j with exit code 2 and a reason", async (argv, message) => {
    const { code, out, err } = await run(argv);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err.toLowerCase()).toContain(message.toLowerCase());
  });

  it.each([
    [new HoldfastError("CONFIG_INVALID", "gateway.yaml:1:1: no"), 2],
    [new HoldfastError("LISTEN_FAILED", "port 80 is taken"), 1],
    [new TypeError("a mistake of ours"), 1],
  ])("turns %s into exit code %i and one line", async (error, expected) => {
    const failing: Command = {
      name: "gateway",
      summary: "",
      run: () => Promise.reject(error),
    };
    const { code, err } = await run(["gateway"], {}, [failing]);
    expect(code).toBe(expected);
    expect(err).toBe(`holdfast: ${error.message}\n`);
    const debug = await run(["gateway"], { HOLDFAST_DEBUG: "1" }, [failing]);
    expect(debug.err.includes("at ")).toBe(expected === 1);
  });

  it("paints only where it is wanted", async () => {
    expect((await run(["fly"], { FORCE_COLOR: "1" })).err).toContain("\u001b[31m");
    expect((await run(["fly"])).err).not.toContain("\u001b");
  });
});
