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

/** What users neither see in the reference nor may depend on: marked @internal, or closed to them by its modifier. */
function isClosed(node) {
  const modifiers = ts.getCombinedModifierFlags(node);
  if ((modifiers & (ts.ModifierFlags.Private | ts.ModifierFlags.Protected)) !== 0) return true;
  if (node.name !== undefined && ts.isPrivateIdentifier(node.name)) return true;
  return ts.getJSDocTags(node).some((tag) => tag.tagName.text === "internal");
}

/** A declaration without its closed members. */
function openPart(node) {
  const open = (members) => ts.factory.createNodeArray(members.filter((member) => !isClosed(member)));
  const { modifiers, name, typeParameters, heritageClauses, members } = node;
  if (ts.isClassDeclaration(node)) {
    return ts.factory.updateClassDeclaration(node, modifiers, name, typeParameters, heritageClauses, open(members));
  }
  if (ts.isInterfaceDeclaration(node)) {
    return ts.factory.updateInterfaceDeclaration(node, modifiers, name, typeParameters, heritageClauses, open(members));
  }
  return node;
}

/** A declaration as the snapshot shows it; a variable comes with its statement, so that `const` and the type are seen. */
function textOf(declaration) {
  const node = ts.isVariableDeclaration(declaration) ? declaration.parent.parent : openPart(declaration);
  const source = declaration.getSourceFile();
  return printer.printNode(ts.EmitHint.Unspecified, node, source).replace(/^(export )?(declare )?/, "");
}

/** The names that the open part of a declaration uses, as the symbols that they stand for. */
function symbolsIn(checker, declaration) {
  const found = new Set();
  const visit = (node) => {
    if (node !== declaration && isClosed(node)) return;
    const symbol = ts.isIdentifier(node) ? checker.getSymbolAtLocation(node) : undefined;
    if (symbol !== undefined) found.add(resolved(checker, symbol));
    ts.forEachChild(node, visit);
  };
  visit(declaration);
  return found;
}

const resolved = (checker, symbol) => (symbol.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(symbol) : symbol);

/** Whether a symbol is a declaration of its own in our files: neither a member, a parameter, nor the platform's. */
function isOurs(symbol) {
  const [declaration] = symbol.declarations ?? [];
  if (declaration === undefined || !declaration.getSourceFile().fileName.startsWith(at("dist"))) return false;
  const holder = ts.isVariableDeclaration(declaration) ? declaration.parent.parent.parent : declaration.parent;
  return ts.isSourceFile(holder);
}

const titleOf = (subpath) => (subpath === "." ? "holdfast" : `holdfast/${subpath.slice(2)}`);

/**
 * The snapshot texts of all subpaths, by file name. Each shows what the subpath exports, then what these declarations name
 * without exporting it: base classes and helper types are part of the face as well.
 */
export function apiTexts() {
  const subpaths = typedSubpaths();
  const files = subpaths.map(({ file }) => at(file));
  const program = ts.createProgram(files, {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    lib: ["lib.es2022.d.ts", "lib.esnext.disposable.d.ts", "lib.dom.d.ts"],
    types: ["node"],
    noEmit: true,
  });
  const checker = program.getTypeChecker();
  const exportsOf = (file) => {
    const source = program.getSourceFile(at(file));
    if (source === undefined) throw new Error(`${file} is not built`);
    return checker.getExportsOfModule(checker.getSymbolAtLocation(source));
  };
  // The folders come before the root, which re-exports them.
  const ordered = subpaths.sort((a, b) => Number(a.subpath === ".") - Number(b.subpath === "."));
  const exportedBy = new Map();
  for (const { subpath, file } of ordered) {
    for (const symbol of exportsOf(file).map((each) => resolved(checker, each))) {
      if (!exportedBy.has(symbol)) exportedBy.set(symbol, titleOf(subpath));
    }
  }
  const text = (symbol) => (symbol.declarations ?? []).map(textOf).join("\n");
  const sorted = (lines) =>
    lines
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, line]) => line)
      .join("\n\n");
  const texts = new Map();
  const hiddenShown = new Set();
  for (const { name, subpath, file } of ordered) {
    const title = titleOf(subpath);
    const own = [];
    const lines = exportsOf(file).map((each) => {
      const symbol = resolved(checker, each);
      if (exportedBy.get(symbol) !== title) return [each.name, `${each.name}: as in ${exportedBy.get(symbol)}`];
      own.push(symbol);
      return [each.name, text(symbol)];
    });
    const hidden = [];
    for (let next = own.pop(); next !== undefined; next = own.pop()) {
      for (const symbol of (next.declarations ?? []).flatMap((declaration) => [...symbolsIn(checker, declaration)])) {
        if (exportedBy.has(symbol) || hiddenShown.has(symbol) || !isOurs(symbol)) continue;
        if (symbol.declarations.some(isClosed)) continue;
        hiddenShown.add(symbol);
        hidden.push([symbol.name, text(symbol)]);
        own.push(symbol);
      }
    }
    const rest = hidden.length === 0 ? "" : `\nNamed by these, not exported:\n\n\`\`\`\n${sorted(hidden)}\n\`\`\`\n`;
    texts.set(
      `${name}.api.md`,
      `# ${title}\n\nMade by \`npm run fix\` from the declarations; a change here is a change of the public face.\n\n\`\`\`\n${sorted(lines)}\n\`\`\`\n${rest}`,
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
