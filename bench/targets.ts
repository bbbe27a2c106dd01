/**
 * What the figures are to reach. A bound is a sum: so many of each reference of the same process, plus nanoseconds, or a share of
 * a peer's figure in the same round. Missed ones stay in the table.
 */
import type { ReferenceName } from "./harness/references.js";

/** An upper bound on nanoseconds. */
export interface Bound extends Partial<Record<ReferenceName, number>> {
  readonly ns?: number;
  /** A share of another row's figure, by case id. */
  readonly peer?: { readonly id: string; readonly share: number };
}

/** The bound of a case. */
export interface Target {
  /** Case id. */
  readonly id: string;
  /** How the table words it. */
  readonly text: string;
  readonly bound: Bound;
}

const overFloor = (id: string, factor: number): Target => ({
  id,
  text: `≤ ${factor} floor`,
  bound: { floor: factor },
});

const composed: Omit<Target, "id"> = { text: "≤ 350 ns", bound: { ns: 350 } };
const limiterCheck: Omit<Target, "id"> = { text: "≤ 1.4 clock reads", bound: { clockRead: 1.4 } };
const quarterOfPeer: Omit<Target, "id"> = {
  text: "≤ 1/4 of rate-limiter-flexible",
  bound: { peer: { id: "keyed limiter, 1M keys/rate-limiter-flexible", share: 0.25 } },
};
const permit = (clockReads: number): Omit<Target, "id"> => ({
  text: clockReads === 0 ? "< 25 ns" : `< ${clockReads} clock reads + 25 ns`,
  bound: { ns: 25, clockRead: clockReads },
});

const recorded = (kind: string, clockReads: number): Target => ({
  id: `breaker, closed: a failure recorded/holdfast ${kind}`,
  text: `≤ 1.3 Promise.reject(sharedError)${clockReads === 0 ? "" : ` + ${clockReads} clock reads`}`,
  bound: { rejection: 1.3, clockRead: clockReads },
});

/** Targets of policies. */
export const targets: readonly Target[] = [
  overFloor("breaker, closed/holdfast consecutive", 1.2),
  overFloor("breaker, closed/holdfast count(100)", 1.2),
  {
    id: "breaker, closed/holdfast time(10 s) and slow calls",
    text: "≤ 1.1 (floor + 2 clock reads)",
    bound: { floor: 1.1, clockRead: 2.2 },
  },
  { id: "breaker, two-step permit/holdfast consecutive", ...permit(0) },
  { id: "breaker, two-step permit/holdfast count(100)", ...permit(0) },
  { id: "breaker, two-step permit/holdfast time(10 s) and slow calls", ...permit(2) },
  ...["consecutive", "count(100)", "count(10,000)"].map((kind) => recorded(kind, 0)),
  ...["time(10 s)", "time(10 s) after 50,000 calls"].map((kind) => recorded(kind, 2)),
  {
    id: "breaker, open: a refusal/holdfast execute",
    text: "≤ 1.8 Promise.reject(sharedError)",
    bound: { rejection: 1.8 },
  },
  { id: "breaker, open: a refusal/holdfast tryExecute", text: "< 200 ns", bound: { ns: 200 } },
  overFloor("retry, no failure/holdfast", 1.2),
  overFloor("timeout, in time/holdfast hard", 1.6),
  overFloor("timeout, in time/holdfast cooperative", 1.6),
  overFloor("bulkhead, uncontended/holdfast", 1.2),
  { id: "bulkhead, 100 at once, limit 10/holdfast", text: "≤ 200 ns", bound: { ns: 200 } },
  { id: "retry + breaker + timeout + bulkhead/holdfast pipeline, budget: false", ...composed },
  { id: "retry + breaker + timeout + bulkhead/holdfast pipeline, default budget", ...composed },
  { id: "retry + breaker + timeout + bulkhead/holdfast compose", ...composed },
  { id: "limiter, one for all/holdfast tryAcquire, token bucket", ...limiterCheck },
  { id: "limiter, one for all/holdfast check, token bucket", ...limiterCheck },
  { id: "limiter, one for all/holdfast check, GCRA", ...limiterCheck },
  { id: "keyed limiter, 1M keys/holdfast tryAcquire", ...quarterOfPeer },
  { id: "keyed limiter, 1M keys/holdfast check", ...quarterOfPeer },
  { id: "hash of 64 KiB of bytes/holdfast core, XXH64 in memory", text: "≥ 6 GB/s", bound: { ns: 65_536 / 6 } },
  { id: "placing a key on one of 64 nodes/holdfast Rendezvous, hash at hand", text: "≤ 45 ns", bound: { ns: 45 } },
  { id: "jump hash among 1,000 buckets/holdfast JumpHash, in batches", text: "≤ 25 ns", bound: { ns: 25 } },
  { id: "core, time passed in/keyed limiter, 100,000 keys (20.0 bytes a key)", text: "≤ 110 ns", bound: { ns: 110 } },
  { id: "core, time passed in/keyed limiter, 1,000,000 keys (20.0 bytes a key)", text: "≤ 300 ns", bound: { ns: 300 } },
  { id: "core, time passed in/keyed limiter, 1,000,000 keys, 250 at a time", text: "≤ 300 ns", bound: { ns: 300 } },
  { id: "core, time passed in/shared token bucket", text: "≤ 6 ns", bound: { ns: 6 } },
  { id: "32-byte messages to another thread/holdfast SpscRing, 64 at a time", text: "≤ 25 ns", bound: { ns: 25 } },
  {
    id: "32-byte messages to another thread/holdfast SpscRing, in place",
    text: "≤ 1/3 of ringbuf.js",
    bound: { peer: { id: "32-byte messages to another thread/ringbuf.js", share: 1 / 3 } },
  },
  { id: "sketch, record/holdfast LatencyHistogram", text: "≤ 6 ns", bound: { ns: 6 } },
  { id: "sketch, 99th percentile/holdfast LatencyHistogram", text: "≤ 1 µs", bound: { ns: 1_000 } },
  { id: "sampling decision, 10 % of traces/holdfast ratio", text: "< 45 ns", bound: { ns: 45 } },
  {
    id: "sampling decision, 10 % of traces/holdfast ratio, a batch of 1,024 ids in memory",
    text: "≤ 20 ns",
    bound: { ns: 20 },
  },
];

/** A lower bound on requests a second, as a factor of another proxy's in the same round. */
export interface GatewayTarget {
  readonly proxy: string;
  readonly text: string;
  readonly of: string;
  readonly factor: number;
}

/** Targets of the gateway. */
export const gatewayTargets: readonly GatewayTarget[] = [
  {
    proxy: "holdfast gateway, full chain",
    text: "≥ 0.7 of plain forwarding",
    of: "plain node:http + undici",
    factor: 0.7,
  },
  {
    proxy: "holdfast gateway, bare route",
    text: "≥ 1.5 of @fastify/http-proxy",
    of: "@fastify/http-proxy",
    factor: 1.5,
  },
];
