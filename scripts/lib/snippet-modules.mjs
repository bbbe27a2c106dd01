/** A Vite plugin that serves each example as a module: `import("snippet:docs/index.md:12")` runs the fence on line 12. */
import { at } from "./root.mjs";
import { assertions, snippets } from "./snippets.mjs";

const prefix = "snippet:";

/** A place as a file name that can be read in a stack trace: docs/index.md:12 is docs+index.md@12. */
const fileNameOf = (place) => place.replaceAll("/", "+").replace(":", "@");

/** The plugin; vitest.config.ts installs it and test/package/examples.test.ts uses it. */
export function snippetModules() {
  return {
    name: "holdfast-snippets",
    enforce: "pre",
    resolveId(id) {
      // The made-up file stands in the root, so that bare imports resolve as for any file of the project, and ends with .ts.
      if (id.startsWith(prefix)) return `${at("test", "package")}/${fileNameOf(id.slice(prefix.length))}.snippet.ts`;
      return undefined;
    },
    load(id) {
      const name = /([^/\\]+)\.snippet\.ts$/.exec(id)?.[1];
      if (name === undefined) return undefined;
      const snippet = snippets().find(({ file, line }) => fileNameOf(`${file}:${line}`) === name);
      if (snippet === undefined) throw new Error(`there is no example at ${name}`);
      return `import { __shows, __throws } from "${at("test", "package", "example-assertions.ts").replaceAll("\\", "/")}"; ${assertions(snippet).code}`;
    },
  };
}
