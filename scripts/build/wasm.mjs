/**
 * AssemblyScript to dist/wasm: for each hardware profile `<profile>.base.wasm` (what `holdfast` needs) and `<profile>.wasm`
 * (every structure), each held to its size budget; and to dist/raw what the compiler says of their functions, as declarations.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, statSync } from "node:fs";
import { runTool } from "../lib/command.mjs";
import { at } from "../lib/root.mjs";
import { isFresh, setFresh } from "../lib/stamp.mjs";
import { secondsSince, talk } from "../lib/talk.mjs";
import { filesBelow, treeHash } from "../lib/tree-hash.mjs";
import { scriptFiles, writeScript } from "./wasm-script.mjs";
import { sourceFiles, writeSources } from "./wasm-sources.mjs";

/** The compilers that run side by side; each takes one core and about 300 MB. */
const compilersAtOnce = 2;

/** All hardware profiles, as their profile.json says. */
export function profiles() {
  return filesBelow("hw-profiles", { accept: (file) => file.endsWith("/profile.json") }).map((file) => {
    const profile = JSON.parse(readFileSync(at(file), "utf8"));
    const folder = file.split("/").at(-2);
    if (profile.profile !== folder)
      throw new Error(
        `${file}: "profile" is ${JSON.stringify(profile.profile)}; it must be the folder's name, "${folder}"`,
      );
    for (const [name, { maxBytes }] of Object.entries(profile.modules)) {
      if (!(maxBytes > 0))
        throw new Error(`${file}: "maxBytes" of ${name} is ${maxBytes}; give the size budget in bytes`);
    }
    return profile;
  });
}

/** The built file of a profile's module, relative to the root. */
export const wasmFile = (profile, module = "full") =>
  `dist/wasm/${profile}${module === "full" ? "" : `.${module}`}.wasm`;

/** The compiler's own declarations of a module's functions, relative to the root; a test holds `bindings/exports/` to them. */
export const rawFile = (profile, module = "full") => `dist/raw/${profile}${module === "full" ? "" : `.${module}`}.d.ts`;

/** Every module of every profile; only the full ones of some profiles where `HOLDFAST_BUILDS` names those. */
function modules() {
  const only = process.env["HOLDFAST_BUILDS"]?.split(",");
  const all = profiles().flatMap(({ profile, modules }) =>
    Object.entries(modules).map(([module, { entry, maxBytes }]) => ({
      profile,
      module,
      entry,
      maxBytes,
      output: wasmFile(profile, module),
      declarations: rawFile(profile, module),
    })),
  );
  return all.filter(({ profile, module }) => only === undefined || (only.includes(profile) && module === "full"));
}

async function compile({ profile, entry, maxBytes, output, declarations }) {
  const fresh = `${output}.new`;
  const startedMs = performance.now();
  // The entry comes from the profile, all flags from the target of the same name in asconfig.json.
  const args = [entry, "--target", profile, "--bindings", "raw", "--outFile", fresh];
  const { code, stdout, stderr } = await runTool("assemblyscript", args, {
    command: "asc",
    stdout: "collect",
    stderr: "collect",
  });
  // asc writes them beside the module. Its glue is asynchronous and lets no memory be chosen, so only the declarations are kept.
  rmSync(at(`${output}.js`), { force: true });
  if (code !== 0) {
    rmSync(at(fresh), { force: true });
    throw new Error(`asc failed for profile ${profile}\n${stdout}${stderr}`);
  }
  const { size } = statSync(at(fresh));
  if (size > maxBytes) {
    rmSync(at(fresh));
    throw new Error(`${output} has ${size} bytes; hw-profiles/${profile}/profile.json allows ${maxBytes}`);
  }
  // Renamed only when complete and within budget: whoever reads the folder meanwhile sees the old file or the new one.
  renameSync(at(`${output}.d.ts`), at(declarations));
  renameSync(at(fresh), at(output));
  talk(`built ${output}: ${size} of ${maxBytes} bytes, ${secondsSince(startedMs)}`);
}

/** Builds what is stale among the profiles and the modules that hand them to a host. */
export async function buildWasm() {
  for (const folder of ["wasm", "raw"]) mkdirSync(at("dist", folder), { recursive: true });
  const compiler = JSON.parse(readFileSync(at("node_modules", "assemblyscript", "package.json"), "utf8")).version;
  const stale = [];
  for (const module of modules()) {
    const inputs = [
      "assembly",
      "asconfig.json",
      `hw-profiles/${module.profile}/profile.json`,
      "scripts/build/wasm.mjs",
    ];
    const step = module.output.replaceAll("/", "-");
    const hash = treeHash(inputs, [compiler]);
    if (!isFresh(step, hash)) stale.push({ module, step, hash });
  }
  const waiting = [...stale];
  const work = async () => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      await compile(next.module);
      setFresh(next.step, next.hash, [next.module.output, next.module.declarations]);
    }
  };
  await Promise.all(Array.from({ length: compilersAtOnce }, work));
  if (process.env["HOLDFAST_BUILDS"] !== undefined) return;

  const sourcesHash = treeHash(
    ["scripts/build/wasm-sources.mjs"],
    modules().map(({ output }) => readFileSync(at(output)).toString("base64")),
  );
  if (!isFresh("wasm-sources", sourcesHash)) {
    writeSources();
    setFresh("wasm-sources", sourcesHash, sourceFiles());
  }

  const script = profiles().find((profile) => profile.script !== undefined);
  const wasm = wasmFile(script.profile);
  const scriptHash = treeHash(["scripts/build/wasm-script.mjs"], [readFileSync(at(wasm)).toString("base64")]);
  if (!isFresh("wasm-script", scriptHash)) {
    await writeScript(wasm, script.script.maxBytes);
    setFresh("wasm-script", scriptHash, scriptFiles);
  }
}
