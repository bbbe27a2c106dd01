/**
 * One scenario for every host: a breaker, a limiter and retries on a manual clock with seeded randomness. It uses nothing
 * but the language and the installed package, and its transcript must be the same everywhere, bit for bit.
 */
import {
  bulkhead,
  circuitBreaker,
  coreInfo,
  dispose,
  exponential,
  gcra,
  manualClock,
  rateLimiter,
  retry,
  seeded,
  tokenBucket,
} from "holdfast";
import { selfTest } from "holdfast/core/self-test";
import { example, shown } from "./readme.mjs";

/** FNV-1a over the transcript, 32 bits as hexadecimal: short enough to print and compare. */
function digestOf(text) {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return (hash >>> 0).toString(16).padStart(8, "0");
}

/** The breaker opens on a failing service, refuses, tries again half-open and closes. */
async function breakerScene(say) {
  const clock = manualClock();
  const breaker = circuitBreaker({
    clock,
    consecutiveFailures: 3,
    openForMs: 1_000,
    halfOpen: { permits: 1 },
    random: seeded(3),
  });
  breaker.on("transition", ({ from, to, reason }) => say("transition", from, to, reason));
  let healthy = false;
  for (let call = 0; call < 8; call++) {
    if (call === 6) {
      healthy = true;
      await clock.advance(2_000);
    }
    const outcome = await breaker.tryExecute(() => {
      if (!healthy) throw new Error("down");
      return call;
    });
    say(
      "breaker",
      call,
      outcome.ok,
      outcome.rejectedBy ?? "-",
      breaker.state,
      Math.round(breaker.retryAfterMs * 1_000),
    );
  }
  breaker[dispose]();
}

/** Two limiters over many keys, with uneven steps of time. */
async function limiterScene(say) {
  const clock = manualClock();
  const random = seeded(20_26);
  for (const algorithm of [
    gcra({ limit: 7, perMs: 1_000, burst: 3 }),
    tokenBucket({ limit: 3, perMs: 1_000, burst: 5 }),
  ]) {
    const limiter = rateLimiter({ clock, algorithm, keys: { max: 64 } });
    for (let step = 0; step < 400; step++) {
      await clock.advance(random.uint32() % 97);
      const { allowed, remaining, retryAfterMs } = limiter.check(`client-${random.uint32() % 5}`);
      say("limiter", step, allowed, remaining, Math.round(retryAfterMs * 1_000));
    }
    limiter[dispose]();
  }
}

/** Retries with jittered, seeded delays, seen through the clock. */
async function retryScene(say) {
  const clock = manualClock();
  const policy = retry({
    clock,
    attempts: 5,
    backoff: exponential({ baseMs: 100, jitter: "full", random: seeded(7) }),
  });
  policy.on("retry", ({ attempt, delayMs }) => say("retry", attempt, Math.round(delayMs * 1_000)));
  let calls = 0;
  const result = policy.execute(() => {
    calls++;
    if (calls < 4) throw new Error(`failure ${calls}`);
    return `success after ${calls}`;
  });
  await clock.advance(60_000);
  say(await result);
}

/** A bulkhead of two lets two in and refuses the third. */
async function bulkheadScene(say) {
  const policy = bulkhead({ limit: 2 });
  const first = policy.tryAcquire();
  const second = policy.tryAcquire();
  say("bulkhead", first !== undefined, second !== undefined, policy.tryAcquire() !== undefined, policy.inUse);
}

/** The README's first example, made a function by scripts/test-hosts.mjs; what it logs is what the README says. */
async function readmeScene(say) {
  const logged = [];
  await example((text) => logged.push(text));
  if (logged.join() !== shown) throw new Error(`the README's example logged ${logged.join()} instead of ${shown}`);
  say("readme", ...logged);
}

/** Plays all scenes; resolves to the digest, the core build that decided, and the number of lines. */
export async function smoke() {
  const lines = [];
  const say = (...words) => lines.push(words.join(" "));
  await breakerScene(say);
  await limiterScene(say);
  await retryScene(say);
  await bulkheadScene(say);
  await readmeScene(say);
  const transcript = lines.join("\n");
  if (!/limiter \d+ false/.test(transcript) || !/limiter \d+ true/.test(transcript))
    throw new Error("the limiters never changed their mind");
  if (!transcript.includes("closed open") || !transcript.includes("half-open closed"))
    throw new Error("the breaker never moved");
  const { wrong, absent, digests, common } = selfTest();
  if (wrong.length > 0) throw new Error(`the core decides differently here: ${wrong.join(", ")}`);
  return { digest: digestOf(transcript), lines: lines.length, profile: coreInfo().profile, digests, absent, common };
}
