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

/** Versions of Holdfast and of everything that is measured, as installed. */
export function installedVersions(root: string): Record<string, string> {
  const peers = join(root, "bench", "peers");
  const names = Object.keys(manifest(join(peers, "package.json")).dependencies ?? {});
  const versionsIn = (folder: string, packages: readonly string[]): [string, string][] =>
    packages.map((name) => [name, manifest(join(folder, "node_modules", name, "package.json")).version]);
  return {
    holdfast: manifest(join(root, "package.json")).version,
    ...Object.fromEntries([...versionsIn(peers, names), ...versionsIn(root, ownTools)]),
  };
}
