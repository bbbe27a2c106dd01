/** From the text of a file to a checked configuration, or to all of its mistakes. */

import { LineCounter, parseDocument } from "yaml";
import { ConfigError } from "./config-error.js";
import { type GatewayConfig, gatewaySpec } from "./gateway-spec.js";
import { Reader } from "./reader.js";
import { checkSemantics } from "./semantics.js";

/** Where a text comes from. */
export interface ParseOptions {
  /** Name shown in messages. */
  readonly file: string;
}

/**
 * Reads a gateway's configuration, YAML or JSON. Use it to check a file before it goes live; `holdfast gateway --check`
 * does the same from a shell.
 *
 * Throws {@link ConfigError} (`CONFIG_INVALID`) with every mistake at once: file, line, column, path, what is wrong and
 * what would be right.
 *
 * @param text the content of the file.
 *
 * @example
 * ```ts
 * import { parseGatewayConfig } from "holdfast/gateway";
 *
 * const config = parseGatewayConfig(
 *   `
 * upstreams:
 *   users: { instances: ["http://127.0.0.1:3001"] }
 * routes:
 *   - { name: users, upstream: users, timeout: 2s }
 * `,
 *   { file: "gateway.yaml" },
 * );
 * config.routes[0]?.timeoutMs; // => 2000
 * ```
 */
export function parseGatewayConfig(text: string, options: ParseOptions): GatewayConfig {
  const lines = new LineCounter();
  // maxAliasCount is the library's guard against documents that unfold without end.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const reader = new Reader(options.file, document, lines);
  const top = { path: "", offset: 0 };
  for (const error of document.errors) reader.fail({ path: "", offset: error.pos[0] }, error.message);
  if (reader.mistakes.length > 0) throw new ConfigError(reader.mistakes);
  const config = gatewaySpec.read(reader.resolve(document.contents), reader.place("", document.contents, top), reader);
  if (config !== undefined && reader.mistakes.length === 0) checkSemantics(config, reader);
  if (config === undefined || reader.mistakes.length > 0) throw new ConfigError(reader.mistakes);
  return config;
}
