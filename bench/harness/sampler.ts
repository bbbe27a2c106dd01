/**
 * The sampling around the timed loops. mitata decides how many batches and takes the time of each; its own inner loop drops
 * results, hence ours.
 */
import { measure } from "mitata";
import { type Batch, batchOver } from "./batch.js";
import type { Form } from "./case.js";

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
