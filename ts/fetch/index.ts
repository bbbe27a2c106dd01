/**
 * @module holdfast/fetch
 *
 * `fetch` under a policy.
 */

export {
  failedStatus,
  HttpStatusError,
  type ResponseHead,
  type ResponseTest,
  statusErrorIn,
} from "./http-status-error.js";
export { isIdempotent, isOneShot } from "./repeatable.js";
export { type Fetch, type RequestSummary, type ResilientFetchOptions, resilientFetch } from "./resilient-fetch.js";
