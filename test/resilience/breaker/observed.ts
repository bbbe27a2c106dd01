/** A breaker that is watched, and ways to feed it. */

import { manualClock } from "../../../ts/kernel/index.js";
import { type CircuitBreaker, type CircuitBreakerOptions, circuitBreaker } from "../../../ts/resilience/index.js";

/** What is called while the dependency is down. */
export const down = () => {
  throw new Error("down");
};

/** A breaker with a manual clock and a record of its transitions. */
export function observed(options: CircuitBreakerOptions = {}) {
  const clock = manualClock();
  const breaker = circuitBreaker({ clock, openJitter: 0, ...options });
  const transitions: string[] = [];
  breaker.on("transition", ({ from, to, reason }) => transitions.push(`${from} > ${to} (${reason})`));
  return { clock, breaker, transitions };
}

export async function fail(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let call = 0; call < times; call++) await breaker.tryExecute(down);
}

export async function pass(breaker: CircuitBreaker, times: number): Promise<void> {
  for (let call = 0; call < times; call++) await breaker.execute(() => 1);
}
