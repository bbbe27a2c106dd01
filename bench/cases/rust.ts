/** Peers in Rust, compiled to the machine's own code: what the core's functions are up against outside of JavaScript. */
import type { Case } from "../harness/case.js";
import { ForeignSampler } from "../harness/foreign.js";

/** Where scripts/bench.mjs has built bench/rust; without it, these cases are not run. */
const program = process.env["HOLDFAST_BENCH_RUST"];

const peer = (group: string, subject: string, name: string): Case => ({
  group,
  subject,
  form: "sync",
  prepare: async () => ({ sampler: new ForeignSampler(program!, [name]) }),
});

const limiter = "limiter, one for all";
const hash = "hash of 64 KiB of bytes";

export const rustCases: readonly Case[] =
  program === undefined
    ? []
    : [
        peer(limiter, "governor (Rust)", "governor"),
        peer(limiter, "governor (Rust), time passed in", "governor-time-passed"),
        peer("core, time passed in", "governor (Rust), 100,000 keys", "governor-100k"),
        peer("core, time passed in", "governor (Rust), 1,000,000 keys", "governor-1m"),
        peer("hash of a text of 15 characters", "xxhash-rust xxh64 (Rust), bytes", "xxh64-15"),
        peer(hash, "xxhash-rust xxh64 (Rust)", "xxh64-64k"),
        peer(hash, "xxhash-rust xxh3 (Rust)", "xxh3-64k"),
      ];
