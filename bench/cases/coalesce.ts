import type { Case, Form } from "../harness/case.js";
import { work } from "../harness/references.js";

/** How many ask for the same at once. */
const crowd = 100;
const key = "user 7";

/** A hundred calls of one key at once: one executes, the others share its outcome. */
function shared(subject: string, name: string, make: () => Promise<() => Promise<unknown>>): Case {
  return {
    group: `coalesced, ${crowd} at once`,
    subject,
    package: name,
    form: "async" as Form,
    perRun: crowd,
    async prepare() {
      const call = await make();
      const calls = new Array<Promise<unknown>>(crowd);
      return {
        run() {
          for (let i = 0; i < crowd; i++) calls[i] = call();
          return Promise.all(calls);
        },
      };
    },
  };
}

/** One call after another of a key that is remembered. */
function remembered(subject: string, name: string, make: () => Promise<() => Promise<unknown>>): Case {
  return {
    group: "cache, hit",
    subject,
    package: name,
    form: "async" as Form,
    async prepare() {
      const call = await make();
      await call();
      return { run: () => call() };
    },
  };
}

export const coalesceCases: readonly Case[] = [
  shared("holdfast", "holdfast", async () => {
    const { coalesce } = await import("holdfast");
    const policy = coalesce();
    const options = { key };
    return () => policy.execute(work, options);
  }),
  shared("holdfast, each with a signal", "holdfast", async () => {
    const { coalesce } = await import("holdfast");
    const policy = coalesce();
    const options = { key, signal: new AbortController().signal };
    return () => policy.execute(work, options);
  }),
  shared("holdfast, in a composition", "holdfast", async () => {
    const { coalesce, compose, retry } = await import("holdfast");
    const policy = compose(coalesce(), retry());
    const options = { key };
    return () => policy.execute(work, options);
  }),
  shared("opossum", "opossum", async () => {
    const { default: CircuitBreaker } = await import("opossum");
    const breaker = new CircuitBreaker(work, { timeout: false, coalesce: true, coalesceTTL: 1 });
    return () => breaker.fire();
  }),
  remembered("holdfast", "holdfast", async () => {
    const { cache } = await import("holdfast");
    const policy = cache({ ttlMs: 3_600_000 });
    const options = { key };
    return () => policy.execute(work, options);
  }),
  remembered("holdfast, in a composition", "holdfast", async () => {
    const { cache, compose, retry } = await import("holdfast");
    const policy = compose(cache({ ttlMs: 3_600_000 }), retry());
    const options = { key };
    return () => policy.execute(work, options);
  }),
  remembered("opossum", "opossum", async () => {
    const { default: CircuitBreaker } = await import("opossum");
    const breaker = new CircuitBreaker(work, { timeout: false, cache: true });
    return () => breaker.fire();
  }),
];
