/**
 * @module holdfast/fetch
 *
 * `fetch` under a policy.
 */

export { failedStatus, HttpStatusError, type ResponseHead, type ResponseTest } from "./http-status-error.js";
export { type Fetch, type RequestSummary, type ResilientFetchOptions, resilientFetch } from "./resilient-fetch.js";
