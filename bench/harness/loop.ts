/**
 * The timed loops, and the sampling around them.
 *
 * mitata samples (it decides how many batches, sorts them, takes the quantiles), but its own inner loop drops results, so
 * that the compiler may remove what is measured: an empty function reads 0.08 ns. Here each batch is one call of a
 * generated loop that keeps every result. Generated, because a loop that was shared by reference and case would see two
 * functions at its call and be slower for both.
 */
import { measure } from "mitata";
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

/** Lets timers and rolling windows of peers run between batches, untimed. */
const breathe = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** A batch long enough that reading the clock and one await vanish in it, short enough that most are undisturbed. */
const batchNs = 500_000;

/** Inputs rotate over a range that stays a small integer in V8, or every index would be a boxed number. */
const inputMask = 0x0fff_ffff;

/** A loop with its batch size found, ready to be sampled. */
export class Sampler {
  readonly #batch: Batch;
  #count = 1;
  #next = 0;

  constructor(run: (i: number) => unknown, form: Form) {
    this.#batch = batchOver(run, form);
  }

  /** Runs for about `ms` so that the compiler has done its work, and finds how many operations make a batch. */
  async warm(ms: number): Promise<void> {
    const untilMs = performance.now() + ms;
    do {
      const startedMs = performance.now();
      await this.#run();
      const tookNs = (performance.now() - startedMs) * 1e6;
      // Follows the operation as it gets faster, in either direction, at most by doubling.
      const fits = Math.floor((this.#count * batchNs) / Math.max(tookNs, 1));
      this.#count = Math.max(1, Math.min(fits, this.#count * 2, 1 << 16));
      await breathe();
    } while (performance.now() < untilMs);
  }

  /** Batches for about `ms`; gives the nanoseconds of one run in each batch. */
  async sample(ms: number): Promise<number[]> {
    const { samples } = await measure(() => this.#run(), {
      params: { 0: breathe },
      // Never several batches in one sample, and no warming up: both were done above.
      batch_threshold: -1,
      warmup_threshold: -1,
      min_samples: 5,
      min_cpu_time: ms * 1e6,
      gc: false,
    });
    return samples.map((ns: number) => ns / this.#count);
  }

  #run(): unknown {
    const from = this.#next;
    this.#next = (from + this.#count) & inputMask;
    return this.#batch(this.#count, from);
  }
}
