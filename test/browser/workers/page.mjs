// An isolated page: makes structures, has workers use them, and tells the test what came of it.
import * as core from "holdfast/core";
import { sharedRuntime } from "holdfast/shared";

const runtime = sharedRuntime({ memoryBytes: 4 << 20 });
const startWorker = () => new Worker("/worker.js", { type: "module" });

/** The next message of a worker; rejects where it fails instead. */
const answerOf = (worker) =>
  new Promise((resolve, reject) => {
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = ({ message }) => reject(new Error(message));
  });

/** Has `threads` workers do a task with a structure at once. */
async function inWorkers(threads, structure, task, more) {
  const { handle } = structure;
  const gate = new SharedArrayBuffer(16);
  const workers = Array.from({ length: threads }, startWorker);
  const answers = workers.map(answerOf);
  for (const [index, worker] of workers.entries()) {
    worker.postMessage({ handle, kind: handle.kind, task, gate, threads, index, ...more });
  }
  try {
    return await Promise.all(answers);
  } finally {
    for (const worker of workers) worker.terminate();
  }
}

const hammers = {
  async bucket(threads, rounds) {
    const bucket = new core.TokenBucket({ limit: 1, perMs: 1e6, burst: rounds }, runtime);
    const admitted = await inWorkers(threads, bucket, "acquire", { rounds });
    return { admitted, remaining: bucket.remaining(1) };
  },
  async breaker(threads, rounds) {
    const calls = threads * rounds;
    const rules = { kind: "count", calls, minimumCalls: calls, failureRate: 1 };
    const breaker = new core.SharedBreakerMachine(rules, runtime);
    await inWorkers(threads, breaker, "settle", { rounds });
    return { calls: breaker.calls(1), failures: breaker.failures(1) };
  },
  async ring(threads, rounds) {
    const ring = new core.MpmcRing({ capacity: 64, messageBytes: 16 }, runtime);
    return { taken: await inWorkers(threads, ring, "messages", { rounds, ordered: true }), left: ring.take() };
  },
  async histogram(threads, rounds) {
    const histogram = new core.LatencyHistogram({}, runtime);
    await inWorkers(threads, histogram, "record", { rounds });
    return { count: histogram.count, sum: histogram.sum, max: histogram.max };
  },
  /** This thread may not sleep: it is told of each message by `Atomics.waitAsync`, and the worker of its answer. */
  async waiting(_, rounds) {
    const ring = new core.MpmcRing({ capacity: 2, messageBytes: 8 }, runtime);
    const back = new core.SpscRing({ capacity: 2, messageBytes: 8 }, runtime);
    const { handle } = ring;
    const worker = startWorker();
    const ended = answerOf(worker);
    worker.postMessage({ handle, kind: handle.kind, task: "answer", rounds, back: back.handle });
    let sum = 0;
    for (let n = 0; n < rounds; n++) {
      const answer = back.pop();
      await ring.push(new Uint8Array(8).fill(n % 100));
      sum += (await answer)[0];
    }
    await ended;
    worker.terminate();
    return { sum };
  },
};

globalThis.hammer = async (what, threads, rounds) => JSON.stringify(await hammers[what](threads, rounds));
document.title = crossOriginIsolated ? "ready" : "not isolated";
