/** Durations as people write them in configuration files; code passes numbers of milliseconds. */

import { HoldfastError, quote } from "./error.js";

const unitMs: Readonly<Record<string, number>> = {
  us: 0.001,
  µs: 0.001,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** The longest duration that any option takes: 365 days. */
export const maxDurationMs = 365 * 86_400_000;

/**
 * Milliseconds from a text such as `250ms`, `1.5s`, `2m`, `1h`, `7d`, or parts in a row such as `1m30s`.
 * Throws `INVALID_DURATION` for anything else: a bare number has no unit and is refused, so that nobody guesses.
 *
 * @example
 * ```ts
 * import { parseDuration } from "holdfast";
 *
 * parseDuration("1m30s"); // => 90000
 * ```
 */
export function parseDuration(text: string): number {
  const part = /(\d+(?:\.\d+)?)(us|µs|ms|s|m|h|d)/gy;
  let totalMs = 0;
  let end = 0;
  for (let match = part.exec(text); match !== null; match = part.exec(text)) {
    totalMs += Number(match[1]) * unitMs[match[2]!]!;
    end = part.lastIndex;
  }
  if (end === 0 || end !== text.length || totalMs > maxDurationMs) {
    throw new HoldfastError(
      "INVALID_DURATION",
      `${quote(text)} is not a duration; write a number with a unit (us, ms, s, m, h, d) of at most 365d, such as 250ms or 1m30s`,
      { details: { value: text } },
    );
  }
  return totalMs;
}

/**
 * The shortest usual spelling of a duration in milliseconds.
 *
 * @example
 * ```ts
 * import { formatDuration } from "holdfast";
 *
 * formatDuration(90_000); // => "1m30s"
 * formatDuration(0.25); // => "250us"
 * ```
 */
export function formatDuration(ms: number): string {
  if (ms < 1) return `${Math.round(ms * 1000)}us`;
  if (ms < 1_000) return `${Number(ms.toFixed(3))}ms`;
  if (ms < 60_000) return `${Number((ms / 1_000).toFixed(3))}s`;
  let rest = Math.round(ms / 1_000);
  let text = "";
  for (const [unit, seconds] of [
    ["d", 86_400],
    ["h", 3_600],
    ["m", 60],
    ["s", 1],
  ] as const) {
    const count = Math.floor(rest / seconds);
    rest -= count * seconds;
    if (count > 0) text += `${count}${unit}`;
  }
  return text;
}
