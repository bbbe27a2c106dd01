/** `holdfast <command>`: finds the command, and turns what goes wrong into one line and an exit code. */

import { isHoldfastError, quote } from "../kernel/index.js";
import { suggestion, usageError } from "./args.js";
import type { Command, CommandIo } from "./command.js";
import { demoService } from "./demo/service.js";
import { demo } from "./demo.js";
import { doctor } from "./doctor.js";
import { inspect } from "./inspect.js";
import { painter, wantsColour } from "./output.js";
import { version } from "./version.js";

/** The commands of this folder; the entry point adds others. */
const ownCommands: readonly Command[] = [demo, demoService, doctor, inspect];

function help(commands: readonly Command[]): string {
  const shown = commands.filter((command) => command.hidden !== true);
  const width = Math.max(...shown.map((command) => command.name.length));
  return `Holdfast protects traffic: timeouts, retries, circuit breakers and limits in front of what may fail.

Usage: holdfast <command> [options]

Commands:
${shown.map((command) => `  ${command.name.padEnd(width)}  ${command.summary}`).join("\n")}

Options:
  -h, --help     show this, or a command's own help after its name
  -v, --version  print the version

Examples:
  holdfast demo                           see it at work on real traffic
  holdfast demo --seconds 15 --json       the same without a screen, with numbers at the end
  holdfast gateway --config gateway.yaml  put it in front of your own services
  holdfast gateway --help                 every option of the gateway
  holdfast doctor                         test the core's build on this host
  holdfast inspect breaker.snapshot       read what a snapshot holds
`;
}

const listed = (names: readonly string[]): string => `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;

async function dispatch(argv: readonly string[], io: CommandIo, commands: readonly Command[]): Promise<number> {
  const [first, ...rest] = argv;
  if (first === undefined) {
    io.stderr.write(help(commands));
    return 2;
  }
  if (first === "--help" || first === "-h" || first === "help") {
    const named = commands.find((command) => command.name === rest[0]);
    if (named !== undefined) return named.run(["--help"], io);
    io.stdout.write(help(commands));
    return 0;
  }
  if (first === "--version" || first === "-v") {
    io.stdout.write(`${version(io.entry)}\n`);
    return 0;
  }
  const command = commands.find((candidate) => candidate.name === first);
  if (command !== undefined) return command.run(rest, io);
  const names = commands.filter((candidate) => candidate.hidden !== true).map((candidate) => candidate.name);
  const kind = first.startsWith("-") ? "option" : "command";
  const guess = kind === "command" ? suggestion(first, names) : undefined;
  const advice = guess === undefined ? `the commands are ${listed(names)}` : `did you mean ${guess}?`;
  throw usageError(`there is no ${kind} ${quote(first)}; ${advice}`);
}

/**
 * Runs one command line and resolves with the exit code. Nothing escapes: a mistake in the usage or the configuration
 * is one message and 2, anything else that fails is one message and 1 (with its stack where `HOLDFAST_DEBUG` is set).
 */
export async function runProgram(
  argv: readonly string[],
  io: CommandIo,
  extra: readonly Command[] = [],
): Promise<number> {
  const paint = painter(wantsColour(io.stderr, io.env));
  try {
    return await dispatch(argv, io, [...extra, ...ownCommands]);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    io.stderr.write(`${paint("red", "holdfast:")} ${message}\n`);
    if (isHoldfastError(error) && error.code === "USAGE") {
      io.stderr.write(`Run ${paint("bold", "holdfast --help")} to see what there is.\n`);
      return 2;
    }
    if (isHoldfastError(error) && error.code === "CONFIG_INVALID") return 2;
    if ((io.env["HOLDFAST_DEBUG"] ?? "") !== "" && error instanceof Error) io.stderr.write(`${error.stack}\n`);
    return 1;
  }
}
