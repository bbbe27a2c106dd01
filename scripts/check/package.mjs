/** The promises of the package as a whole: exports, types, contents, dependencies and licences, on the real tarball. */
import { existsSync, readFileSync } from "node:fs";
import { wasmFile } from "../build/wasm.mjs";
import { runTool } from "../lib/command.mjs";
import { lockedFolders, missingBinaries } from "../lib/lock-file.mjs";
import { at } from "../lib/root.mjs";

const manifest = () => JSON.parse(readFileSync(at("package.json"), "utf8"));

/** Everything that may be in the tarball, and what must be. */
const mayHold = [
  /^package\.json$/,
  /^(README|CHANGELOG|SECURITY|THIRD-PARTY-NOTICES)\.md$/,
  /^LICENSE-(MIT|APACHE)$/,
  /^dist\/(?:[a-z-]+\/)*[\w.-]+\.(?:js|d\.ts)$/,
  /^dist\/(?:wasm|debug)\/[a-z.]+\.wasm$/,
  /^dist\/gateway\.schema\.json$/,
  /^dist\/holdfast\.h$/,
  /^dist\/native\/holdfast\.[\w-]+\.node$/,
  /^docs\/.*\.(?:md|png)$/,
];
const mustHold = () => {
  const { exports, imports, bin } = manifest();
  const leaves = (value) => (typeof value === "string" ? [value] : Object.values(value).flatMap(leaves));
  return [
    "README.md",
    "CHANGELOG.md",
    "SECURITY.md",
    "THIRD-PARTY-NOTICES.md",
    "LICENSE-MIT",
    "LICENSE-APACHE",
    "dist/holdfast.h",
    ...["server", "browser", "edge", "embedded"].flatMap((profile) => [wasmFile(profile), wasmFile(profile, "base")]),
    wasmFile("minimal"),
    ...leaves([exports, imports, bin])
      .map((path) => path.replace(/^\.\//, ""))
      .filter((path) => !path.includes("*")),
  ];
};

/** The tarball holds what it must and nothing else, and stays small. */
export function contentProblems({ files, bytes }) {
  const problems = files
    .filter((file) => !mayHold.some((pattern) => pattern.test(file)))
    .map((file) => `the package must not hold ${file}`);
  for (const file of new Set(mustHold())) if (!files.includes(file)) problems.push(`the package must hold ${file}`);
  if (bytes > 1_800_000) problems.push(`the package has ${bytes} bytes packed; 1,800,000 are allowed`);
  return problems;
}

/**
 * Runtime dependencies: exactly the two that the gateway needs, without dependencies of their own, freely licensed. Peers: clients of
 * engines that a user may bring, each optional.
 */
export function dependencyProblems() {
  const { dependencies, peerDependencies = {}, peerDependenciesMeta = {}, optionalDependencies = {} } = manifest();
  const problems = [];
  const names = Object.keys(dependencies).sort();
  if (names.join() !== "undici,yaml")
    problems.push(`runtime dependencies are ${names.join(", ")}; only undici and yaml are agreed`);
  if (Object.keys(optionalDependencies).length > 0) problems.push("optional dependencies are not agreed");
  const peers = Object.keys(peerDependencies).sort();
  if (peers.join() !== "ioredis,redis")
    problems.push(`peers are ${peers.join(", ")}; only ioredis and redis are agreed`);
  for (const name of peers)
    if (peerDependenciesMeta[name]?.optional !== true) problems.push(`${name} must be an optional peer`);
  for (const name of names) {
    const installed = JSON.parse(readFileSync(at("node_modules", name, "package.json"), "utf8"));
    if (!["MIT", "ISC", "BSD-2-Clause", "BSD-3-Clause", "Apache-2.0"].includes(installed.license))
      problems.push(`${name} has the licence ${installed.license}`);
    if (Object.keys(installed.dependencies ?? {}).length > 0) problems.push(`${name} has dependencies of its own`);
    if (!readFileSync(at("THIRD-PARTY-NOTICES.md"), "utf8").includes(`## ${name}`))
      problems.push(`THIRD-PARTY-NOTICES.md does not speak of ${name}`);
  }
  return problems;
}

/** Lock files serve every registry (they name no host) and every system (`npm ci` takes them). */
export function lockProblems() {
  return lockedFolders.flatMap((folder) => {
    const file = `${folder}/package-lock.json`;
    if (!existsSync(at(file))) return [];
    const text = readFileSync(at(file), "utf8");
    const problems = [];
    if (/"resolved": "https?:/.test(text))
      problems.push(`${file} names a registry's host; set omit-lockfile-registry-resolved for npm`);
    const missing = Object.keys(missingBinaries(JSON.parse(text)));
    if (missing.length > 0)
      problems.push(`${file} lacks ${missing.length} packages of other systems; run node scripts/lock.mjs`);
    return problems;
  });
}

/** publint and attw on the tarball: what they print where they find something. */
export async function toolProblems(tarball) {
  const quiet = {
    stdout: "collect",
    stderr: "collect",
    env: { ...process.env, NO_COLOR: "1", FORCE_COLOR: undefined },
  };
  const subpathsWithoutTypes = Object.entries(manifest().exports)
    .filter(([, target]) => typeof target === "string")
    .map(([subpath]) => subpath.replace(/^\.\//, ""));
  const problems = [];
  const publint = await runTool("publint", ["run", tarball, "--strict"], quiet);
  if (publint.code !== 0) problems.push(`publint:\n${publint.stdout}${publint.stderr}`);
  const attw = await runTool(
    "@arethetypeswrong/cli",
    [
      tarball,
      "--profile",
      "esm-only",
      "--no-emoji",
      "--no-color",
      "--format",
      "ascii",
      "--exclude-entrypoints",
      ...subpathsWithoutTypes,
    ],
    { command: "attw", ...quiet },
  );
  if (attw.code !== 0) problems.push(`attw:\n${attw.stdout}${attw.stderr}`);
  return problems;
}
