/** A response whose status counts as a failure, as an error: so every policy sees it as one. */

import { HoldfastError } from "../kernel/index.js";

/** The part of a response that an {@link HttpStatusError} needs; `Response` has it. */
export interface ResponseHead {
  readonly status: number;
  /** `Headers`, or names in lower case with their values. */
  readonly headers: unknown;
}

/** Whether a response counts as a failure. */
export type ResponseTest<Head extends ResponseHead = ResponseHead> = (response: Head) => boolean;

/** The default: 429 and all of 5xx, the statuses that say that the same request may pass another time or that the server is unwell. */
export function failedStatus({ status }: ResponseHead): boolean {
  return status === 429 || status >= 500;
}

/**
 * The response came, and its status counts as a failure (`HTTP_STATUS`). `response` is that response; `Retry-After` is read off it.
 * `classify` of `holdfast/errors` says of it what it says of the status.
 */
export class HttpStatusError<Head extends ResponseHead = ResponseHead> extends HoldfastError {
  readonly status: number;
  readonly response: Head;

  constructor(response: Head) {
    super("HTTP_STATUS", `the response has status ${response.status}`, {
      retryable: true,
      details: { status: response.status },
    });
    this.status = response.status;
    this.response = response;
  }

  override get name(): string {
    return "HttpStatusError";
  }
}

/** How many causes deep a policy may have wrapped what the attempt failed with. */
const maxDepth = 8;

/** The failed response that an error is about: its own, or that of one of its causes. */
export function statusErrorIn(error: unknown): HttpStatusError | undefined {
  let at = error;
  for (let depth = 0; depth < maxDepth && at instanceof Error; depth++, at = at.cause) {
    if (at instanceof HttpStatusError) return at;
  }
  return undefined;
}
