/**
 * @module holdfast/gateway
 *
 * A reverse proxy that protects what stands behind it: timeouts, retries, breakers, rate and concurrency limits, a
 * balancer, metrics and a dashboard, from one configuration file.
 */

export type { AdminActions } from "./admin/admin-site.js";
export { ConfigError } from "./config/config-error.js";
export type { GatewayConfig } from "./config/gateway-spec.js";
export { gatewayJsonSchema } from "./config/json-schema.js";
export { type ParseOptions, parseGatewayConfig } from "./config/parse.js";
export type { Mistake } from "./config/reader.js";
export type { JsonSchema } from "./config/spec.js";
export { type ConfigFile, type ConfigListener, openConfigFile } from "./config-file.js";
export { createGateway, type Gateway, type GatewayOptions } from "./gateway.js";
