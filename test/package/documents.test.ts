/** Documents lead somewhere: every relative link and picture of a Markdown file exists, and package.json agrees with the README. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parseGatewayConfig } from "../../ts/gateway/index.js";

const root = fileURLToPath(new URL("../..", import.meta.url));

const documents = [
  ...readdirSync(root).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(root, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md"))
    .map((name) => join("docs", name)),
];

/** Targets of links and pictures, without those of code. */
function linksOf(text: string): string[] {
  const prose = text.replace(/```[\s\S]*?```/g, "").replace(/`[^`]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)/g)].map((match) => match[1]!);
}

describe("documents", () => {
  test.each(documents)("%s links to what exists", (document) => {
    const links = linksOf(readFileSync(join(root, document), "utf8"));
    const files = links.filter((link) => !/^([a-z]+:|#)/.test(link)).map((link) => link.replace(/#.*$/, ""));
    expect(files.filter((file) => !existsSync(join(root, dirname(document), file)))).toEqual([]);
  });

  test.each(documents)("%s shows gateway configurations that the gateway takes", (document) => {
    const text = readFileSync(join(root, document), "utf8");
    for (const [, fence] of text.matchAll(/```yaml\n([\s\S]*?)```/g)) {
      if (/^routes:/m.test(fence!)) parseGatewayConfig(fence!, { file: document });
    }
  });

  test("the README names every module that can be imported", () => {
    const { exports } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      exports: Record<string, unknown>;
    };
    const readme = readFileSync(join(root, "README.md"), "utf8");
    const modules = Object.keys(exports)
      .filter((subpath) => !/\.json$/.test(subpath))
      .map((subpath) => `\`holdfast${subpath.slice(1)}\``);
    expect(modules.filter((name) => !readme.includes(name))).toEqual([]);
  });

  test("the README names every script, or the guide for contributors does", () => {
    const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as {
      scripts: Record<string, string>;
    };
    const text = `${readFileSync(join(root, "README.md"), "utf8")}${readFileSync(join(root, "CONTRIBUTING.md"), "utf8")}`;
    const missing = Object.keys(scripts).filter(
      (name) => name !== "prepack" && !text.includes(`npm ${name}`) && !text.includes(`npm run ${name}`),
    );
    expect(missing).toEqual([]);
  });
});
