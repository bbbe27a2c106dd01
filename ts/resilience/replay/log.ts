/** What a recording is made of. See README.md in this folder for what is an input and what a step. */

import { HoldfastError, quote } from "../../kernel/index.js";

/** What a caller said about a call, as far as policies look at it. */
export interface RecordedOptions {
  readonly key?: string;
  readonly weight?: number;
  readonly idempotent?: boolean;
  /** Whether the caller gave a signal; `aborted` where it had gone off before. */
  readonly signal?: "live" | "aborted";
}

/** How an attempt ended, as far as policies look at it; see `describe` of {@link RecordingOptions}. */
export type RecordedResult =
  | { readonly ok: true; readonly status?: number; readonly retryAfter?: string }
  | {
      readonly ok: false;
      readonly name: string;
      readonly message: string;
      readonly code?: string | number;
      readonly status?: number;
      readonly retryAfterMs?: number;
      readonly retryAfter?: string;
    };

/** What became of a call: its value is not kept, its refusal is. */
export type CallEnd =
  | { readonly ok: true }
  | { readonly ok: false; readonly code?: string | number; readonly rejectedBy?: string; readonly rule?: string };

/** One entry; the first word says which. Calls, attempts and timers are numbered from 1 in the order in which they came. */
export type LogEntry =
  | readonly [type: "call", call: number, options: RecordedOptions]
  | readonly [type: "settle", call: number, attempt: number, result: RecordedResult]
  | readonly [type: "abort", call: number]
  | readonly [type: "fire", timer: number]
  | readonly [type: "change", options: Readonly<Record<string, unknown>>]
  | readonly [type: "turns", turns: number]
  | readonly [type: "now", ms: number]
  | readonly [type: "wall", ms: number]
  | readonly [type: "timer", timer: number, delayMs: number]
  | readonly [type: "cancel", timer: number]
  | readonly [type: "begin", call: number, attempt: number]
  | readonly [type: "enter"]
  | readonly [type: "leave"]
  | readonly [type: "refused", policy: string, rule: string]
  | readonly [type: "shadowed", policy: string, action: string]
  | readonly [type: "end", call: number, end: CallEnd];

/** A recording as plain data; it survives JSON. */
export interface DecisionLog {
  readonly version: 1;
  readonly seed: number;
  /** False where the recording was full before it ended; what is there can be replayed all the same. */
  readonly complete: boolean;
  readonly entries: readonly LogEntry[];
}

const inputs: ReadonlySet<string> = new Set(["call", "settle", "abort", "fire", "change"]);

/** Turns of the microtask queue after which nothing goes on by itself any more; a recording counts no further. */
export const calmTurns = 64;

/** Whether an entry came from outside the policy. */
export function isInput(entry: LogEntry): boolean {
  return inputs.has(entry[0]);
}

/** Refuses what is no log with `DECISION_LOG_INVALID`. */
export function checkLog(log: DecisionLog): void {
  const fits =
    log?.version === 1 &&
    typeof log.seed === "number" &&
    Array.isArray(log.entries) &&
    log.entries.every((entry) => Array.isArray(entry) && typeof entry[0] === "string");
  if (fits) return;
  throw new HoldfastError(
    "DECISION_LOG_INVALID",
    `this is no decision log in version 1 (version ${quote(log?.version)})`,
  );
}
