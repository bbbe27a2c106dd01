/** The one error that reading a configuration throws; it carries all mistakes at once. */

import { HoldfastError } from "../../kernel/index.js";
import type { Mistake } from "./reader.js";

/** `gateway.yaml:12:5: routes[0].timeout: "5" is not a duration; …` */
export function describeMistake(mistake: Mistake): string {
  const path = mistake.path === "" ? "" : `${mistake.path}: `;
  return `${mistake.file}:${mistake.line}:${mistake.column}: ${path}${mistake.message}`;
}

/**
 * A configuration was refused (`CONFIG_INVALID`). The message is one line a mistake; `mistakes` holds the same as data,
 * in the order of the file.
 *
 * @example
 * ```ts
 * import { ConfigError, parseGatewayConfig } from "holdfast/gateway";
 *
 * let caught: unknown;
 * try {
 *   parseGatewayConfig("routes: []", { file: "gateway.yaml" });
 * } catch (error) {
 *   caught = error;
 * }
 * caught instanceof ConfigError; // => true
 * ```
 */
export class ConfigError extends HoldfastError {
  readonly mistakes: readonly Mistake[];

  constructor(mistakes: readonly Mistake[]) {
    const inOrder = [...mistakes].sort((a, b) => a.line - b.line || a.column - b.column);
    super("CONFIG_INVALID", inOrder.map(describeMistake).join("\n"), { details: { mistakes: inOrder } });
    this.mistakes = inOrder;
  }

  override get name(): string {
    return "ConfigError";
  }
}
