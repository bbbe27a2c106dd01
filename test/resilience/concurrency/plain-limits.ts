/**
 * The adaptive limits as the field has them, formula for formula (Netflix's concurrency-limits: `AIMDLimit`, `VegasLimit`,
 * `Gradient2Limit`), fed with the mean of each window of fifty calls as its `WindowedLimit` does. They are here to show, in the
 * same simulations, the faults that ours must not have.
 */

import type { LimitSample } from "../../../ts/resilience/concurrency/limit-algorithm.js";

/** What a simulation needs of an algorithm. */
export interface Limiting {
  readonly limit: number;
  onSample(sample: LimitSample): void;
}

const clamp = (min: number, value: number, max: number): number => Math.min(max, Math.max(min, value));

/** Adds 1 for each answer, multiplies by 0.9 for each drop. */
export function plainAimd({ initial = 20, min = 1, max = 200, timeoutMs = 5_000 } = {}): Limiting {
  let limit = initial;
  return {
    get limit() {
      return limit;
    },
    onSample({ rttMs, inFlight, dropped }) {
      if (dropped || rttMs > timeoutMs) limit = Math.floor(limit * 0.9);
      else if (inFlight * 2 >= limit) limit++;
      limit = clamp(min, limit, max);
    },
  };
}

/** Windows of fifty calls, drops among them, as one sample each. */
function windowed(update: (rttMs: number, inFlight: number, dropped: boolean) => void): Limiting["onSample"] {
  let calls = 0;
  let sumMs = 0;
  let most = 0;
  let anyDropped = false;
  return ({ rttMs, inFlight, dropped }) => {
    calls++;
    sumMs += rttMs;
    most = Math.max(most, inFlight);
    anyDropped ||= dropped;
    if (calls < 50) return;
    update(sumMs / calls, most, anyDropped);
    calls = sumMs = most = 0;
    anyDropped = false;
  };
}

/** With `draw` for the jitter of its look at the round trip without load. */
export function plainVegas(draw: () => number, { initial = 20, max = 1_000 } = {}): Limiting {
  let limit = initial;
  let noLoadMs = 0;
  let samples = 0;
  let jitter = 0.5 + draw() / 2;
  const onSample = windowed((rttMs, inFlight, dropped) => {
    samples++;
    if (samples >= 30 * jitter * limit) {
      jitter = 0.5 + draw() / 2;
      samples = 0;
      noLoadMs = rttMs;
      return;
    }
    if (noLoadMs === 0 || rttMs < noLoadMs) {
      noLoadMs = rttMs;
      return;
    }
    const step = Math.max(1, Math.floor(Math.log10(limit)));
    const queue = Math.ceil(limit * (1 - noLoadMs / rttMs));
    if (dropped) limit -= step;
    else if (inFlight * 2 < limit) return;
    else if (queue <= step) limit += 6 * step;
    else if (queue < 3 * step) limit += step;
    else if (queue > 6 * step) limit -= step;
    limit = clamp(1, limit, max);
  });
  return {
    get limit() {
      return Math.floor(limit);
    },
    onSample,
  };
}

export function plainGradient2({ initial = 20, min = 1, max = 200, tolerance = 1.5, smoothing = 0.2 } = {}): Limiting {
  const queueSize = 4;
  let limit = initial;
  let longMs = 0;
  let count = 0;
  const onSample = windowed((shortMs, inFlight) => {
    count++;
    if (count <= 10) longMs += (shortMs - longMs) / count;
    else longMs += (shortMs - longMs) * (2 / 601);
    if (longMs / shortMs > 2) longMs *= 0.95;
    if (inFlight < limit / 2) return;
    const gradient = clamp(0.5, (tolerance * longMs) / shortMs, 1);
    limit = clamp(min, limit * (1 - smoothing) + smoothing * (limit * gradient + queueSize), max);
  });
  return {
    get limit() {
      return Math.floor(limit);
    },
    onSample,
  };
}
