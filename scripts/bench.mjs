/**
 * `npm run bench`: measures the built package beside its peers. bench/main.ts is the program; it gets our arguments, prints its
 * tables in Markdown on stdout and talks on stderr.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
import { buildForeignPeers } from "./build/foreign-peers.mjs";
import { buildNative, nativeLacks } from "./build/native.mjs";
import { build } from "./build.mjs";
import { runNode } from "./lib/command.mjs";
import { at } from "./lib/root.mjs";
import { installOnce } from "./lib/side-install.mjs";
import { talk } from "./lib/talk.mjs";
import { filesBelow } from "./lib/tree-hash.mjs";

/** The package by its public names: what is measured is what is shipped. */
function shippedFile(name) {
  const { exports } = JSON.parse(readFileSync(at("package.json"), "utf8"));
  const target = exports[name === "holdfast" ? "." : `.${name.slice("holdfast".length)}`];
  if (target === undefined) throw new Error(`${name} is no module of this package`);
  return at(typeof target === "string" ? target : target.default);
}

/** Beside the peers' node_modules, so that their names resolve without any trick; ignored by git. */
const folder = at("bench", "peers", "dist");

/** Programs that start as processes or threads of their own are built beside the main one. */
const programs = /\.(process|worker)\.ts$/;

async function bundle() {
  rmSync(folder, { recursive: true, force: true });
  await esbuild.build({
    absWorkingDir: at(),
    entryPoints: ["bench/main.ts", ...filesBelow("bench", { accept: (file) => programs.test(file) })],
    outdir: folder,
    outbase: "bench",
    outExtension: { ".js": ".mjs" },
    bundle: true,
    splitting: true,
    format: "esm",
    platform: "node",
    target: "node20",
    packages: "external",
    plugins: [
      {
        name: "shipped-package",
        setup(builder) {
          builder.onResolve({ filter: /^holdfast(\/|$)/ }, ({ path }) => ({
            path: pathToFileURL(shippedFile(path)).href,
            external: true,
          }));
        },
      },
    ],
  });
}

/** Starts the server of bench/cases/redis.ts, and tells it where; it ends with us. */
async function startRedis() {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), "holdfast-bench-redis-"));
  const options = ["--bind", "127.0.0.1", "--port", String(port), "--dir", folder, "--save", "", "--appendonly", "no"];
  const server = spawn("redis-server", options, { stdio: "ignore" });
  server.unref();
  process.once("exit", () => {
    server.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });
  const started = await Promise.race([once(server, "error").then(() => false), once(server, "spawn").then(() => true)]);
  if (started) process.env["HOLDFAST_BENCH_REDIS"] = `redis://127.0.0.1:${port}`;
  else talk("not run: limiters over Redis: they need redis-server");
}

/** A port that was free a moment ago. */
async function freePort() {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const { port } = probe.address();
  probe.close();
  await once(probe, "close");
  return port;
}

await build("start");
const noAddon = await nativeLacks();
if (noAddon === undefined) await buildNative();
else talk(`rows of the native addon will be missing: ${noAddon}`);
if (!(await installOnce("bench/peers", "the peers"))) process.exit(1);
await bundle();
await buildForeignPeers(process.argv.slice(2));
await startRedis();
const { code } = await runNode([at("bench", "peers", "dist", "main.mjs"), ...process.argv.slice(2)]);
process.exitCode = code ?? 1;
