/** The few rows that answer most people's question: how does it compare with what I use now? */
import { formatNs, markdownTable, threeDigits } from "./markdown.js";
import type { Results, Row, Verdict } from "./results.js";

interface Highlight {
  readonly what: string;
  readonly group: string;
  readonly own: string;
  readonly peers: readonly string[];
}

/** Subjects of one group; the first named is ours. Rows that a peer wins stand here like the others. */
export const highlights: readonly Highlight[] = [
  {
    what: "circuit breaker, last 100 calls",
    group: "breaker, closed",
    own: "holdfast count(100)",
    peers: ["cockatiel CountBreaker(100)", "opossum, timeout: false"],
  },
  {
    what: "circuit breaker, 10 s; ours with slow calls",
    group: "breaker, closed",
    own: "holdfast time(10 s) and slow calls",
    peers: ["cockatiel SamplingBreaker(10 s)"],
  },
  {
    what: "open breaker refuses, thrown",
    group: "breaker, open: a refusal",
    own: "holdfast execute",
    peers: ["cockatiel", "opossum"],
  },
  {
    what: "open breaker refuses, as a value",
    group: "breaker, open: a refusal",
    own: "holdfast tryExecute",
    peers: [],
  },
  {
    what: "breaker's permit taken by hand",
    group: "breaker, two-step permit",
    own: "holdfast count(100)",
    peers: [],
  },
  { what: "retry, no failure", group: "retry, no failure", own: "holdfast", peers: ["cockatiel", "p-retry"] },
  {
    what: "timeout, in time",
    group: "timeout, in time",
    own: "holdfast hard",
    peers: ["cockatiel Aggressive", "cockatiel Aggressive, abortOnReturn: false"],
  },
  { what: "bulkhead, uncontended", group: "bulkhead, uncontended", own: "holdfast", peers: ["cockatiel", "p-limit"] },
  {
    what: "bulkhead, 100 at once for 10 places",
    group: "bulkhead, 100 at once, limit 10",
    own: "holdfast",
    peers: ["cockatiel", "p-limit"],
  },
  {
    what: "retry + breaker + timeout + bulkhead",
    group: "retry + breaker + timeout + bulkhead",
    own: "holdfast pipeline, budget: false",
    peers: ["cockatiel wrap", "cockatiel wrap, abortOnReturn: false"],
  },
  {
    what: "rate limiter, yes or no",
    group: "limiter, one for all",
    own: "holdfast tryAcquire, token bucket",
    peers: ["plain JavaScript bucket", "rate-limiter-flexible, one key"],
  },
  {
    what: "rate limiter, full answer",
    group: "limiter, one for all",
    own: "holdfast check, token bucket",
    peers: ["bottleneck schedule, reservoir"],
  },
  {
    what: "rate limiter, 10k keys",
    group: "keyed limiter, 10k keys",
    own: "holdfast tryAcquire",
    peers: ["plain Map of buckets", "rate-limiter-flexible"],
  },
  {
    what: "rate limiter, 1M keys",
    group: "keyed limiter, 1M keys",
    own: "holdfast tryAcquire",
    peers: ["plain Map of buckets", "rate-limiter-flexible"],
  },
];

/** `117 ns`, with the bytes a key costs where that is known. */
function figures(row: Row): string {
  const bytes = row.figures["tableBytesPerKey"] ?? row.figures["heapBytesPerKey"];
  return bytes === undefined ? formatNs(row.ns) : `${formatNs(row.ns)}, ${Math.round(bytes)} B a key`;
}

const verdictWord = (verdict: Verdict | undefined): string =>
  verdict === undefined ? "" : `${verdict.target}: ${verdict.hit ? "reached" : "**missed**"}`;

/** One line for each highlight that was measured, and for each proxy. */
export function highlightTable(results: Results): string {
  const find = (group: string, subject: string): Row | undefined =>
    results.rows.find((row) => row.group === group && row.subject === subject && row.error === undefined);
  const rows = highlights.flatMap(({ what, group, own, peers }) => {
    const ours = find(group, own);
    if (ours === undefined) return [];
    const theirs = peers.flatMap((peer) => {
      const row = find(group, peer);
      return row === undefined ? [] : [`${peer}: ${figures(row)}`];
    });
    return [[what, figures(ours), theirs.join("<br>"), verdictWord(ours.verdict)]];
  });
  for (const { proxy, requestsPerSecond, ofPlain, ofFastify, verdict } of results.gateway?.rows ?? []) {
    if (!proxy.startsWith("holdfast")) continue;
    const beside = [
      `${threeDigits(ofPlain)} of plain node:http + undici`,
      `${threeDigits(ofFastify)} of @fastify/http-proxy`,
    ];
    rows.push([
      proxy.replace("holdfast ", ""),
      `${Math.round(requestsPerSecond)} requests/s`,
      beside.join("<br>"),
      verdictWord(verdict),
    ]);
  }
  return markdownTable(
    ["one operation", "Holdfast", "beside", "to reach"].map((title, index) => ({
      title,
      align: index === 1 ? "right" : "left",
    })),
    rows,
  );
}
