/**
 * fast-check for `npm run test:long`: vitest.config.ts puts this in its place when HOLDFAST_LONG is set. Each property runs a
 * hundred times as often as its test says, or for HOLDFAST_LONG_SECONDS (default 60), whichever ends first.
 */
import { createRequire } from "node:module";

const fc = createRequire(import.meta.url)("fast-check");

const longer = 100;
const limitMs = Number(process.env["HOLDFAST_LONG_SECONDS"] ?? "60") * 1000;

/** `fc.assert`, longer; an end by the clock is no failure. */
const assert = (property, parameters = {}) =>
  fc.assert(property, {
    ...parameters,
    numRuns: (parameters.numRuns ?? 100) * longer,
    interruptAfterTimeLimit: limitMs,
    markInterruptAsFailure: false,
  });

export default { ...fc, assert };
