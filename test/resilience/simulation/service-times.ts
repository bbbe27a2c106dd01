/** How long a server takes for a call: the G in M/G/c. */

import type { Random } from "../../../ts/kernel/index.js";

/** Draws one service time, in milliseconds, for a call whose service begins at `nowMs`. */
export type ServiceTime = (random: Random, nowMs: number) => number;

/** Always the same. */
export function fixed(ms: number): ServiceTime {
  return () => ms;
}

/** Memoryless, coefficient of variation 1: the M in M/M/c. */
export function exponential(meanMs: number): ServiceTime {
  return (random) => -meanMs * Math.log(1 - random.next());
}

/** The sum of so many exponentials: coefficient of variation 1 / √stages. */
export function erlang(meanMs: number, stages: number): ServiceTime {
  return (random) => {
    let sum = 0;
    for (let stage = 0; stage < stages; stage++) sum -= Math.log(1 - random.next());
    return (meanMs / stages) * sum;
  };
}

/** Most are short and a few are long, as latencies are; `cv` is the coefficient of variation. */
export function logNormal(meanMs: number, cv: number): ServiceTime {
  const variance = Math.log(1 + cv * cv);
  const mu = Math.log(meanMs) - variance / 2;
  return (random) => {
    // A normal variable after Box and Muller, 1958.
    const radius = Math.sqrt(-2 * Math.log(1 - random.next()));
    return Math.exp(mu + Math.sqrt(variance) * radius * Math.cos(2 * Math.PI * random.next()));
  };
}

/** `before` until `atMs`, `after` from then on. */
export function changingAt(atMs: number, before: ServiceTime, after: ServiceTime): ServiceTime {
  return (random, nowMs) => (nowMs < atMs ? before : after)(random, nowMs);
}
