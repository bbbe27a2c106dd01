/**
 * `npm run test:hosts`: installs the packed package in an empty project and plays one scenario on every JavaScript runtime
 * that this system can have, and on the native addon; then runs the conformance program on the embedded module wherever else it can run, and the examples
 * in C. All must print the same digests. What cannot be had is `not run`, never passed.
 *
 *   --only node-22,wasmtime     some of them
 */
import { copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { buildNative, nativeLacks } from "./build/native.mjs";
import { wasmFile } from "./build/wasm.mjs";
import { build } from "./build.mjs";
import { runNode, runNpm } from "./lib/command.mjs";
import { coreHosts } from "./lib/core-hosts.mjs";
import { examples } from "./lib/embedded-examples.mjs";
import { hosts, system } from "./lib/hosts.mjs";
import { at } from "./lib/root.mjs";
import { installOnce } from "./lib/side-install.mjs";
import { fencesOf } from "./lib/snippets.mjs";
import { notRun, record } from "./lib/suite.mjs";
import { secondsSince } from "./lib/talk.mjs";
import { pack } from "./lib/tarball.mjs";
import { missingTools } from "./lib/tools.mjs";

const startedMs = performance.now();
const onlyAt = process.argv.indexOf("--only");
const only = onlyAt === -1 ? undefined : process.argv[onlyAt + 1]?.split(",");
const counts = { passed: 0, failed: 0, skipped: 0 };
const project = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-hosts-")));

/** The digest of the first host that gave one, which all others must repeat. */
let first;

/** The digests that the core must reach: of each structure, and of those that every full profile has. */
let expected;

/**
 * The README's first example, twice: as a user pastes it, and as a function that says what it logs, since edge workers allow
 * no waiting outside of a request.
 */
function writeReadmeExample() {
  const { code } = fencesOf("README.md", readFileSync(at("README.md"), "utf8"))[0];
  const shown = /console\.log\(.*\); \/\/ => (.*)$/m.exec(code)?.[1];
  if (shown === undefined) throw new Error("the README's first example logs nothing");
  const imports = code.match(/^import .*$/gm).join("\n");
  const body = code.replace(/^import .*$/gm, "").replaceAll("console.log(", "log(");
  writeFileSync(join(project, "pasted.mjs"), code);
  writeFileSync(
    join(project, "readme.mjs"),
    `${imports}\nexport const shown = ${shown};\nexport async function example(log) {${body}}\n`,
  );
  return JSON.parse(shown);
}

/** What a user does: `npm install` with the tarball. */
async function installPackage() {
  const args = ["install", "--no-audit", "--no-fund", (await pack()).file];
  const { code, stderr } = await runNpm(args, { cwd: project, stdout: "talk", stderr: "collect" });
  if (code !== 0) throw new Error(`npm cannot install the package\n${stderr}`);
}

/** Runs the example as it stands in the README, in an ES module of an empty project. */
async function tryPasted(shown) {
  const { code, stdout, stderr } = await runNode(["pasted.mjs"], {
    cwd: project,
    stdout: "collect",
    stderr: "collect",
  });
  const works = code === 0 && stdout === `${shown}\n` && stderr === "";
  if (works) counts.passed++;
  else counts.failed++;
  console.log(works ? "ok    the README's example, pasted" : `FAIL  the README's example, pasted: ${stdout}${stderr}`);
}

/** Counts one host: `missing` says why it cannot be had, `work` gives what to print or throws. */
async function count(name, missing, work) {
  if (only !== undefined && !only.includes(name)) return;
  if (missing !== undefined) {
    notRun(`${name} (${missing})`);
    counts.skipped++;
    return;
  }
  const sinceMs = performance.now();
  try {
    const facts = await work();
    counts.passed++;
    console.log(`ok    ${name}: ${facts}, ${secondsSince(sinceMs)}`);
  } catch (error) {
    counts.failed++;
    console.log(`FAIL  ${name}: ${error.message}`);
  }
}

/** What a host told of the core, held to what it must be. */
function coreFacts({ digests, common }) {
  for (const [name, digest] of Object.entries(digests)) {
    if (digest !== expected.digests[name])
      throw new Error(`the core's digest of ${name} is ${digest}; it should be ${expected.digests[name]}`);
  }
  if (common !== expected.common)
    throw new Error(`the core's common digest is ${common}; it should be ${expected.common}`);
  return `${Object.keys(digests).length} structures, common ${common}`;
}

const tryHost = ({ name, profile, program, play }) =>
  count(name, program === undefined ? `not to be had on ${system}` : undefined, async () => {
    const result = await play(project);
    if (result.profile !== profile) throw new Error(`runs the core's ${result.profile} build; it should be ${profile}`);
    if (profile === "CORE_BLOCKED") return "refuses WebAssembly, and the error says so";
    // The edge build may leave structures out; what it must have is in the common digest.
    if (profile !== "edge" && result.absent.length > 0) throw new Error(`the core lacks ${result.absent.join(", ")}`);
    first ??= { name, digest: result.digest };
    if (result.digest !== first.digest) throw new Error(`digest ${result.digest}; ${first.name} has ${first.digest}`);
    return `${result.digest} (${result.lines} lines), core ${profile}: ${coreFacts(result)}`;
  });

/** The native addon, which is in the package where it could be built. */
const tryAddon = (missing) =>
  count("native-addon", missing, async () => {
    const { code, stdout, stderr } = await runNode(["native.mjs"], {
      cwd: project,
      stdout: "collect",
      stderr: "collect",
    });
    if (code !== 0) throw new Error(`exit code ${code}\n${stderr}`);
    const result = JSON.parse(stdout);
    if (result.absent.length > 0) throw new Error(`the core lacks ${result.absent.join(", ")}`);
    return `core ${result.profile}: ${coreFacts(result)}`;
  });

/** What one of these needs and this machine lacks. */
async function lacking(tools) {
  const missing = await missingTools(tools);
  return missing.length === 0 ? undefined : `needs ${missing.join(", ")}`;
}

/** The structures that the embedded module lacks, as the first host told; all others must tell the same. */
let absent;

async function tryCoreHost({ name, needs, play }, files) {
  await count(name, await lacking(needs), async () => {
    const result = await play(files);
    absent ??= result.absent.join();
    if (result.absent.join() !== absent) throw new Error(`lacks ${result.absent}; other hosts lack ${absent}`);
    return `core embedded: ${coreFacts(result)}`;
  });
}

try {
  await build("all");
  const noAddon = await nativeLacks();
  if (noAddon === undefined) await buildNative();
  if (!(await installOnce("test/hosts", "JavaScript runtimes (about 1 GB)"))) counts.failed++;
  expected = await import(pathToFileURL(at("dist", "ts", "core", "self-test", "program.js")).href);
  writeFileSync(join(project, "package.json"), '{ "name": "empty-project", "private": true, "type": "module" }\n');
  await installPackage();
  for (const file of ["smoke.mjs", "run.mjs", "native.mjs", "worker.mjs", "page.mjs", "script-page.mjs"]) {
    copyFileSync(at("test", "hosts", file), join(project, file));
  }
  await tryPasted(writeReadmeExample());
  for (const host of hosts()) await tryHost(host);
  await tryAddon(noAddon);
  const files = { folder: project, program: join(project, "program.bin"), module: at(wasmFile("embedded")) };
  writeFileSync(files.program, Buffer.from(expected.program, "base64"));
  for (const host of coreHosts) await tryCoreHost(host, files);
  for (const { name, needs, play } of examples) await count(name, await lacking(needs), () => play(files));
} finally {
  rmSync(project, { recursive: true, force: true });
}
record("hosts", counts);
const { passed, failed, skipped } = counts;
console.log(`hosts: ${passed} passed, ${failed} failed, ${skipped} not run, ${secondsSince(startedMs)}`);
process.exitCode = failed === 0 ? 0 : 1;
