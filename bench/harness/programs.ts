/** The built peers in Go and Java. scripts/build/foreign-peers.mjs says by the environment where they are. */
import { execFileSync } from "node:child_process";
import type { OtherLanguage } from "./case.js";

/** A command and its first arguments; the name of a case comes after them. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
}

/** The program of a language; undefined where it was not asked for or could not be built. */
export function programOf(language: OtherLanguage): Program | undefined {
  const built = process.env[language === "Go" ? "HOLDFAST_BENCH_GO" : "HOLDFAST_BENCH_JVM"];
  if (built === undefined) return undefined;
  // What was built for the JVM is a class path.
  return language === "Go" ? { file: built, args: [] } : { file: "java", args: ["-cp", built, "Peers"] };
}

/** By language, the version of the compiler or machine that its program runs with, in the program's own words. */
export function runtimeVersions(): Record<string, string> {
  const languages: readonly OtherLanguage[] = ["Go", "Java"];
  const versions = languages.flatMap((language) => {
    const program = programOf(language);
    if (program === undefined) return [];
    return [[language, execFileSync(program.file, [...program.args, "runtime"], { encoding: "utf8" }).trim()]];
  });
  return Object.fromEntries(versions);
}
