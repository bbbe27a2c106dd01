/**
 * dist/native: the addon. AssemblyScript compiles the native profile, wasm2c translates it to C (in native/dist), cargo and the C
 * compiler make the addon. Needs Rust (cargo) and a C compiler; nothing else of the package needs them.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { run, runNode, runTool } from "../lib/command.mjs";
import { at } from "../lib/root.mjs";
import { installOnce } from "../lib/side-install.mjs";
import { isFresh, setFresh } from "../lib/stamp.mjs";
import { secondsSince, talk } from "../lib/talk.mjs";
import { missingTools } from "../lib/tools.mjs";
import { treeHash } from "../lib/tree-hash.mjs";

const folder = "dist/native";
const entry = "assembly/native-full.ts";
const inputs = ["assembly", "asconfig.json", "native", "scripts/build/native.mjs"];

/** What the addon is made with. */
export const nativeTools = ["cargo", "cc"];

/** Why the addon cannot be made here; undefined where it can. */
export async function nativeLacks() {
  if (process.platform !== "linux") return `the addon is made for Linux, and this is ${process.platform}`;
  const missing = await missingTools(nativeTools);
  return missing.length === 0 ? undefined : `needs ${missing.join(", ")}`;
}

/** The built addon's file; undefined where there is none. */
export function addonFile() {
  const names = existsSync(at(folder)) ? readdirSync(at(folder)) : [];
  const name = names.find((each) => each.endsWith(".node"));
  return name === undefined ? undefined : `${folder}/${name}`;
}

const collect = { stdout: "collect", stderr: "collect" };

/** Runs a step that must succeed. */
async function must(what, step) {
  const { code, stdout, stderr } = await step;
  if (code !== 0) throw new Error(`${what} failed\n${stdout}${stderr}`);
}

const toolOf = (name, file) => at("native", "node_modules", ...name.split("/"), ...file.split("/"));

/** The functions of the header that wasm2c wrote: names, and a letter for each parameter and the result. */
function functionsOf(header) {
  const letters = { u32: "i", f64: "d", void: "v" };
  const letterOf = (type, name) => {
    if (letters[type] !== undefined) return letters[type];
    throw new Error(`${name} has a ${type}; JavaScript calls know 32-bit integers and doubles`);
  };
  const lines = header.matchAll(/^(\w+) w2c_holdfast_(\w+)\(w2c_holdfast\*(.*)\);$/gm);
  return [...lines].map(([, result, name, parameters]) => {
    const kinds = parameters.split(", ").slice(1);
    return { name, kinds: kinds.map((kind) => letterOf(kind, name)), result: letterOf(result, name) };
  });
}

/** dispatch.h: the table of functions, and the call of each by its number. */
function dispatchOf(functions) {
  const rows = functions.map(({ name, kinds, result }) => `  {"${name}", "${kinds.join("")}${result}"},`);
  const cases = functions.map(({ name, kinds, result }, number) => {
    const given = kinds.map((kind, index) => `, a[${index}].${kind}`).join("");
    const assigned = result === "v" ? "" : `r->${result} = `;
    return `    case ${number}: ${assigned}w2c_holdfast_${name}(core${given}); return;`;
  });
  return `/* Made by scripts/build/native.mjs. */
const hf_function hf_functions[] = {
${rows.join("\n")}
};
const uint32_t hf_function_count = ${functions.length};

static void dispatch(w2c_holdfast *core, uint32_t function, const hf_value *a, hf_value *r) {
  switch (function) {
${cases.join("\n")}
    default: UNREACHABLE_CALL;
  }
}
`.replace("UNREACHABLE_CALL", "wasm_rt_trap(WASM_RT_TRAP_CALL_INDIRECT)");
}

/** Writes the core in C below `made`. */
async function translate(made) {
  const wasm = join(made, "core.wasm");
  await must(
    "asc",
    runTool("assemblyscript", [entry, "--target", "native", "--outFile", wasm], { command: "asc", ...collect }),
  );
  const args = ["--enable-threads", "--module-name", "holdfast", "--output", join(made, "core.c"), wasm];
  await must("wasm2c", runNode([toolOf("wabt", "bin/wasm2c"), ...args], collect));
  writeFileSync(join(made, "dispatch.h"), dispatchOf(functionsOf(readFileSync(join(made, "core.h"), "utf8"))));
  const digest = createHash("sha256").update(readFileSync(wasm)).digest().subarray(0, 16);
  writeFileSync(join(made, "digest.rs"), `[${[...digest].join(", ")}]\n`);
}

/** Builds the addon where it is stale, and gives its file. */
export async function buildNative() {
  const hash = treeHash(inputs);
  const built = addonFile();
  if (built !== undefined && isFresh("native", hash)) return built;
  const startedMs = performance.now();
  if (!(await installOnce("native", "wasm2c and napi's builder")))
    throw new Error("cannot install the tools of native/");
  const made = at("native", "dist", "c");
  mkdirSync(made, { recursive: true });
  await translate(made);
  const args = [
    "build",
    "--platform",
    "--release",
    "--no-js",
    "--dts",
    "../../native/dist/addon.d.ts",
    "--output-dir",
    at(folder),
  ];
  const cargo = ["--target-dir", at("native", "dist", "target"), "--", "--locked"];
  const cli = toolOf("@napi-rs/cli", "dist/cli.js");
  const env = { ...process.env, HOLDFAST_CORE_C: made };
  await must("napi build", run(process.execPath, [cli, ...args, ...cargo], { cwd: at("native"), env, ...collect }));
  const file = addonFile();
  if (file === undefined) throw new Error(`napi build left no addon in ${folder}`);
  setFresh("native", hash, [file]);
  talk(`built ${file}, ${secondsSince(startedMs)}`);
  return file;
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const lack = await nativeLacks();
  if (lack !== undefined) {
    talk(`the native addon is not built: ${lack}. Everything else works without it.`);
    process.exitCode = 1;
  } else await buildNative();
}
