/** The JavaScript runtimes that the packed package is tried on: where each one's program is, and how it runs the scenario. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import * as esbuild from "esbuild";
import { chromium } from "playwright-core";
import { chromiumPath, launchOptions } from "./chromium.mjs";
import { run } from "./command.mjs";
import { at } from "./root.mjs";

/** How long one host may take for the scenario. */
const patienceMs = 60_000;

/** This system, as the packages in test/hosts/package.json name theirs. */
export const system = `${process.platform}-${process.arch}`;

/** Programs in test/hosts/node_modules; a system that is missing has no package in the registry. */
const programs = {
  "linux-x64": {
    deno: "@deno/linux-x64-glibc/deno",
    bun: "@oven/bun-linux-x64/bin/bun",
    workerd: "@cloudflare/workerd-linux-64/bin/workerd",
  },
  "linux-arm64": { bun: "@oven/bun-linux-aarch64/bin/bun", workerd: "@cloudflare/workerd-linux-arm64/bin/workerd" },
  "darwin-arm64": { bun: "@oven/bun-darwin-aarch64/bin/bun" },
  "win32-x64": { bun: "@oven/bun-windows-x64/bin/bun.exe" },
};

/** The first of these files that exists. */
const found = (...files) => files.find((file) => file !== undefined && existsSync(file));

const installed = (path) => (path === undefined ? undefined : at("test", "hosts", "node_modules", ...path.split("/")));

/** The last line of a program's output that is a result. */
function resultIn({ code, stdout, stderr, timedOut }) {
  const line = `${stdout}\n${stderr}`.split("\n").findLast((text) => text.includes('{"digest"'));
  if (timedOut) throw new Error(`no answer within ${patienceMs / 1000} s`);
  if (code !== 0 || line === undefined) throw new Error(`exit code ${code}\n${stdout}${stderr}`);
  return JSON.parse(line.slice(line.indexOf("{"), line.lastIndexOf("}") + 1));
}

const play = async (project, program, args) =>
  resultIn(
    await run(program, args, {
      cwd: project,
      stdout: "collect",
      stderr: "collect",
      timeoutMs: patienceMs,
      env: { ...process.env, NODE_OPTIONS: "", NO_COLOR: "1" },
    }),
  );

const bundle = (project, entry, outfile, options = {}) =>
  esbuild.build({
    absWorkingDir: project,
    entryPoints: [entry],
    outfile: join(project, outfile),
    bundle: true,
    format: "esm",
    logLevel: "silent",
    ...options,
  });

/** workerd imports .wasm files as compiled modules; the bundle leaves them outside, under the names that it imports. */
async function onWorkerd(project, program) {
  await bundle(project, "worker.mjs", "worker.bundle.mjs", { conditions: ["workerd", "worker"], external: ["*.wasm"] });
  const text = readFileSync(join(project, "worker.bundle.mjs"), "utf8");
  const imported = [...new Set([...text.matchAll(/from\s*"([^"]+\.wasm)"/g)].map((match) => match[1]))];
  if (imported.length === 0) throw new Error("the bundle imports no .wasm file: the `workerd` condition was not used");
  const modules = imported.map((name) => {
    const file = `node_modules/holdfast/dist/wasm/${name.split("/").at(-1)}`;
    return `(name = "${name}", wasm = embed "${file}")`;
  });
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
  return play(project, program, ["test", "workerd.capnp"]);
}

/** What a page comes with: nothing special, isolation (which brings shared memory), or a policy that forbids WebAssembly. */
const pages = {
  plain: {},
  isolated: { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" },
  strict: { "content-security-policy": "default-src 'none'; script-src 'self'; connect-src 'self'" },
};

/** Serves the page, its script and the core's server build, all with the same headers. */
async function servePage(project, headers) {
  const html = '<!doctype html><title>waiting</title><script type="module" src="/page.mjs"></script>';
  const files = {
    "/page.mjs": { type: "text/javascript", body: readFileSync(join(project, "page.bundle.mjs")) },
    "/server.wasm": { type: "application/wasm", body: readFileSync(at("dist", "wasm", "server.wasm")) },
  };
  const server = createServer((request, response) => {
    const { type, body } = files[request.url] ?? { type: "text/html", body: html };
    for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
    response.setHeader("content-type", type);
    response.end(body);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

/** A page from a bundle made without any configuration, as a user's first try would be. */
const onChromium =
  (kind, entry = "page.mjs") =>
  async (project, program) => {
    await bundle(project, entry, "page.bundle.mjs");
    const server = await servePage(project, pages[kind]);
    let browser;
    try {
      browser = await chromium.launch(launchOptions(program));
      const page = await browser.newPage();
      await page.goto(`http://127.0.0.1:${server.address().port}/`);
      await page.waitForFunction(() => document.title !== "waiting", undefined, { timeout: patienceMs });
      const title = await page.title();
      if (!title.startsWith("{")) throw new Error(title);
      const result = JSON.parse(title);
      if (result.isolated !== (kind === "isolated")) throw new Error(`crossOriginIsolated is ${result.isolated}`);
      return result;
    } finally {
      await browser?.close();
      server.close();
    }
  };

/**
 * All hosts: `program` is undefined where this system cannot have one, `profile` is the core build that the host must run (or the
 * code of the error that it must give where it can run none), and `play(project)` resolves to what the scenario printed.
 */
export function hosts() {
  const { deno, bun, workerd } = programs[system] ?? {};
  const denoArgs = [
    "run",
    "--quiet",
    "--no-prompt",
    "--no-config",
    "--node-modules-dir=manual",
    "--allow-read",
    "run.mjs",
  ];
  const host = (name, profile, program, start) => ({
    name,
    profile,
    program,
    play: (project) => start(project, program),
  });
  const byFile = (project, program) => play(project, program, ["run.mjs"]);
  return [
    ...[20, 22, 24, 26].map((major) => {
      const packaged = installed(`node-${major}-${system}/bin/node${process.platform === "win32" ? ".exe" : ""}`);
      const own = process.versions.node.startsWith(`${major}.`) ? process.execPath : undefined;
      return host(`node-${major}`, "server", found(packaged, own), byFile);
    }),
    host("deno", "server", found(installed(deno)), (project, program) => play(project, program, denoArgs)),
    host("bun", "server", found(installed(bun)), byFile),
    host("workerd", "edge", found(installed(workerd)), onWorkerd),
    host("chromium", "browser", chromiumPath(), onChromium("plain")),
    host("chromium-isolated", "server", chromiumPath(), onChromium("isolated")),
    host("chromium-strict", "CORE_BLOCKED", chromiumPath(), onChromium("strict")),
    host("chromium-script", "script", chromiumPath(), onChromium("strict", "script-page.mjs")),
  ];
}
