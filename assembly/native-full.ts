/** The face for the native addon: what servers have, and what processes need that threads do not. */

export { registryRepair } from "./lockfree/registry";
export * from "./server-full";
