/** Programs of other languages that make hosts and peers: which are here, running one that must succeed, keeping what it made. */
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "./command.mjs";
import { at } from "./root.mjs";
import { talk } from "./talk.mjs";
import { treeHash } from "./tree-hash.mjs";

/** How long one build step or run may take. */
const patienceMs = 300_000;

export const windows = process.platform === "win32";

/** Runs a command that must succeed and gives what it printed. */
export async function must(command, args, options = {}) {
  const { code, stdout, stderr, timedOut } = await run(command, args, {
    stdout: "collect",
    stderr: "collect",
    timeoutMs: patienceMs,
    ...options,
  });
  if (timedOut) throw new Error(`${command} ${args[0]}: no end within ${patienceMs / 1000} s`);
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: exit code ${code}\n${stdout}${stderr}`);
  return stdout;
}

/** The programs that build or run a host or a peer, each by the words that make it tell its version. */
const tools = {
  python: ["python3", "--version"],
  go: ["go", "version"],
  cargo: ["cargo", "--version"],
  java: ["java", "-version"],
  javac: ["javac", "-version"],
  mvn: ["mvn", "--version"],
  make: ["make", "--version"],
  cc: ["cc", "--version"],
  wasm2c: ["wasm2c", "--version"],
  "arm-none-eabi-gcc": ["arm-none-eabi-gcc", "--version"],
  "qemu-system-arm": ["qemu-system-arm", "--version"],
};

/** Those of `names` that this machine lacks. */
export async function missingTools(names) {
  const missing = [];
  for (const name of names) {
    const [command, argument] = tools[name];
    const { code } = await run(command, [argument], {
      stdout: "collect",
      stderr: "collect",
      timeoutMs: patienceMs,
    });
    if (code !== 0) missing.push(name);
  }
  return missing;
}

/** Makes test/hosts/dist/NAME by `make(folder)` unless it was made from the same sources; gives the folder. */
export async function madeOnce(name, what, make) {
  const folder = at("test", "hosts", "dist", name);
  const seal = join(folder, ".holdfast-sources");
  const hash = treeHash([`test/hosts/${name}`]);
  if (existsSync(seal) && readFileSync(seal, "utf8") === hash) return folder;
  talk(`installing ${what} in test/hosts/dist/${name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await make(folder);
  writeFileSync(seal, hash);
  return folder;
}

/** The interpreter of a Python environment with what test/hosts/NAME/requirements.txt pins. */
export async function pythonWith(name, what) {
  const requirements = at("test", "hosts", name, "requirements.txt");
  const interpreter = (folder) => join(folder, ...(windows ? ["Scripts", "python.exe"] : ["bin", "python"]));
  const folder = await madeOnce(name, what, async (made) => {
    await must("python3", ["-m", "venv", made]);
    const args = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--only-binary=:all:"];
    await must(interpreter(made), [...args, "--require-hashes", `--requirement=${requirements}`]);
  });
  return interpreter(folder);
}
