/**
 * Matrix views over the core's memory, for programs that compute with `ndarray`: buckets of histograms, Maglev tables and the rings of
 * windows, without a copy. `ndarray` is yours to install and to hand over; anything with its constructor's form does.
 */

import { cellsAt } from "../../bindings/cells.js";
import type { BreakerMachine, LatencyHistogram, Maglev, RetryBudgetMachine } from "../core/index.js";
import { invalidOption } from "../kernel/index.js";

/** What is used of npm's `ndarray`: its constructor. */
export type NdArray<Data, View> = (data: Data, shape: number[], stride: number[], offset: number) => View;

/** Structures that have something to see. */
export type Viewable = BreakerMachine | LatencyHistogram | Maglev | RetryBudgetMachine;

/** The numbers of a {@link Viewable}. */
export type ViewData<S extends Viewable> = S extends Maglev
  ? Uint16Array
  : S extends LatencyHistogram
    ? Uint32Array
    : S extends BreakerMachine
      ? Uint8Array | Uint32Array
      : BigInt64Array;

/**
 * A view over what a structure holds, in the core's memory itself: it costs no copy, shows each change as it happens, and writing to it changes the
 * structure, so do not.
 *
 * | structure | shape | numbers |
 * |---|---|---|
 * | `LatencyHistogram`, `HdrHistogram` | [buckets] | u32: values in each bucket, those of short durations first |
 * | `Maglev` | [entries] | u16: index of the node |
 * | `BreakerMachine` of the last calls | [calls] | u8: 0 good, 1 failed, 2 slow, 3 both; a ring |
 * | `BreakerMachine` of time | [slices, 3], stride [4, 1] | u32: calls, failures and slow calls of each slice; a ring |
 * | `BreakerMachine` of consecutive failures | [0] | it has no window |
 * | `RetryBudgetMachine` | [10] | i64 (BigInt): balance of each slice, in thousandths of a deposit; a ring |
 *
 * How long it lives: as long as the structure. The core's memory never grows, so neither does a view detach nor does it go
 * stale, shared memory included; but after `dispose` the same bytes are given to another structure, and the view shows that. Where other
 * threads write, each number is whole, but they are not of one instant; take a snapshot where that matters.
 *
 * Errors: `DISPOSED`; `INVALID_OPTION` for a structure of another class.
 *
 * @example
 * ```ts
 * import ndarray from "ndarray";
 * import { BreakerMachine } from "holdfast/core";
 * import { view } from "holdfast/views";
 *
 * const breaker = new BreakerMachine({ kind: "time", windowMs: 10_000, buckets: 10 });
 * const failures = view(ndarray, breaker).pick(null, 1);
 * failures.shape; // => [10]
 * ```
 */
export function view<S extends Viewable, View>(ndarray: NdArray<ViewData<S>, View>, structure: S): View {
  const { memory, at } = structure.place;
  const cells = cellsAt(memory.buffer, at);
  if (cells === undefined) {
    throw invalidOption(
      "structure",
      structure.constructor.name,
      "give a histogram, a Maglev table, a breaker or a retry budget",
    );
  }
  const { data, shape, stride } = cells;
  return ndarray(data as ViewData<S>, [...shape], [...stride], 0);
}
