/**
 * The face for the smallest chip, of whole numbers as `embedded-base.ts`: it decides, on blocks that other builds have made;
 * `minimal/README.md` says how.
 */

export { breakerSettle, breakerTryAcquire } from "./minimal/breaker";
export { gcraTryAcquire } from "./minimal/bucket";
export { jumpHash } from "./minimal/jump";
export { samplingDecide } from "./sampling/threshold";
