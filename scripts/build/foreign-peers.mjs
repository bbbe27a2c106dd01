/**
 * The benchmark's peers in other languages: each is fetched and built where its flag asks for it and its tools are there, and is
 * reported as not run everywhere else. bench/cases/ learns from the environment where the programs are.
 */
import { delimiter, join } from "node:path";
import { at } from "../lib/root.mjs";
import { talk } from "../lib/talk.mjs";
import { missingTools, must, windows } from "../lib/tools.mjs";

const program = `holdfast-bench-peers${windows ? ".exe" : ""}`;

/** Each language's `build` works in its folder of bench/ and gives what its variable is to say. */
const languages = [
  {
    flag: "--rust",
    peers: "governor and xxhash-rust",
    tools: ["cargo"],
    variable: "HOLDFAST_BENCH_RUST",
    async build() {
      const target = at("bench", "rust", "dist");
      const args = ["build", "--release", "--locked", "--quiet", "--target-dir", target];
      await must("cargo", args, { cwd: at("bench", "rust") });
      return join(target, "release", program);
    },
  },
  {
    flag: "--go",
    peers: "gobreaker, failsafe-go and x/time/rate",
    tools: ["go"],
    variable: "HOLDFAST_BENCH_GO",
    async build() {
      const target = at("bench", "go", "dist", program);
      // Nothing but what go.sum has the sums of.
      await must("go", ["build", "-mod=readonly", "-trimpath", "-o", target, "."], { cwd: at("bench", "go") });
      return target;
    },
  },
  {
    flag: "--jvm",
    peers: "resilience4j",
    tools: ["java", "javac", "mvn"],
    variable: "HOLDFAST_BENCH_JVM",
    async build() {
      const cwd = at("bench", "jvm");
      const libraries = join(cwd, "dist", "libraries");
      const classes = join(cwd, "dist", "classes");
      const copy = ["dependency:copy-dependencies", `-DoutputDirectory=${libraries}`];
      await must(windows ? "mvn.cmd" : "mvn", ["--batch-mode", "--quiet", ...copy], { cwd });
      await must("javac", ["-d", classes, "-cp", join(libraries, "*"), "Peers.java"], { cwd });
      return [classes, join(libraries, "*")].join(delimiter);
    },
  },
];

/** Why a language's peers are not run; undefined where they were built. */
async function lacks({ flag, tools, variable, build }, args) {
  if (!args.includes(flag)) return `give ${flag} to fetch and build them`;
  const missing = await missingTools(tools);
  if (missing.length > 0) return `needs ${missing.join(", ")}`;
  try {
    process.env[variable] = await build();
    return undefined;
  } catch (error) {
    return error.message;
  }
}

/** Builds what `args`, the benchmark's command line, asks for. */
export async function buildForeignPeers(args) {
  for (const language of languages) {
    const why = await lacks(language, args);
    if (why !== undefined) talk(`not run: ${language.peers}: ${why}`);
  }
}
