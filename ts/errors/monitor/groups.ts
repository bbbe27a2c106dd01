/** Errors that are the same again: one group for each fingerprint, the longest unseen forgotten first. */

import type { Category, Classification, ErrorKind, Severity } from "../category.js";

/** What is kept of errors that are the same. */
export interface ErrorGroup {
  /** Component, code and message without what changes from one occurrence to the next. */
  readonly fingerprint: string;
  readonly code: string;
  readonly category: Category;
  readonly kind: ErrorKind;
  readonly severity: Severity;
  readonly component: string;
  /** What was being done when it was seen last. */
  readonly operation?: string;
  /** The message when it was seen last, without secrets. */
  readonly message: string;
  readonly count: number;
  /** Wall-clock milliseconds since 1970. */
  readonly firstSeenMs: number;
  readonly lastSeenMs: number;
}

const isWordCode = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122) || code === 95 || code === 45;
const isDigitCode = (code: number): boolean => code >= 48 && code <= 57;

/** How much of a message counts. */
const maxPattern = 160;

/**
 * A message without what changes: words with a digit in them (ids, addresses, times) and what stands in double quotes or
 * backticks. One pass.
 */
export function messagePattern(message: string): string {
  const text = message.slice(0, maxPattern);
  let pattern = "";
  let at = 0;
  while (at < text.length) {
    const char = text[at]!;
    const closing = char === '"' || char === "`" ? text.indexOf(char, at + 1) : -1;
    if (closing !== -1) {
      pattern += "…";
      at = closing + 1;
      continue;
    }
    const from = at;
    let digits = false;
    while (at < text.length && isWordCode(text.charCodeAt(at))) digits = isDigitCode(text.charCodeAt(at++)) || digits;
    if (at === from) pattern += text[at++];
    else pattern += digits ? "#" : text.slice(from, at);
  }
  return pattern;
}

/** What is known of one occurrence. */
export interface Occurrence {
  readonly found: Classification;
  readonly component: string;
  readonly operation: string | undefined;
  readonly message: string;
  readonly seenMs: number;
}

/** The groups, a bounded number of them. */
export class ErrorGroups {
  readonly #max: number;
  /** In the order in which they were seen last. */
  readonly #groups = new Map<string, ErrorGroup>();
  /** Groups that were forgotten to make room. */
  forgotten = 0;

  constructor(max: number) {
    this.#max = max;
  }

  /** Adds an occurrence to its group and gives the group as it is now. */
  add({ found, component, operation, message, seenMs }: Occurrence): ErrorGroup {
    const fingerprint = `${component} ${found.code} ${messagePattern(message)}`;
    const known = this.#groups.get(fingerprint);
    if (known !== undefined) this.#groups.delete(fingerprint);
    else if (this.#groups.size >= this.#max) this.#forgetOldest();
    const { code, category, kind, severity } = found;
    const group: ErrorGroup = {
      fingerprint,
      code,
      category,
      kind,
      severity,
      component,
      ...(operation === undefined ? {} : { operation }),
      message,
      count: (known?.count ?? 0) + 1,
      firstSeenMs: known?.firstSeenMs ?? seenMs,
      lastSeenMs: seenMs,
    };
    this.#groups.set(fingerprint, group);
    return group;
  }

  #forgetOldest(): void {
    this.#groups.delete(this.#groups.keys().next().value as string);
    this.forgotten++;
  }

  /** All groups, the one seen last first. */
  list(): readonly ErrorGroup[] {
    return [...this.#groups.values()].reverse();
  }
}
