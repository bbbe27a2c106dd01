/** The package as users get it: packed, and unpacked into a project's node_modules. */
import { mkdirSync, rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { run, runNpm } from "./command.mjs";
import { at } from "./root.mjs";

/** Packs what is built; the build must be complete. Gives the tarball's path and the list of its files. */
export async function pack() {
  const folder = at("dist", ".pack");
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  // Scripts are left out: `prepack` would build, and the caller has done that.
  const args = ["pack", "--ignore-scripts", "--json", "--pack-destination", folder];
  const { code, stdout, stderr } = await runNpm(args, { stdout: "collect", stderr: "collect" });
  if (code !== 0) throw new Error(`npm pack failed\n${stderr}`);
  const parsed = JSON.parse(stdout);
  const [made] = Array.isArray(parsed) ? parsed : Object.values(parsed);
  return { file: join(folder, made.filename), files: made.files.map(({ path }) => path), bytes: made.size };
}

/**
 * Unpacks a tarball to node_modules/holdfast of a project and links the two runtime dependencies from here: what npm
 * would do, without asking a registry.
 */
export async function unpackInto(tarball, project) {
  const target = join(project, "node_modules", "holdfast");
  mkdirSync(target, { recursive: true });
  const { code, stderr } = await run("tar", ["-xzf", tarball, "-C", target, "--strip-components=1"], {
    stderr: "collect",
  });
  if (code !== 0) throw new Error(`tar cannot unpack ${tarball}: ${stderr}`);
  for (const name of ["undici", "yaml"]) {
    const link = join(project, "node_modules", name);
    rmSync(link, { recursive: true, force: true });
    symlinkSync(at("node_modules", name), link, "junction");
  }
}
