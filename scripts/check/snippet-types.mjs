/** Type-checks every example of the documents against the sources, in memory; errors name the document and its line. */
import { dirname } from "node:path";
import ts from "typescript";
import { at, root } from "../lib/root.mjs";
import { snippets } from "../lib/snippets.mjs";

/** One line for each type error in an example. */
export function snippetTypeProblems() {
  const examples = new Map(snippets().map((snippet, index) => [at("test", "package", `example-${index}.ts`), snippet]));
  const { config } = ts.readConfigFile(at("tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(
    { ...config, include: [], files: ["ts/kernel/index.ts"] },
    ts.sys,
    root,
  );
  const host = ts.createCompilerHost({
    ...options,
    paths: { holdfast: ["./ts/index.ts"], "holdfast/*": ["./ts/*/index.ts"] },
    baseUrl: root,
  });
  const compilerOptions = {
    ...options,
    baseUrl: root,
    paths: { holdfast: ["./ts/index.ts"], "holdfast/*": ["./ts/*/index.ts"] },
    // An example shows one thing; what it declares on the way need not be used.
    noUnusedLocals: false,
    moduleDetection: ts.ModuleDetectionKind.Force,
  };
  const { getSourceFile, fileExists, readFile } = host;
  host.fileExists = (file) => examples.has(file) || fileExists(file);
  host.readFile = (file) => examples.get(file)?.code ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const example = examples.get(file);
    return example === undefined
      ? getSourceFile(file, ...rest)
      : ts.createSourceFile(file, example.code, rest[0], true);
  };
  host.getCurrentDirectory = () => dirname(at("package.json"));
  const ambient = [at("bindings", "wasm.d.ts")].filter((file) => ts.sys.fileExists(file));
  const program = ts.createProgram([...examples.keys(), ...ambient], compilerOptions, host);
  return [...examples].flatMap(([file, { file: document, line }]) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) => {
      const place = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
      return `${document}:${line + 1 + place.line}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n  ")}`;
    });
  });
}
