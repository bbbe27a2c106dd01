/**
 * `npm run test:mutants`: can the tests fail? Each mutant of test/mutants.json is planted in a copy of the tree, alone, and its
 * tests must notice. `--only TEXT` takes those whose file holds the text.
 *
 * A mutant is { file, search, replace, tests }: `search` stands exactly once in `file`; `tests` are arguments to Vitest; one of the
 * core may name the `profile` whose build shows it (default: server). One
 * whose text is gone is a failure too, since it tests nothing any more. `"alone": true` is for races, which need all cores to
 * show: such a mutant runs when the others are done, and more than once.
 */
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.mjs";
import { runNode } from "./lib/command.mjs";
import { at } from "./lib/root.mjs";
import { notRun, record } from "./lib/suite.mjs";
import { secondsSince } from "./lib/talk.mjs";

/** What a copy leaves out; installed packages are linked instead. */
const leftOut = new Set([".git", "node_modules", "coverage", "bench"]);
/** The whole run must end within this, in CI too; what was not reached is said. */
const budgetMs = 6.5 * 60_000;
const mutantTimeoutMs = 120_000;
/** All tests together, once, without a mutant. */
const soundTimeoutMs = 300_000;

function copyTree() {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-mutants-")));
  for (const name of readdirSync(at())) {
    if (leftOut.has(name)) continue;
    cpSync(at(name), join(folder, name), {
      recursive: true,
      filter: (path) =>
        !path.includes("node_modules") &&
        !path.endsWith(".lock") &&
        path !== at("native", "dist") &&
        path !== at("test", "hosts", "dist"),
    });
  }
  symlinkSync(at("node_modules"), join(folder, "node_modules"), "junction");
  return folder;
}

/** Runs a mutant's tests in a copy; true when they pass. One of the core is built for one profile and tried on that alone. */
async function testsPass(folder, tests, profile, more = {}, timeoutMs = mutantTimeoutMs) {
  const quiet = {
    cwd: folder,
    stdout: "collect",
    stderr: "collect",
    timeoutMs,
    env: { ...process.env, HOLDFAST_RESULTS: undefined, HOLDFAST_MUTANT: "1", HOLDFAST_BUILDS: profile, ...more },
  };
  // A mutant of the core needs its own wasm; the build in the copy makes what the mutation made stale, and nothing else.
  const built = await runNode(["scripts/build.mjs", "--wasm"], quiet);
  if (built.code !== 0) return { passed: false, output: built.stderr };
  const vitest = await runNode(
    ["node_modules/vitest/vitest.mjs", "run", "--project", "unit", "--bail=1", ...tests],
    quiet,
  );
  return { passed: vitest.code === 0, output: vitest.stdout + vitest.stderr };
}

async function kill(folder, { file, search, replace, tests, alone, profile = "server" }) {
  if (!existsSync(join(folder, file))) return `${file} does not exist`;
  const text = readFileSync(join(folder, file), "utf8");
  if (text.split(search).length !== 2)
    return `${JSON.stringify(search)} stands ${text.split(search).length - 1} times in ${file}, not once`;
  writeFileSync(
    join(folder, file),
    text.replace(search, () => replace),
  );
  try {
    const built = file.startsWith("assembly/") ? profile : undefined;
    // A race shows by chance, and seldom on a busy machine: five runs, one of which must see it.
    for (let runs = alone ? 5 : 1; runs > 0; runs--)
      if (!(await testsPass(folder, tests, built)).passed) return undefined;
    // A property draws its cases by chance too, and here for one build instead of all: it gets more of them before it has failed.
    const longer = { HOLDFAST_LONG: "1", HOLDFAST_LONG_SECONDS: "3" };
    if (!(await testsPass(folder, tests, built, longer)).passed) return undefined;
    return `survived ${tests.join(" ")}`;
  } finally {
    writeFileSync(join(folder, file), text);
  }
}

/** Kills one mutant, or says why not, and counts it. */
async function judge(folder, mutant) {
  const name = `${mutant.file}: ${mutant.search.trim().split("\n")[0].slice(0, 70)}`;
  if (performance.now() - startedMs > budgetMs) {
    notRun(`mutant ${name} (the time is up)`);
    counts.skipped++;
    return;
  }
  const problem = await kill(folder, mutant);
  if (problem === undefined) counts.passed++;
  else counts.failed++;
  console.log(problem === undefined ? `ok    ${name}` : `FAIL  ${name}: ${problem}`);
}

const startedMs = performance.now();
const onlyAt = process.argv.indexOf("--only");
const only = onlyAt === -1 ? "" : (process.argv[onlyAt + 1] ?? "");
const mutants = JSON.parse(readFileSync(at("test", "mutants.json"), "utf8")).filter(({ file }) => file.includes(only));
await build("start");
const counts = { passed: 0, failed: 0, skipped: 0 };
const folders = [];
try {
  // Without a mutant the tests must pass, else every mutant would look dead.
  const lanes = Math.min(2, cpus().length, mutants.length);
  for (let lane = 0; lane < lanes; lane++) folders.push(copyTree());
  const sound =
    folders.length === 0 ||
    (await testsPass(folders[0], [...new Set(mutants.flatMap(({ tests }) => tests))], undefined, {}, soundTimeoutMs));
  if (sound !== true && !sound.passed) {
    console.log(`FAIL  the tests fail without any mutant\n${sound.output.slice(-3000)}`);
    counts.failed++;
  } else {
    const waiting = mutants.filter(({ alone }) => !alone);
    const lane = async (folder, queue) => {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) await judge(folder, mutant);
    };
    await Promise.all(folders.map((folder) => lane(folder, waiting)));
    if (folders.length > 0)
      await lane(
        folders[0],
        mutants.filter(({ alone }) => alone),
      );
  }
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
}
record("mutants", counts);
console.log(
  `mutants: ${counts.passed} killed, ${counts.failed} failed, ${counts.skipped} not run, ${secondsSince(startedMs)}`,
);
process.exitCode = counts.failed === 0 ? 0 : 1;
