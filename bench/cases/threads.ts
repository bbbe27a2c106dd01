import { once } from "node:events";
import { dirname, join } from "node:path";
import { Worker } from "node:worker_threads";
import type { Case, Prepared } from "../harness/case.js";
import { posted, sumOf, transports } from "../threads/transports.js";

/** The group of messages between threads. */
export const threadsGroup = "32-byte messages to another thread";

/** Messages in one run: long enough that starting and stopping vanish. */
const perRun = 200_000;

/** What all transports have in common: a thread that receives, and a run that sends, waits for the sum and checks it. */
async function prepare(
  name: string,
  far: unknown,
  sendWith: (worker: Worker) => (from: number, count: number) => void,
) {
  const control = new SharedArrayBuffer(12);
  const words = new Int32Array(control);
  const program = join(dirname(process.argv[1]!), "threads", "receiver.worker.mjs");
  const worker = new Worker(program, { workerData: { name, far, control } });
  await once(worker, "message");
  worker.unref();
  const send = sendWith(worker);
  let expected = 0;
  for (let n = 0; n < perRun; n++) expected = (expected + sumOf(n)) | 0;
  const run = (): number => {
    Atomics.store(words, 2, 0);
    Atomics.store(words, 0, perRun);
    Atomics.notify(words, 0);
    send(0, perRun);
    Atomics.wait(words, 2, 0);
    if (Atomics.load(words, 1) !== expected) throw new Error(`${name} lost, doubled or tore a message`);
    return expected;
  };
  return { run } satisfies Prepared;
}

const rings: readonly Case[] = Object.entries(transports).map(([name, transport]) => ({
  group: threadsGroup,
  subject: name.startsWith("ringbuf") ? name : `holdfast ${name}`,
  ...(name.startsWith("ringbuf") ? { package: "ringbuf.js" } : {}),
  form: "sync",
  perRun,
  prepare: async () => {
    const { send, far } = await transport.open();
    return prepare(name, far, () => send);
  },
}));

/** `postMessage` of messages one by one, or of 64 in one array. */
const posts: readonly Case[] = [1, 64].map((batch) => ({
  group: threadsGroup,
  subject: batch === 1 ? "postMessage" : `postMessage, ${batch} at a time`,
  form: "sync",
  perRun,
  prepare: () =>
    prepare("postMessage", undefined, (worker) => (from, count) => {
      for (let n = from; n < from + count; n += batch) {
        worker.postMessage(posted(n, Math.min(batch, from + count - n)));
      }
    }),
}));

export const threadCases: readonly Case[] = [...rings, ...posts];
