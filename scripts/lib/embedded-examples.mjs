/** examples/embedded, built and run as its Makefile says: each must print what the others print. */
import { join } from "node:path";
import { boardTools, cTools, make, pythonTools, wasm3Sources } from "./c-hosts.mjs";

/** What the program in C printed first; the board must print the same, wasm3 the part about its bucket. */
let printed;

/** The lines that are the example's; before them the Makefile tells sizes. */
const linesOf = (stdout) => stdout.split("\n").filter((line) => /^(bucket|radio|memory): /.test(line));

async function compare(target, { folder }, variables) {
  const lines = linesOf(await make(target, join(folder, `example-${target}`), variables));
  printed ??= lines;
  const strange = lines.find((line) => !printed.includes(line));
  if (lines.length === 0 || strange !== undefined)
    throw new Error(`prints ${strange}; others print\n${printed.join("\n")}`);
  return `${lines.length} lines`;
}

const compareWasm3 = async (target, files) => compare(target, files, { WASM3: await wasm3Sources() });

/** Rows of `make measure`: a call, bytes of state, bytes of stack, instructions a call, bytes of code. */
const rowsOf = (stdout) => stdout.split("\n").filter((line) => line.split("|").length === 5);

async function measure({ folder }) {
  const rows = rowsOf(await make("measure", join(folder, "example-measure")));
  for (const row of rows) console.log(`      ${row}`);
  if (rows.length < 3) throw new Error("nothing was measured");
  return `${rows.length} rows`;
}

/** All that can be run there: `needs` names tools, `play({ folder })` resolves to what to print. */
export const examples = [
  { name: "example-native", needs: cTools, play: (files) => compare("native", files) },
  { name: "example-cortex-m3", needs: boardTools, play: (files) => compare("cortex-m3", files) },
  { name: "example-wasm3", needs: pythonTools, play: (files) => compareWasm3("wasm3", files) },
  {
    name: "example-wasm3-cortex-m3",
    needs: [...pythonTools, ...boardTools],
    play: (files) => compareWasm3("wasm3-cortex-m3", files),
  },
  { name: "example-measure", needs: boardTools, play: measure },
];
