/**
 * The public face as text: for each subpath, what it exports, as the built declarations say, comments left out. The texts
 * are committed in test/package/api/, so that a change of the face shows in the change that makes it.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import ts from "typescript";
import { at } from "../lib/root.mjs";

const folder = "test/package/api";

/** Subpaths with declarations: name of the snapshot and file. */
export function typedSubpaths() {
  const { exports } = JSON.parse(readFileSync(at("package.json"), "utf8"));
  return Object.entries(exports)
    .filter(([, target]) => typeof target === "object" && target.types !== undefined)
    .map(([subpath, target]) => ({
      name: subpath === "." ? "holdfast" : subpath.slice(2).replaceAll("/", "."),
      subpath,
      file: target.types.slice(2),
    }));
}

const printer = ts.createPrinter({ removeComments: true, newLine: ts.NewLineKind.LineFeed });

/** A declaration as the snapshot shows it; a variable comes with its statement, so that `const` and the type are seen. */
function textOf(declaration) {
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : declaration;
  return printer.printNode(ts.EmitHint.Unspecified, node, node.getSourceFile()).replace(/^(export )?(declare )?/, "");
}

/** The snapshot texts of all subpaths, by file name. */
export function apiTexts() {
  const subpaths = typedSubpaths();
  const program = ts.createProgram(
    subpaths.map(({ file }) => at(file)),
    {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
      types: ["node"],
      noEmit: true,
    },
  );
  const checker = program.getTypeChecker();
  const texts = new Map();
  /** Where a symbol was first shown: a re-export is one line that says so. */
  const shownIn = new Map();
  // The folders come before the root, which re-exports them.
  for (const { name, subpath, file } of [...subpaths].sort(
    (a, b) => Number(a.subpath === ".") - Number(b.subpath === "."),
  )) {
    const source = program.getSourceFile(at(file));
    if (source === undefined) throw new Error(`${file} is not built`);
    const lines = [];
    for (const exported of checker.getExportsOfModule(checker.getSymbolAtLocation(source))) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const key = symbol;
      const first = shownIn.get(key);
      if (first !== undefined) {
        lines.push([exported.name, `${exported.name}: as in ${first}`]);
        continue;
      }
      shownIn.set(key, subpath === "." ? "holdfast" : `holdfast/${subpath.slice(2)}`);
      lines.push([exported.name, (symbol.declarations ?? []).map(textOf).join("\n")]);
    }
    lines.sort(([a], [b]) => (a < b ? -1 : 1));
    const title = subpath === "." ? "holdfast" : `holdfast/${subpath.slice(2)}`;
    texts.set(
      `${name}.api.md`,
      `# ${title}\n\nMade by \`npm run fix\` from the declarations; a change here is a change of the public face.\n\n\`\`\`\n${lines.map(([, text]) => text).join("\n\n")}\n\`\`\`\n`,
    );
  }
  return texts;
}

/** What differs between the committed snapshots and the built face; empty when nothing does. */
export function apiProblems() {
  const texts = apiTexts();
  const problems = [];
  for (const [file, text] of texts) {
    const path = at(folder, file);
    const committed = existsSync(path) ? readFileSync(path, "utf8") : "";
    if (committed === text) continue;
    const old = new Set(committed.split("\n"));
    const now = new Set(text.split("\n"));
    const gone = committed
      .split("\n")
      .filter((line) => !now.has(line))
      .map((line) => `  - ${line}`);
    const added = text
      .split("\n")
      .filter((line) => !old.has(line))
      .map((line) => `  + ${line}`);
    problems.push(
      `${folder}/${file} differs from the built face (npm run fix updates it)\n${[...gone, ...added].slice(0, 40).join("\n")}`,
    );
  }
  for (const file of existsSync(at(folder)) ? readdirSync(at(folder)) : []) {
    if (!texts.has(file)) problems.push(`${folder}/${file} belongs to no subpath (npm run fix removes it)`);
  }
  return problems;
}

/** Writes the snapshots anew. */
export function updateApi() {
  rmSync(at(folder), { recursive: true, force: true });
  mkdirSync(at(folder), { recursive: true });
  for (const [file, text] of apiTexts()) writeFileSync(at(folder, file), text);
}
