/** The check of the house's order can fail: each rule sees a planted mistake, and lets the right way pass. */

import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("../..", import.meta.url));
const program = join(root, "node_modules/dependency-cruiser/bin/dependency-cruise.mjs");
const config = join(root, "scripts/check/layers.config.mjs");

/** A small house: file and text. Each line that is commented with a rule's name breaks that rule. */
const house = {
  "tsconfig.json":
    '{ "compilerOptions": { "module": "NodeNext", "moduleResolution": "NodeNext", "target": "ES2022" } }',
  "package.json": '{ "type": "module" }',
  "test/helper.ts": "export const helper = 1;",
  "ts/index.ts": 'export * from "./kernel/index.js"; export * from "./gateway/index.js";', // root-reexports-faces
  "ts/kernel/index.ts": 'export { a } from "./a.js"; export { b } from "./b.js";',
  "ts/kernel/a.ts": 'import { b } from "./b.js"; export const a = () => b;', // no-cycle, with b
  "ts/kernel/b.ts": 'import { a } from "./a.js"; export const b = () => a;',
  "ts/kernel/up.ts": 'import { core } from "../core/index.js"; export const up = core;', // kernel-imports-downward
  "ts/core/index.ts": 'import { raw } from "../../bindings/index.js"; export const core = raw;',
  "ts/resilience/index.ts": 'export { resilience } from "./deep.js";',
  "ts/resilience/deep.ts": 'import { a } from "../kernel/a.js"; export const resilience = a;', // through-the-face
  "ts/resilience/raw.ts": 'import { raw } from "../../bindings/index.js"; export const x = raw;', // bindings-through-core
  "ts/resilience/host.ts": 'import { readFileSync } from "node:fs"; export const y = readFileSync;', // runs-everywhere
  "ts/resilience/root.ts": 'import * as all from "../index.js"; export const z = all;', // nobody-imports-the-root
  "ts/resilience/tests.ts": 'import { helper } from "../../test/helper.js"; export const h = helper;', // sources-stand-alone
  "ts/resilience/lost.ts": 'import { lost } from "./nowhere.js"; export const l = lost;', // resolvable
  "ts/gateway/index.ts": 'import { core } from "../core/index.js"; import "node:http"; export const gateway = core;',
  "ts/attic/index.ts": 'import { a } from "../kernel/index.js"; export const attic = a;', // known-folder
  "bindings/index.ts": 'import { core } from "../ts/core/index.js"; export const raw = () => core;', // bindings-stand-below
};

test("each rule of the order sees its mistake", () => {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-layers-"));
  try {
    for (const [file, text] of Object.entries(house)) {
      mkdirSync(join(folder, dirname(file)), { recursive: true });
      writeFileSync(join(folder, file), `${text}\n`);
    }
    let report = "";
    try {
      execFileSync(process.execPath, [program, "--config", config, "ts", "bindings"], {
        cwd: folder,
        encoding: "utf8",
      });
    } catch (error) {
      report = (error as { stdout: string }).stdout;
    }
    const broken = [...report.matchAll(/error ([a-z-]+): (\S+)/g)].map((match) => `${match[1]} ${match[2]}`);
    expect([...new Set(broken)].sort()).toEqual([
      "bindings-stand-below bindings/index.ts",
      "bindings-through-core ts/resilience/raw.ts",
      "kernel-imports-downward ts/kernel/up.ts",
      "known-folder ts/attic/index.ts",
      "no-cycle bindings/index.ts",
      "no-cycle ts/kernel/a.ts",
      "nobody-imports-the-root ts/resilience/root.ts",
      "resolvable ts/resilience/lost.ts",
      "root-reexports-faces ts/index.ts",
      "runs-everywhere ts/resilience/host.ts",
      "sources-stand-alone ts/resilience/tests.ts",
      "through-the-face ts/resilience/deep.ts",
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
