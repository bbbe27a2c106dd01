/** Measuring a program that is no JavaScript: it has its own loop, in a process of its own, and is asked for slices as ours are. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** What gives the nanoseconds of one run, in each batch of a slice. */
export interface SliceSampler {
  warm(ms: number): Promise<void>;
  sample(ms: number): Promise<number[]>;
}

/** Asks the program by lines: each is a number of milliseconds, and is answered by a JSON array. It ends with its input. */
export class ForeignSampler implements SliceSampler {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor(file: string, args: readonly string[]) {
    this.#child = spawn(file, args, { stdio: ["pipe", "pipe", "inherit"] });
    this.#lines = createInterface({ input: this.#child.stdout! })[Symbol.asyncIterator]();
  }

  async warm(ms: number): Promise<void> {
    await this.sample(ms);
  }

  async sample(ms: number): Promise<number[]> {
    this.#child.stdin!.write(`${ms}\n`);
    const { value, done } = await this.#lines.next();
    if (done === true) throw new Error(`${this.#child.spawnfile} ended before it answered`);
    return JSON.parse(value) as number[];
  }
}
