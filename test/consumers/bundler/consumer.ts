// A web page built by a bundler: the DOM's types are there, and the signal is the real AbortSignal.
import * as all from "holdfast";
import {
  circuitBreaker,
  exponential,
  HoldfastError,
  isHoldfastError,
  manualClock,
  pipeline,
  rateLimiter,
  retry,
  tokenBucket,
} from "holdfast";
import * as core from "holdfast/core";
import * as dashboard from "holdfast/dashboard";
import * as gateway from "holdfast/gateway";
import * as kernel from "holdfast/kernel";
import * as resilience from "holdfast/resilience";

type Equal<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const same = <A, B>(_: Equal<A, B>) => {};
/** Neither unknown to the compiler nor given up on: `any` in a public place would hide every mistake. */
const known = <T>(_: 0 extends 1 & T ? never : T) => {};

const clock = manualClock();
const calls = pipeline("calls", { clock, retry: { attempts: 2 }, breaker: { consecutiveFailures: 3 } });
const answer = calls.execute(async ({ attempt, signal }) => {
  same<typeof attempt, number>(true);
  same<typeof signal, AbortSignal>(true);
  return "text";
});
same<typeof answer, Promise<string>>(true);

const breaker = circuitBreaker({ clock, consecutiveFailures: 1 });
same<typeof breaker.state, "closed" | "open" | "half-open" | "forced-open" | "disabled">(true);
{
  using permit = breaker.tryAcquire();
  permit?.success();
}

const limiter = rateLimiter({ algorithm: tokenBucket({ limit: 1, perMs: 1_000 }) });
same<ReturnType<typeof limiter.check>["retryAfterMs"], number>(true);

const retries = retry({ attempts: 3, backoff: exponential({ baseMs: 10 }) });
using subscription = retries.on("retry", ({ attempt, delayMs }) => {
  same<[typeof attempt, typeof delayMs], [number, number]>(true);
});
known(subscription);

export async function outcomes(): Promise<string> {
  const outcome = await retries.tryExecute(() => 7);
  if (outcome.ok) {
    same<typeof outcome.value, number>(true);
    return "ok";
  }
  return isHoldfastError(outcome.error) ? outcome.error.code : "other";
}

// @ts-expect-error: an option that does not exist is refused.
retry({ attempt: 3 });
// @ts-expect-error: a duration is a number of milliseconds.
circuitBreaker({ consecutiveFailures: 1, openForMs: "5s" });

export const everything = [all, core, dashboard, gateway, kernel, resilience, HoldfastError];
