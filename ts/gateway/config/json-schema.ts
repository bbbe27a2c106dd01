/** The published JSON Schema, made from the table that the parser reads by. */

import { gatewaySpec } from "./gateway-spec.js";
import type { JsonSchema } from "./spec.js";

/**
 * The JSON Schema (2020-12) of a gateway's configuration; `holdfast/gateway.schema.json` holds the same as a file. Point
 * an editor at it to get completion. Bounds of durations and sizes, references
 * between parts and duplicates are checked by {@link parseGatewayConfig} alone: JSON Schema cannot say them.
 *
 * @example
 * ```ts
 * import { gatewayJsonSchema } from "holdfast/gateway";
 *
 * gatewayJsonSchema()["type"]; // => "object"
 * ```
 */
export function gatewayJsonSchema(): JsonSchema {
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Configuration of holdfast gateway",
    ...gatewaySpec.schema,
  };
}
