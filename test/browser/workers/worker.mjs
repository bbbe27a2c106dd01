// A page's worker: does the job that it is sent, as a thread in Node does.
import * as core from "holdfast/core";
import { perform } from "../../shared/tasks.mjs";

self.onmessage = ({ data }) => perform(core, data, (answer) => self.postMessage(answer));
