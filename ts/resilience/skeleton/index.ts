/**
 * What a policy in another folder of the package is built on. It is no subpath: what is here may change without notice.
 */

export { type Call, pending } from "../call.js";
export { done, type Layer } from "../layer.js";
export { durationMs, oneOf, ratio, wholeNumber } from "../options.js";
export { BasePolicy } from "../policy.js";
