/**
 * `npm run bench`: measures the built package beside its peers. bench/main.ts is the program; it gets our arguments
 * (`--only NAME`, `--json FILE`), prints its tables in Markdown on stdout and talks on stderr. With `--readme` the tables also
 * replace those between the markers in the README.
 */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import * as esbuild from "esbuild";
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

async function bundle() {
  rmSync(folder, { recursive: true, force: true });
  await esbuild.build({
    absWorkingDir: at(),
    // Programs that the benchmarks start as processes or threads of their own are built beside the main one.
    entryPoints: ["bench/main.ts", ...filesBelow("bench", { accept: (file) => /\.(process|worker)\.ts$/.test(file) })],
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

const args = process.argv.slice(2).filter((argument) => argument !== "--readme");
const forReadme = process.argv.includes("--readme");
await build("start");
if (existsSync(at("bench", "peers", "package-lock.json")) && !(await installOnce("bench/peers", "the peers")))
  process.exit(1);
await bundle();
const { code, stdout } = await runNode(["--expose-gc", at("bench", "peers", "dist", "main.mjs"), ...args], {
  stdout: forReadme ? "collect" : "inherit",
});
if (forReadme && code === 0) {
  process.stdout.write(stdout);
  const [begin, end] = ["<!-- bench:begin -->", "<!-- bench:end -->"];
  const readme = readFileSync(at("README.md"), "utf8");
  if (!readme.includes(begin) || !readme.includes(end)) throw new Error(`README.md lacks ${begin} or ${end}`);
  const [before, rest] = readme.split(begin);
  writeFileSync(at("README.md"), `${before}${begin}\n\n${stdout.trim()}\n\n${end}${rest.split(end)[1]}`);
  talk("put the tables into README.md");
}
process.exitCode = code ?? 1;
