/** The command line of `npm run bench`. */

/** What was asked for. */
export interface BenchOptions {
  /** Measure only cases whose id contains this, in any case of letters. */
  readonly only: string | undefined;
  /** Where to write the results as JSON. */
  readonly json: string | undefined;
  /** Results of an earlier run, to be shown instead of measuring. */
  readonly from: string | undefined;
  readonly quick: boolean;
  /** Put the tables between the markers in README.md. */
  readonly readme: boolean;
  /** Rounds, where they differ from the pace's. */
  readonly rounds: number | undefined;
  /** Whether peers in Rust, in Go, on the JVM are wanted. scripts/bench.mjs builds them; here they are there or not. */
  readonly rust: boolean;
  readonly go: boolean;
  readonly jvm: boolean;
  readonly help: boolean;
}

export const usage = `Measures Holdfast beside its peers.

Usage: npm run bench -- [--only NAME] [--json FILE] [--quick] [--rounds N] [--readme] [--rust] [--go] [--jvm] [--from FILE]

  --only NAME   only rows whose group or subject contains NAME (gateway is a group)
  --json FILE   write the results to FILE
  --quick       few and short rounds: shows that everything runs, and about where it lies
  --rounds N    so many rounds instead of 5
  --readme      put the tables into README.md; needs all rows at the full pace
  --rust        also peers in Rust, which cargo fetches and builds first
  --go          also peers in Go, which go fetches and builds first; they get a table of their own
  --jvm         also resilience4j, which Maven fetches and javac builds first; in the same table
  --from FILE   show the results of an earlier --json instead of measuring
`;

/** Reads the arguments; throws an Error that says what would be right. */
export function readOptions(args: readonly string[]): BenchOptions {
  const texts: Partial<Record<"only" | "json" | "from" | "rounds", string>> = {};
  const flags = { quick: false, readme: false, rust: false, go: false, jvm: false, help: false };
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    const name = word.replace(/^--/, "");
    if (word === `--${name}` && name in flags) {
      flags[name as keyof typeof flags] = true;
    } else if (word === `--${name}` && ["only", "json", "from", "rounds"].includes(name)) {
      const value = rest.shift();
      if (value === undefined || value.startsWith("--")) throw new Error(`${word} needs a value\n\n${usage}`);
      texts[name as keyof typeof texts] = value;
    } else {
      throw new Error(`unknown argument ${JSON.stringify(word)}\n\n${usage}`);
    }
  }
  const rounds = texts.rounds === undefined ? undefined : Number(texts.rounds);
  if (rounds !== undefined && !(Number.isInteger(rounds) && rounds >= 1 && rounds <= 100)) {
    throw new Error(`--rounds ${texts.rounds} is wrong; give a whole number from 1 to 100`);
  }
  if (flags.readme && (flags.quick || texts.only !== undefined)) {
    throw new Error("--readme needs all rows at the full pace: leave --quick and --only out");
  }
  return { only: texts.only, json: texts.json, from: texts.from, rounds, ...flags };
}
