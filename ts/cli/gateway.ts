/** `holdfast gateway`: runs the reverse proxy from a configuration file until it is told to stop. */

import {
  ConfigError,
  type ConfigFile,
  createGateway,
  type Gateway,
  type GatewayConfig,
  openConfigFile,
} from "../gateway/index.js";
import { isHoldfastError } from "../kernel/index.js";
import { readOptions, usageError } from "./args.js";
import type { Command, CommandIo } from "./command.js";

const help = `Runs a reverse proxy that protects what stands behind it.

Usage: holdfast gateway --config FILE [--check]

  -c, --config FILE  the configuration, YAML or JSON
      --check        only check the configuration: exit 0 if it is sound, 2 if not
  -h, --help         show this

SIGHUP or a change of the file reloads the configuration; a bad one is reported and the old one kept.
SIGTERM and SIGINT stop after the requests in progress.
`;

/** Exit codes, as for every command: 0 done, 1 could not run, 2 the configuration is wrong. */
const exitOk = 0;
const exitFailed = 1;
const exitWrong = 2;

function tell(io: CommandIo, message: string): void {
  io.stderr.write(`${message}\n`);
}

/** Reads the file or says what is wrong with it. */
function readConfig(file: ConfigFile, io: CommandIo): GatewayConfig | undefined {
  try {
    return file.read();
  } catch (error) {
    if (!isHoldfastError(error)) throw error;
    tell(io, error.message);
    if (error instanceof ConfigError)
      tell(io, `${error.mistakes.length} ${error.mistakes.length === 1 ? "mistake" : "mistakes"} in ${file.path}`);
    return undefined;
  }
}

/** Applies new configurations as they come; a bad one leaves the old one in place. */
function followFile(file: ConfigFile, gateway: Gateway, io: CommandIo): { close(): void; reread(): void } {
  return file.watch({
    onConfig(config) {
      gateway.reload(config).then(
        () => tell(io, `reloaded ${file.path}`),
        (error: Error) => tell(io, `kept the old configuration: ${error.message}`),
      );
    },
    onError(error) {
      gateway.refuseConfig(error);
      tell(io, `kept the old configuration:\n${error.message}`);
    },
  });
}

/** Resolves with the first of these signals; a second one ends the process at once, as an impatient user means it to. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const stop = (signal: NodeJS.Signals) => {
      resolve(signal);
      process.once(signal, () => process.exit(exitFailed));
    };
    process.once("SIGTERM", stop);
    process.once("SIGINT", stop);
  });
}

async function serve(file: ConfigFile, config: GatewayConfig, io: CommandIo): Promise<number> {
  let gateway: Gateway;
  try {
    gateway = await createGateway({ config, source: file.path, log: (line) => void io.stdout.write(`${line}\n`) });
  } catch (error) {
    tell(io, error instanceof Error ? error.message : String(error));
    return exitFailed;
  }
  const stopped = stopSignal();
  const following = followFile(file, gateway, io);
  const reread = () => following.reread();
  process.on("SIGHUP", reread);
  tell(io, `gateway on ${gateway.url}`);
  if (gateway.adminUrl !== undefined) tell(io, `dashboard on ${gateway.adminUrl}/-/dashboard`);
  const signal = await stopped;
  tell(io, `${signal}: waiting for requests in progress`);
  following.close();
  process.off("SIGHUP", reread);
  await gateway.close();
  return exitOk;
}

/** The command `holdfast gateway`. */
export const gateway: Command = {
  name: "gateway",
  summary: "run a reverse proxy that protects what stands behind it",

  async run(argv, io) {
    const options = readOptions(argv, {
      config: { type: "string", short: "c" },
      check: { type: "boolean" },
      help: { type: "boolean", short: "h" },
    });
    if (options.help === true) {
      io.stdout.write(help);
      return exitOk;
    }
    if (options.config === undefined) throw usageError("--config is missing; name the file with the configuration");
    const file = openConfigFile(options.config);
    const config = readConfig(file, io);
    if (config === undefined) return exitWrong;
    if (options.check === true) {
      io.stdout.write(
        `${options.config} is sound: ${config.routes.length} routes, ${config.upstreams.size} upstreams\n`,
      );
      return exitOk;
    }
    return serve(file, config, io);
  },
};
