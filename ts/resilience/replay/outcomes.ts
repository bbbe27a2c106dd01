/** Results of attempts as data, and errors made of them again: what breakers, retries and limiters look at, and no more. */

import type { Outcome } from "../../kernel/index.js";
import { retryAfterHeader } from "../retry-after.js";
import type { CallEnd, RecordedResult } from "./log.js";

type Fields = Readonly<Record<string, unknown>>;

function numberOf(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** Leaves out what is undefined, so that JSON round trips compare equal. */
function known<T extends object>(fields: { [Name in keyof T]: T[Name] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

/** What a log keeps of an attempt's result. Never throws; what cannot be read is left out. */
export function describeResult(outcome: Outcome<unknown>): RecordedResult {
  const thing = outcome.ok ? outcome.value : outcome.error;
  const fields = (typeof thing === "object" && thing !== null ? thing : {}) as Fields;
  const shared = { status: numberOf(fields, "status"), retryAfter: retryAfterHeader(thing) };
  if (outcome.ok) return known<RecordedResult>({ ok: true, ...shared });
  const code = fields["code"];
  return known<RecordedResult>({
    ok: false,
    name: thing instanceof Error ? thing.name : typeof thing,
    message: thing instanceof Error ? thing.message : String(thing),
    code: typeof code === "string" || typeof code === "number" ? code : undefined,
    retryAfterMs: numberOf(fields, "retryAfterMs"),
    ...shared,
  });
}

/** The value or error that a replayed attempt ends with. */
export function reviveResult(result: RecordedResult): Outcome<unknown> {
  const { ok, retryAfter, ...fields } = result;
  const headers = retryAfter === undefined ? {} : { headers: { "retry-after": retryAfter } };
  if (ok) return { ok: true, value: { ...fields, ...headers } };
  const { message, ...rest } = fields as Exclude<RecordedResult, { ok: true }>;
  return { ok: false, error: Object.assign(new Error(message), rest, headers) };
}

/** What a log keeps of a call's end. */
export function endOf(outcome: Outcome<unknown>): CallEnd {
  if (outcome.ok) return { ok: true };
  const { code, rule } = (outcome.error ?? {}) as { code?: unknown; rule?: unknown };
  return known<CallEnd>({
    ok: false,
    code: typeof code === "string" || typeof code === "number" ? code : undefined,
    rejectedBy: outcome.rejectedBy,
    rule: typeof rule === "string" ? rule : undefined,
  });
}
