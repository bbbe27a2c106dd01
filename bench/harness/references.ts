/**
 * What every figure is divided by, measured in the same process: machines and neighbours differ, ratios much less.
 *
 * - `bare`: `await f()` of a trivial async function.
 * - `floor`: the same inside an async function with try/catch, which no `execute` can undercut.
 * - `clockRead`: one `performance.now()`.
 * - `rejection`: `Promise.reject(sharedError)`, awaited and caught, which no refusing promise can undercut.
 */
import type { Form } from "./case.js";
import { sink } from "./sink.js";

/** The references by name. */
export type ReferenceName = "bare" | "floor" | "clockRead" | "rejection";

/** What all policies guard: it costs as little as an async function can. */
export const work = async (): Promise<number> => 7;

async function guarded(fn: () => Promise<number>): Promise<number> {
  try {
    return await fn();
  } catch (error) {
    sink.value = error;
    throw error;
  }
}

const sharedError = new Error("refused");

/** How each reference is run. */
export const references: Readonly<Record<ReferenceName, { readonly form: Form; readonly run: () => unknown }>> = {
  bare: { form: "async", run: () => work() },
  floor: { form: "async", run: () => guarded(work) },
  clockRead: { form: "sync", run: () => performance.now() },
  rejection: { form: "refused", run: () => Promise.reject(sharedError) },
};

/** Which references a case of each form is compared with. */
export const referencesFor: Readonly<Record<Form, readonly ReferenceName[]>> = {
  sync: ["clockRead"],
  async: ["bare", "floor", "clockRead"],
  refused: ["rejection", "floor", "clockRead"],
};
