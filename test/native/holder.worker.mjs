/** A thread that takes every permit, says so, and stays. */

import { parentPort, workerData } from "node:worker_threads";
import { SharedSemaphore } from "holdfast/core";
import { processRuntime } from "holdfast/native";

const { file, name, options } = workerData;
const semaphore = processRuntime({ file }).structure(name, SharedSemaphore, options);
while (semaphore.tryAcquire());
parentPort.postMessage("full");
setInterval(() => {}, 60_000);
