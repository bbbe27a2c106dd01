/** A thread of these tests in Node, with the built package as users have it: `tasks.mjs` says what it does. */

import { parentPort, workerData } from "node:worker_threads";
import * as core from "holdfast/core";
import { perform } from "./tasks.mjs";

await perform(core, workerData, (answer) => parentPort.postMessage(answer));
