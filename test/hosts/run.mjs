// Entry for hosts with a command line: Node, Deno, Bun. The last line of stdout is the result.
import { smoke } from "./smoke.mjs";

console.log(JSON.stringify(await smoke()));
