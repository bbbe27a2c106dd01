/**
 * What a policy in another folder of the package is built on. It is no subpath: what is here may change without notice.
 */

export type { Call } from "../call.js";
export { done } from "../layer.js";
export { LayerPolicy } from "../layer-policy.js";
export { durationMs, oneOf, ratio, wholeNumber } from "../options.js";
