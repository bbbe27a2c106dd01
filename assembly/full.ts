/** The face for JavaScript hosts with every structure; `base.ts` has the conventions and what most programs need. */

export * from "./base";
export * from "./faces/breaker-full";
export * from "./faces/retry-full";
export { jumpHash, jumpHashMany } from "./hashing/jump";
