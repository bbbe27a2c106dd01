/** A configuration that lives in a file and may change there. */

import { readFileSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import { type Clock, HoldfastError, systemClock, type Timer } from "../kernel/index.js";
import type { GatewayConfig } from "./config/gateway-spec.js";
import { parseGatewayConfig } from "./config/parse.js";

/** An editor writes a file in several steps; the file is read when it has been quiet for so long, in milliseconds. */
const quietMs = 100;

/** Who hears of changes. */
export interface ConfigListener {
  onConfig(config: GatewayConfig): void;
  onError(error: Error): void;
}

/** A configuration file; see {@link openConfigFile}. */
export interface ConfigFile {
  readonly path: string;
  /** Reads the file now. Throws `CONFIG_INVALID` with all mistakes, `CONFIG_UNREADABLE` where it cannot be read. */
  read(): GatewayConfig;
  /** Calls the listener when the content changes, until the result is disposed. */
  watch(listener: ConfigListener): { close(): void; reread(): void };
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    throw new HoldfastError("CONFIG_UNREADABLE", `cannot read ${path}: ${(error as Error).message}`, {
      cause: error,
      details: { file: path },
    });
  }
}

/**
 * A configuration file that can be read and watched. The folder is watched, not the file: editors and Kubernetes replace
 * files, and a watch on the old one would hear nothing more.
 *
 * @param path of a YAML or JSON file.
 *
 * @example
 * ```ts
 * import { openConfigFile } from "holdfast/gateway";
 *
 * const file = openConfigFile("examples/gateway/minimal.yaml");
 * file.read().routes.length; // => 1
 * ```
 */
export function openConfigFile(path: string, clock: Clock = systemClock): ConfigFile {
  return {
    path,
    read: () => parseGatewayConfig(readText(path), { file: path }),
    watch(listener) {
      let seen: string | undefined;
      let timer: Timer | undefined;
      try {
        seen = readText(path);
      } catch {
        // Unreadable now; whatever appears there is news.
      }
      const reread = (force: boolean) => {
        timer = undefined;
        try {
          const text = readText(path);
          if (!force && text === seen) return;
          seen = text;
          listener.onConfig(parseGatewayConfig(text, { file: path }));
        } catch (error) {
          listener.onError(error as Error);
        }
      };
      const name = basename(path);
      const watcher = watch(dirname(path) === "" ? "." : dirname(path), (_event, changed) => {
        // A replaced symbolic link (Kubernetes) reports the link's name only, so any change in the folder is looked into.
        if (changed !== null && changed !== name && !changed.startsWith("..")) return;
        timer?.cancel();
        timer = clock.schedule(() => reread(false), quietMs);
      });
      watcher.on("error", (error) => listener.onError(error));
      return {
        close() {
          timer?.cancel();
          watcher.close();
        },
        reread: () => reread(true),
      };
    },
  };
}
