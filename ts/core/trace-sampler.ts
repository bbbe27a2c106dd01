/** What samplers of traces have in common: one question, whose answer is a count. */

import { type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { whole } from "./options.js";
import { Structure } from "./structure.js";

/** A sampler that decides when a trace begins. */
export interface TraceSampler {
  /** The threshold (`th`) of the next decision; undefined where nothing is kept. */
  readonly threshold: string | undefined;
  /**
   * Decides on a trace.
   *
   * @param trace the trace id, 32 hexadecimal digits, or explicit randomness (`rv`), 14 digits: the last 14 are looked at.
   * @param nowMs the time, in milliseconds of one monotonic clock.
   * @returns 0 where the trace is dropped; else how many traces the kept one stands for, 1 or more. The sum over all kept traces
   * is an unbiased count of all.
   */
  sample(trace: string, nowMs: number): number;
}

/** Keeps every trace. */
export const alwaysSampler: TraceSampler = { threshold: "0", sample: () => 1 };

/** Keeps no trace. */
export const neverSampler: TraceSampler = { threshold: undefined, sample: () => 0 };

/** The value of a hexadecimal digit, of either case; a place before the text counts as 0. */
const digit = (code: number): number => (code & 15) + (code >> 6) * 9;

/** `count` digits that end `end` before the end of `text`. */
function digits(text: string, end: number, count: number): number {
  const last = text.length - end;
  let value = 0;
  for (let at = last - count; at < last; at++) value = (value << 4) | digit(text.charCodeAt(at));
  return value;
}

/** The low 32 of a trace's 56 random bits. */
export const randomLow = (trace: string): number => digits(trace, 0, 8);
/** The high 24 of them. */
export const randomHigh = (trace: string): number => digits(trace, 8, 6);

/** Options of {@link TraceIdBatch}. */
export interface TraceIdBatchOptions {
  /** Trace ids that fit: 1 to 1,048,576. */
  readonly capacity: number;
}

const idBytes = 16;

/**
 * Trace ids in the core's memory, for deciding on many in one call.
 *
 * Use it where traces come in numbers, as in a collector or a replay: one call decides on each in a few nanoseconds.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`.
 *
 * @see {@link RatioSampler.sampleMany}
 * @example
 * ```ts
 * import { RatioSampler, TraceIdBatch } from "holdfast/core";
 *
 * const batch = new TraceIdBatch({ capacity: 2 });
 * batch.ids.fill(0xff, 0, 16);
 * new RatioSampler({ ratio: 0.5 }).sampleMany(batch, 2); // => 1
 * [...batch.kept]; // => [1, 0]
 * ```
 */
export class TraceIdBatch extends Structure {
  /** Ids that fit. */
  readonly capacity: number;

  constructor(options: TraceIdBatchOptions, runtime: FullRuntime = fullRuntime()) {
    const capacity = whole("capacity", options.capacity, 1, 2 ** 20);
    super(capacity * (idBytes + 1), runtime);
    this.capacity = capacity;
    this.runtime.view(this.at, capacity * (idBytes + 1)).fill(0);
  }

  /** The ids, 16 bytes each in the order in which they are written; a view of the core's memory, good until `dispose()`. */
  get ids(): Uint8Array {
    return this.runtime.view(this.live, this.capacity * idBytes);
  }

  /** For each id 1 if it was kept at the last decision, else 0; a view of the core's memory, good until `dispose()`. */
  get kept(): Uint8Array {
    return this.runtime.view(this.live + this.capacity * idBytes, this.capacity);
  }

  /** Has `decide` write what is kept of the first `count` ids. @internal */
  decided(runtime: FullRuntime, count: number, decide: (ids: number, count: number, out: number) => number): number {
    const at = this.live;
    if ((this.runtime as object) !== runtime)
      throw invalidOption("batch", runtime.profile, "give a batch of the same runtime as the sampler");
    return decide(at, whole("count", count, 0, this.capacity), at + this.capacity * idBytes) >>> 0;
  }
}
