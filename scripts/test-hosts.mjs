/**
 * `npm run test:hosts`: installs the packed package in an empty project and plays one scenario on every JavaScript runtime
 * that this system can have. All must print the same digest. One that cannot be had is `not run`, never passed.
 *
 *   --only node-22,workerd     some of them
 */
import { copyFileSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { runNode, runNpm } from "./lib/command.mjs";
import { hosts, system } from "./lib/hosts.mjs";
import { at } from "./lib/root.mjs";
import { installOnce } from "./lib/side-install.mjs";
import { fencesOf } from "./lib/snippets.mjs";
import { notRun, record } from "./lib/suite.mjs";
import { secondsSince } from "./lib/talk.mjs";
import { pack } from "./lib/tarball.mjs";

const startedMs = performance.now();
const onlyAt = process.argv.indexOf("--only");
const only = onlyAt === -1 ? undefined : process.argv[onlyAt + 1]?.split(",");
const counts = { passed: 0, failed: 0, skipped: 0 };
const project = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-hosts-")));

/** The digest of the first host that gave one, which all others must repeat. */
let first;

/** The digest that every full profile must reach. */
let common;

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

async function tryHost({ name, profile, program, play }) {
  if (program === undefined) {
    notRun(`${name} (not to be had on ${system})`);
    counts.skipped++;
    return;
  }
  const sinceMs = performance.now();
  try {
    const result = await play(project);
    first ??= { name, digest: result.digest };
    if (result.digest !== first.digest) throw new Error(`digest ${result.digest}; ${first.name} has ${first.digest}`);
    if (result.common !== common)
      throw new Error(`the core's common digest is ${result.common}; it should be ${common}`);
    if (result.profile !== profile) throw new Error(`runs the core's ${result.profile} build; it should be ${profile}`);
    counts.passed++;
    const structures = Object.keys(result.digests).length;
    const facts = `${result.digest} (${result.lines} lines), core ${result.profile}: ${structures} structures, common ${result.common}`;
    console.log(`ok    ${name}: ${facts}, ${secondsSince(sinceMs)}`);
  } catch (error) {
    counts.failed++;
    console.log(`FAIL  ${name}: ${error.message}`);
  }
}

try {
  await build("all");
  if (!(await installOnce("test/hosts", "JavaScript runtimes (about 1 GB)"))) counts.failed++;
  ({ common } = await import(pathToFileURL(at("dist", "ts", "core", "self-test", "program.js")).href));
  writeFileSync(join(project, "package.json"), '{ "name": "empty-project", "private": true, "type": "module" }\n');
  await installPackage();
  for (const file of ["smoke.mjs", "run.mjs", "worker.mjs", "page.mjs"]) {
    copyFileSync(at("test", "hosts", file), join(project, file));
  }
  await tryPasted(writeReadmeExample());
  for (const host of hosts()) if (only === undefined || only.includes(host.name)) await tryHost(host);
} finally {
  rmSync(project, { recursive: true, force: true });
}
record("hosts", counts);
const { passed, failed, skipped } = counts;
console.log(`hosts: ${passed} passed, ${failed} failed, ${skipped} not run, ${secondsSince(startedMs)}`);
process.exitCode = failed === 0 ? 0 : 1;
