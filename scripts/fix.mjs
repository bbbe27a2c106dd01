/** `npm run fix`: brings into shape what a program can: formatting, imports, safe lint fixes and the snapshot of the public face. */
import { build } from "./build.mjs";
import { updateApi } from "./check/api.mjs";
import { runTool } from "./lib/command.mjs";

const { code } = await runTool("@biomejs/biome", ["check", "--write"], { command: "biome" });
await build("all");
updateApi();
process.exitCode = code ?? 1;
