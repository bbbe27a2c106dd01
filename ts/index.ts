/**
 * @module holdfast
 *
 * What most people need: the resilience policies, the small core and the tools to test with them.
 */

export { coreInfo, LatencyHistogram } from "./core/index.js";
export * from "./kernel/index.js";
export * from "./resilience/index.js";
