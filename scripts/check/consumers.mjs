/** Compiles the projects of test/consumers against the packed declarations, as a user's compiler would. */
import { cpSync, mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { runTool } from "../lib/command.mjs";
import { at } from "../lib/root.mjs";
import { unpackInto } from "../lib/tarball.mjs";

/** What the compiler says about each project; empty when all compile. */
export async function consumerProblems(tarball) {
  // Outside the repository, so that nothing is found by walking up: no @types/node, no sources.
  const folder = realpathSync(mkdtempSync(join(tmpdir(), "holdfast-consumers-")));
  try {
    await unpackInto(tarball, folder);
    const problems = [];
    for (const project of readdirSync(at("test", "consumers"))) {
      cpSync(at("test", "consumers", project), join(folder, project), { recursive: true });
      const { code, stdout } = await runTool("typescript", ["-p", join(folder, project)], {
        command: "tsc",
        cwd: folder,
        stdout: "collect",
      });
      if (code !== 0) problems.push(`test/consumers/${project} does not compile against the package:\n${stdout}`);
    }
    return problems;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
