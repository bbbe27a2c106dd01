/**
 * Hosts that are no JavaScript runtimes. Each runs the conformance program (ts/core/self-test/README.md) on the embedded module
 * and prints what came out as one line of JSON; test/hosts/ has their sources. What they are built with stays in
 * test/hosts/dist, what they make of the program and the module in a temporary folder.
 */
import { join } from "node:path";
import { boardTools, cTools, onNewWasm2c, onWasm2c, onWasm3, pythonTools, resultIn } from "./c-hosts.mjs";
import { at } from "./root.mjs";
import { madeOnce, must, pythonWith, windows } from "./tools.mjs";

/** What a command that is given the program and the module prints. */
const play = async (command, args, { program, module }) => resultIn(await must(command, [...args, program, module]));

async function onWasmtime(files) {
  const python = await pythonWith("wasmtime", "wasmtime for Python");
  return play(python, [at("test", "hosts", "wasmtime", "conformance.py")], files);
}

async function onWazero(files) {
  const name = windows ? "conformance.exe" : "conformance";
  const folder = await madeOnce("wazero", "wazero", (made) =>
    must("go", ["build", "-o", join(made, name), "."], { cwd: at("test", "hosts", "wazero") }),
  );
  return play(join(folder, name), [], files);
}

async function onWasmi(files) {
  const folder = await madeOnce("wasmi", "wasmi", (made) =>
    must("cargo", ["build", "--release", "--locked", "--quiet", "--target-dir", made], {
      cwd: at("test", "hosts", "wasmi"),
    }),
  );
  return play(join(folder, "release", `holdfast-wasmi-host${windows ? ".exe" : ""}`), [], files);
}

/**
 * All hosts: `needs` names tools, `play(files)` resolves to what the program told. `files` has `folder`, a temporary one, and the
 * paths of the `program` and the `module`.
 */
export const coreHosts = [
  { name: "wasmtime", needs: ["python"], play: onWasmtime },
  { name: "wasm3", needs: pythonTools, play: onWasm3 },
  { name: "wazero", needs: ["go"], play: onWazero },
  { name: "wasmi", needs: ["cargo"], play: onWasmi },
  { name: "wasm2c-native", needs: cTools, play: (files) => onWasm2c(files, "native") },
  { name: "wasm2c-cortex-m3", needs: boardTools, play: (files) => onWasm2c(files, "cortex-m3") },
  { name: "wasm2c-new", needs: pythonTools, play: onNewWasm2c },
];
