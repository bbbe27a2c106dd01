/** Command lines: node's parser, with mistakes that say what would be right. */

import { type ParseArgsConfig, parseArgs } from "node:util";
import { HoldfastError, quote } from "../kernel/index.js";

/** A command line was wrong (`USAGE`); the program prints the message and exits with 2. */
export function usageError(message: string): HoldfastError {
  return new HoldfastError("USAGE", message);
}

type Options = NonNullable<ParseArgsConfig["options"]>;
type Parsed<T extends Options> = ReturnType<
  typeof parseArgs<{ options: T; strict: true; allowPositionals: false }>
>["values"];

/** The options of `argv`; throws `USAGE` for an unknown option, a missing value or a stray word. */
export function readOptions<const T extends Options>(argv: readonly string[], options: T): Parsed<T> {
  return readArguments(argv, options, false).options;
}

/** The options of `argv` and, where the command takes any, its other words. Throws `USAGE`. */
export function readArguments<const T extends Options>(
  argv: readonly string[],
  options: T,
  allowPositionals = true,
): { readonly options: Parsed<T>; readonly words: readonly string[] } {
  try {
    const { values, positionals } = parseArgs({ args: [...argv], options, strict: true, allowPositionals });
    return { options: values as Parsed<T>, words: positionals };
  } catch (error) {
    const code = (error as { code?: string }).code ?? "";
    if (!code.startsWith("ERR_PARSE_ARGS_")) throw error;
    const message = (error as Error).message.split(". ")[0]!;
    throw usageError(`${message[0]!.toLowerCase()}${message.slice(1)}`);
  }
}

/** What a number on the command line must be. */
export interface NumberRule {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly whole?: boolean;
}

/** A number from the command line; `fallback` where it was not given. Throws `USAGE`. */
export function readNumber(text: string | undefined, fallback: number, rule: NumberRule): number {
  if (text === undefined) return fallback;
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  const fits = value >= rule.min && value <= rule.max && (rule.whole !== true || Number.isInteger(value));
  if (fits) return value;
  const kind = rule.whole === true ? "a whole number" : "a number";
  throw usageError(`--${rule.name} is ${quote(text)}; give ${kind} from ${rule.min} to ${rule.max}`);
}

/** The word of `known` that was probably meant: one that starts like it, or is at most two slips away. */
export function suggestion(word: string, known: readonly string[]): string | undefined {
  const started = word.length >= 2 ? known.find((candidate) => candidate.startsWith(word)) : undefined;
  if (started !== undefined) return started;
  const ranked = known
    .map((candidate) => ({ candidate, slips: slipsBetween(word.toLowerCase(), candidate) }))
    .sort((a, b) => a.slips - b.slips);
  return ranked[0] !== undefined && ranked[0].slips <= 2 ? ranked[0].candidate : undefined;
}

/** Levenshtein distance: insertions, deletions and replacements that turn one word into the other. */
function slipsBetween(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      next.push(Math.min(next[j - 1]! + 1, row[j]! + 1, row[j - 1]! + (from[i - 1] === to[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[to.length]!;
}
