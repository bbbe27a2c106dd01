/**
 * The receiving thread. `workerData`: the transport's name, its far end, and three words: 0 how many messages come next (0: wait), 1 the
 * sum of their words, 2 whether that sum is there.
 */
import { parentPort, workerData } from "node:worker_threads";
import { readPosted, transports } from "./transports.js";

const { name, far, control } = workerData as { name: string; far: never; control: SharedArrayBuffer };
const words = new Int32Array(control);

function answer(sum: number): void {
  Atomics.store(words, 1, sum);
  Atomics.store(words, 0, 0);
  Atomics.store(words, 2, 1);
  Atomics.notify(words, 2);
}

const transport = transports[name];
if (transport === undefined) {
  let left = 0;
  let sum = 0;
  parentPort!.on("message", (message: Int32Array) => {
    if (left === 0) {
      left = Atomics.load(words, 0);
      sum = 0;
    }
    sum = (sum + readPosted(message)) | 0;
    left -= message.length / 8;
    if (left === 0) answer(sum);
  });
  parentPort!.postMessage("ready");
} else {
  const receive = await transport.receiver(far);
  parentPort!.postMessage("ready");
  for (;;) {
    Atomics.wait(words, 0, 0);
    answer(receive(Atomics.load(words, 0)));
  }
}
