/** `npm start`: builds what is stale, then shows the product at work. Arguments go to `holdfast demo`. */
import { pathToFileURL } from "node:url";
import { build } from "./build.mjs";
import { at } from "./lib/root.mjs";
import { talk } from "./lib/talk.mjs";

try {
  await build("start");
} catch (error) {
  talk(error.message);
  process.exit(1);
}

// The program runs in this very process: Ctrl-C and signals reach it without anybody passing them on.
const program = at("dist", "ts", "cli", "main.js");
process.argv = [process.argv[0], program, "demo", ...process.argv.slice(2)];
await import(pathToFileURL(program).href);
