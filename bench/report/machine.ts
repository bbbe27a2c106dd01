/** Where a run took place: figures without it mean nothing. */
import { readFileSync } from "node:fs";
import { cpus, totalmem, type } from "node:os";
import { join } from "node:path";

export interface Machine {
  readonly node: string;
  readonly v8: string;
  readonly system: string;
  readonly architecture: string;
  readonly processor: string;
  readonly cores: number;
  readonly memoryGiB: number;
}

export function thisMachine(): Machine {
  return {
    node: process.versions.node,
    v8: process.versions.v8,
    system: type(),
    architecture: process.arch,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
  };
}

const manifest = (file: string): { version: string; dependencies?: Record<string, string> } =>
  JSON.parse(readFileSync(file, "utf8"));

/** Packages that the tree itself is built and tested with, and that are measured too. */
const ownTools = ["as-bind", "assemblyscript"];

/** Versions of the modules that a go.mod requires, as `path v1.2.3`. */
export const versionsInGoMod = (text: string): Record<string, string> =>
  Object.fromEntries(
    [...text.matchAll(/^\s*(?:require\s+)?(\S+\.\S+\/\S+) v(\S+)/gm)].map(([, path, version]) => [path, version]),
  );

/** The version of resilience4j, all modules of which have the same, in our pom.xml. */
export function versionInPom(text: string): Record<string, string> {
  const version = /<resilience4j\.version>([^<]+)</.exec(text)?.[1];
  return version === undefined ? {} : { "io.github.resilience4j": version };
}

/** Versions of Holdfast and of everything that is measured, as installed. */
export function installedVersions(root: string): Record<string, string> {
  const peers = join(root, "bench", "peers");
  const names = Object.keys(manifest(join(peers, "package.json")).dependencies ?? {});
  const versionsIn = (folder: string, packages: readonly string[]): [string, string][] =>
    packages.map((name) => [name, manifest(join(folder, "node_modules", name, "package.json")).version]);
  return {
    holdfast: manifest(join(root, "package.json")).version,
    ...Object.fromEntries([...versionsIn(peers, names), ...versionsIn(root, ownTools)]),
    ...versionsInGoMod(readFileSync(join(root, "bench", "go", "go.mod"), "utf8")),
    ...versionInPom(readFileSync(join(root, "bench", "jvm", "pom.xml"), "utf8")),
  };
}
