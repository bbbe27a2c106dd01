/** Coverage of the unit tests, kept with a hash of what was tested, so that `npm run check` need not run the tests again. */
import { readFileSync, writeFileSync } from "node:fs";
import { at, root } from "./root.mjs";
import { treeHash } from "./tree-hash.mjs";

const summaryFile = at("coverage", "coverage-summary.json");
const stampFile = at("coverage", "tree.txt");

/** Everything that decides what the tests cover. */
const treeNow = () =>
  treeHash(["ts", "bindings", "assembly", "hw-profiles", "test", "vitest.config.ts", "package.json"]);

/** Called when the tests have passed with coverage. */
export const stampCoverage = () => writeFileSync(stampFile, treeNow());

const readOr = (file, otherwise) => {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return otherwise;
  }
};

/** Whether the coverage on disk belongs to the tree as it is now. */
export const coverageIsFresh = () => readOr(stampFile, "") === treeNow() && readOr(summaryFile, "") !== "";

/** Lines that must be covered: of everything, and of each module (a folder of ts/, and the bindings). */
const wantedOverall = 85;
const wantedPerModule = 80;

/** What falls short, with the least covered files of each module that does; and the figures of all. */
export function coverageReport() {
  const { total, ...files } = JSON.parse(readFileSync(summaryFile, "utf8"));
  const modules = new Map();
  for (const [path, { lines }] of Object.entries(files)) {
    const file = path.slice(root.length + 1).replaceAll("\\", "/");
    const name = /^ts\/[^/]+(?=\/)|^[^/]+/.exec(file)[0];
    const module = modules.get(name) ?? { total: 0, covered: 0, files: [] };
    module.total += lines.total;
    module.covered += lines.covered;
    module.files.push({ file, ...lines });
    modules.set(name, module);
  }
  const figures = [`all ${total.lines.pct} %`];
  const problems = [];
  if (total.lines.pct < wantedOverall)
    problems.push(`tests cover ${total.lines.pct} % of all lines; ${wantedOverall} are wanted`);
  for (const [name, { total: lines, covered, files: members }] of modules) {
    const percent = lines === 0 ? 100 : Math.floor((covered / lines) * 1000) / 10;
    figures.push(`${name} ${percent} %`);
    if (percent >= wantedPerModule) continue;
    const worst = members.sort((a, b) => b.total - b.covered - (a.total - a.covered)).slice(0, 5);
    problems.push(
      `tests cover ${percent} % of ${name}; ${wantedPerModule} are wanted. Most is missing in ${worst.map(({ file, pct }) => `${file} (${pct} %)`).join(", ")}`,
    );
  }
  return { problems, figures: figures.join(", ") };
}
