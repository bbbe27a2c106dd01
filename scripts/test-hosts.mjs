/**
 * `npm run test:hosts`: installs the packed package in an empty project and plays one scenario on every JavaScript runtime
 * that this system can have. All must print the same digest. One that cannot be had is `not run`, never passed.
 *
 *   --only node-22,workerd     some of them
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { chromium } from "playwright-core";
import { build } from "./build.mjs";
import { chromiumPath, launchOptions } from "./lib/chromium.mjs";
import { run } from "./lib/command.mjs";
import { at } from "./lib/root.mjs";
import { installOnce } from "./lib/side-install.mjs";
import { notRun, record } from "./lib/suite.mjs";
import { secondsSince } from "./lib/talk.mjs";
import { pack, unpackInto } from "./lib/tarball.mjs";

const hostTimeoutMs = 60_000;
const system = `${process.platform}-${process.arch}`;
const exe = process.platform === "win32" ? ".exe" : "";
const installed = (...parts) => at("test", "hosts", "node_modules", ...parts);

/** The first of these files that exists. */
const found = (...paths) => paths.find((path) => existsSync(path));

/** The last line of a program's output that is a result. */
function resultIn({ code, stdout, stderr, timedOut }) {
  const line = `${stdout}\n${stderr}`.split("\n").findLast((text) => text.includes('{"digest"'));
  if (timedOut) throw new Error(`no answer within ${hostTimeoutMs / 1000} s`);
  if (code !== 0 || line === undefined) throw new Error(`exit code ${code}\n${stdout}${stderr}`);
  return JSON.parse(line.slice(line.indexOf("{"), line.lastIndexOf("}") + 1));
}

const collect = (cwd) => ({
  cwd,
  stdout: "collect",
  stderr: "collect",
  timeoutMs: hostTimeoutMs,
  env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1" },
});

/** Runs the scenario with a program that takes a file on its command line. */
const byFile =
  (binary, args = []) =>
  async (project) =>
    resultIn(await run(binary, [...args, "run.mjs"], collect(project)));

const bundle = (project, entry, outfile, options = {}) =>
  esbuild.build({
    absWorkingDir: project,
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    logLevel: "silent",
    ...options,
  });

/** workerd imports .wasm files as compiled modules; the bundle leaves them outside, under the names that it imports. */
async function byWorkerd(project, binary) {
  await bundle(project, "worker.mjs", join(project, "worker.bundle.mjs"), {
    conditions: ["workerd", "worker"],
    external: ["*.wasm"],
  });
  const imported = [
    ...new Set(
      [...readFileSync(join(project, "worker.bundle.mjs"), "utf8").matchAll(/from\s*"([^"]+\.wasm)"/g)].map(
        (match) => match[1],
      ),
    ),
  ];
  if (imported.length === 0)
    throw new Error("the bundle for workerd imports no .wasm file: the `workerd` condition was not used");
  const modules = imported.map(
    (name) => `(name = "${name}", wasm = embed "node_modules/holdfast/dist/wasm/${name.split("/").at(-1)}")`,
  );
  writeFileSync(
    join(project, "workerd.capnp"),
    `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (services = [(name = "main", worker = .smoke)]);
const smoke :Workerd.Worker = (
  modules = [(name = "worker", esModule = embed "worker.bundle.mjs"), ${modules.join(", ")}],
  compatibilityDate = "2026-01-01",
);
`,
  );
  return resultIn(await run(binary, ["test", "workerd.capnp"], collect(project)));
}

/** A page from a bundle made without any configuration, as a user's first try would be. */
async function byChromium(project, binary) {
  await bundle(project, "page.mjs", join(project, "page.bundle.mjs"));
  const script = readFileSync(join(project, "page.bundle.mjs"));
  const server = createServer((request, response) => {
    const isScript = request.url === "/page.mjs";
    response.setHeader("content-type", isScript ? "text/javascript" : "text/html");
    response.end(
      isScript ? script : '<!doctype html><title>waiting</title><script type="module" src="/page.mjs"></script>',
    );
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const browser = await chromium.launch(launchOptions(binary));
  try {
    const page = await browser.newPage();
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => document.title !== "waiting", undefined, { timeout: hostTimeoutMs });
    const title = await page.title();
    if (!title.startsWith("{")) throw new Error(title);
    return JSON.parse(title);
  } finally {
    await browser.close();
    server.close();
  }
}

/** All hosts: how to run the scenario on each, the core build that it must choose, and whether it is here. */
function hosts() {
  const bun = {
    "linux-x64": "bun-linux-x64",
    "linux-arm64": "bun-linux-aarch64",
    "darwin-arm64": "bun-darwin-aarch64",
    "win32-x64": "bun-windows-x64",
  };
  const deno = {
    "linux-x64": "linux-x64-glibc",
    "linux-arm64": "linux-arm64-glibc",
    "darwin-arm64": "darwin-arm64",
    "win32-x64": "win32-x64",
  };
  const workerd = {
    "linux-x64": "workerd-linux-64",
    "linux-arm64": "workerd-linux-arm64",
    "darwin-arm64": "workerd-darwin-arm64",
    "win32-x64": "workerd-windows-64",
  };
  const list = [];
  const add = (name, profile, binary, play) => list.push({ name, profile, binary, play });
  for (const major of [20, 22, 24, 26]) {
    const own = process.versions.node.startsWith(`${major}.`) ? process.execPath : "";
    const folder = installed(`node-${major}-${system}`);
    const binary = found(join(folder, "bin", `node${exe}`), own);
    add(`node-${major}`, "server", binary, (project) => byFile(binary)(project));
  }
  const denoFile = found(installed("@deno", deno[system] ?? "none", `deno${exe}`));
  add("deno", "server", denoFile, (project) =>
    byFile(denoFile, ["run", "--quiet", "--no-prompt", "--no-config", "--node-modules-dir=manual", "--allow-read"])(
      project,
    ),
  );
  const bunFile = found(installed("@oven", bun[system] ?? "none", "bin", `bun${exe}`));
  add("bun", "server", bunFile, (project) => byFile(bunFile)(project));
  const workerdFile = found(installed("@cloudflare", workerd[system] ?? "none", "bin", `workerd${exe}`));
  add("workerd", "edge", workerdFile, (project) => byWorkerd(project, workerdFile));
  const chromiumFile = chromiumPath();
  add("chromium", "browser", chromiumFile, (project) => byChromium(project, chromiumFile));
  return list;
}

const startedMs = performance.now();
const onlyAt = process.argv.indexOf("--only");
const only = onlyAt === -1 ? undefined : process.argv[onlyAt + 1]?.split(",");
await build("all");
// Where that fails, the hosts that are here already run, and the others are `not run`.
await installOnce("test/hosts", "JavaScript runtimes (about 1 GB)");
const project = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-hosts-")));
const counts = { passed: 0, failed: 0, skipped: 0 };
const digests = new Map();
try {
  await unpackInto((await pack()).file, project);
  mkdirSync(project, { recursive: true });
  writeFileSync(join(project, "package.json"), '{ "name": "empty-project", "private": true, "type": "module" }\n');
  for (const file of ["smoke.mjs", "run.mjs", "worker.mjs", "page.mjs"])
    writeFileSync(join(project, file), readFileSync(at("test", "hosts", file)));

  for (const { name, profile, binary, play } of hosts()) {
    if (only !== undefined && !only.includes(name)) continue;
    if (binary === undefined || binary === "") {
      notRun(`${name} (not to be had on ${system})`);
      counts.skipped++;
      continue;
    }
    const sinceMs = performance.now();
    try {
      const result = await play(project);
      digests.set(name, result.digest);
      if (result.profile !== profile)
        throw new Error(`the core build is ${result.profile}; on this host it should be ${profile}`);
      const [firstName, first] = [...digests][0];
      if (result.digest !== first) throw new Error(`digest ${result.digest} differs from ${first} on ${firstName}`);
      counts.passed++;
      console.log(
        `ok    ${name}: ${result.digest} (${result.lines} lines, core ${result.profile}), ${secondsSince(sinceMs)}`,
      );
    } catch (error) {
      counts.failed++;
      console.log(`FAIL  ${name}: ${error.message}`);
    }
  }
} finally {
  rmSync(project, { recursive: true, force: true });
}
record("hosts", counts);
console.log(
  `hosts: ${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} not run, ${secondsSince(startedMs)}`,
);
process.exitCode = counts.failed === 0 ? 0 : 1;
