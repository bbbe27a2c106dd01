/**
 * The timed loops. Each keeps every result: where results are dropped the compiler may remove what is measured, and an empty
 * function reads 0.08 ns. Each is generated, because a loop that was shared by reference and case would see two functions at
 * its call and be slower for both.
 */
import type { Form } from "./case.js";
import { sink } from "./sink.js";

/** Runs `count` operations whose inputs start at `from`. */
export type Batch = (count: number, from: number) => unknown;

// A number is added up rather than kept: keeping a fraction in an array would allocate a box for it.
const bodies: Record<Form | "numeric", string> = {
  numeric: "let sum = 0; for (let i = from; i < end; i++) sum += run(i); sink.value = sum;",
  sync: "for (let i = from; i < end; i++) sink.slots[i & 15] = run(i);",
  async: "for (let i = from; i < end; i++) sink.slots[i & 15] = await run(i);",
  refused:
    "for (let i = from; i < end; i++) { try { sink.value = await run(i); } catch (error) { sink.slots[i & 15] = error; } }",
};

/** A loop of its own over `run`. */
export function batchOver(run: (i: number) => unknown, form: Form): Batch {
  const numeric = form === "sync" && typeof run(0) === "number";
  const asynchronous = form === "sync" ? "" : "async ";
  const source = `return ${asynchronous}function batch(count, from) { const end = from + count; ${bodies[numeric ? "numeric" : form]} };`;
  return new Function("run", "sink", source)(run, sink) as Batch;
}
