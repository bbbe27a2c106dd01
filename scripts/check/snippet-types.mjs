/** Type-checks every example of the documents against the sources, in memory; errors name the document and its line. */
import ts from "typescript";
import { at, root } from "../lib/root.mjs";
import { snippets } from "../lib/snippets.mjs";

/** What hosts and bundlers that import .wasm files declare in their own types. */
const ambient = {
  file: at("test", "package", "example-ambient.d.ts"),
  code: 'declare module "*.wasm" { const module: WebAssembly.Module; export default module; }\n',
};

/** What packages without types of their own declare, for tests and examples alike. */
const untyped = at("test", "untyped.d.ts");

/** One line for each type error in an example. */
export function snippetTypeProblems() {
  const examples = new Map(snippets().map((snippet, index) => [at("test", "package", `example-${index}.ts`), snippet]));
  const { config } = ts.readConfigFile(at("tsconfig.json"), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent({ ...config, include: [], files: [] }, ts.sys, root);
  const compilerOptions = {
    ...options,
    paths: { holdfast: [at("ts", "index.ts")], "holdfast/*": [at("ts", "*", "index.ts")] },
    // An example without imports is a module all the same: two of them may use one name.
    moduleDetection: ts.ModuleDetectionKind.Force,
  };
  const host = ts.createCompilerHost(compilerOptions);
  const { getSourceFile, fileExists, readFile } = host;
  const codeOf = (file) => (file === ambient.file ? ambient.code : examples.get(file)?.code);
  host.fileExists = (file) => codeOf(file) !== undefined || fileExists(file);
  host.readFile = (file) => codeOf(file) ?? readFile(file);
  host.getSourceFile = (file, ...rest) => {
    const code = codeOf(file);
    return code === undefined ? getSourceFile(file, ...rest) : ts.createSourceFile(file, code, rest[0], true);
  };
  host.getCurrentDirectory = () => root;
  const program = ts.createProgram([...examples.keys(), ambient.file, untyped], compilerOptions, host);
  return [...examples].flatMap(([file, { file: document, line }]) => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) => {
      const place = source.getLineAndCharacterOfPosition(diagnostic.start ?? 0);
      return `${document}:${line + 1 + place.line}: ${ts.flattenDiagnosticMessageText(diagnostic.messageText, "\n  ")}`;
    });
  });
}
