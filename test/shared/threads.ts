/** Runs the built package in threads: `threads.worker.mjs` has the tasks. */

import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { SharedRuntime, StructureHandle } from "../../ts/shared/index.js";

const program = new URL("./threads.worker.mjs", import.meta.url);

/** What a task needs besides the structure. */
export interface Job {
  readonly kind: string;
  readonly handle: StructureHandle;
  readonly task: string;
  readonly rounds?: number;
  readonly ordered?: boolean;
}

/** Starts a thread. */
export function startThread(job: Job, more: object = {}): Worker {
  return new Worker(program, { workerData: { ...job, ...more } });
}

/** The next message of a thread; rejects where it fails instead. */
export async function nextMessage<T>(worker: Worker): Promise<T> {
  const [message] = await once(worker, "message");
  return message as T;
}

/** Runs a job in `threads` threads that begin together, and gives their answers once all have ended. */
export async function inThreads<T>(runtime: SharedRuntime, threads: number, job: Job): Promise<T[]> {
  const gate = new SharedArrayBuffer(16);
  const workers = Array.from({ length: threads }, (_, index) =>
    runtime.watch(startThread(job, { gate, threads, index })),
  );
  const answers = await Promise.all(workers.map((worker) => nextMessage<T>(worker)));
  await Promise.all(workers.map((worker) => worker.terminate()));
  return answers;
}
