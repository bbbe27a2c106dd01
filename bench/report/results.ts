/** What a run leaves: plain data, written by `--json` and read by `--from`. */
import { type Case, caseId, type Form } from "../harness/case.js";
import type { Pace, ProcessResult } from "../harness/process-result.js";
import type { ReferenceName } from "../harness/references.js";
import { median, spread } from "../harness/statistics.js";
import { type Bound, targets } from "../targets.js";
import type { Machine } from "./machine.js";

/** Whether a target was reached. */
export interface Verdict {
  readonly target: string;
  /** Measured / bound, the median over rounds; at most 1 is a hit. For the gateway the other way round. */
  readonly ratio: number;
  readonly hit: boolean;
}

/** One case over all rounds. */
export interface Row {
  readonly id: string;
  readonly group: string;
  readonly subject: string;
  readonly package: string | undefined;
  readonly version: string | undefined;
  readonly form: Form;
  readonly elsewhere: Case["elsewhere"];
  /** Median over rounds of the per-process median. */
  readonly ns: number;
  readonly meanNs: number;
  /** (max - min) / median over rounds. */
  readonly spread: number;
  /** The time over each reference of the same process: medians over rounds. */
  readonly ratios: Partial<Record<ReferenceName, number>>;
  readonly benchmarkNs: number | undefined;
  readonly figures: Readonly<Record<string, number>>;
  readonly verdict: Verdict | undefined;
  /** What went wrong, if something did: the row then has no figures. */
  readonly error: string | undefined;
  readonly rounds: readonly ProcessResult[];
}

/** One proxy over all rounds. */
export interface ProxyRow {
  readonly proxy: string;
  readonly version: string | undefined;
  readonly requestsPerSecond: number;
  readonly spread: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly errors: number;
  /** Requests a second over those of plain forwarding and of @fastify/http-proxy, medians over rounds. */
  readonly ofPlain: number;
  readonly ofFastify: number;
  readonly verdict: Verdict | undefined;
  readonly error: string | undefined;
  readonly rounds: readonly { requestsPerSecond: number; p50Ms: number; p99Ms: number; errors: number }[];
}

export interface GatewayResults {
  readonly upstream: string;
  readonly load: string;
  readonly rows: readonly ProxyRow[];
}

/** A whole run. */
export interface Results {
  readonly startedAt: string;
  readonly machine: Machine;
  readonly versions: Readonly<Record<string, string>>;
  readonly pace: Pace;
  readonly quick: boolean;
  /** What `--only` said, if it did. */
  readonly only: string | undefined;
  readonly rows: readonly Row[];
  readonly gateway: GatewayResults | undefined;
}

/** Puts the rounds of one case together. */
export function rowOf(one: Case, rounds: readonly ProcessResult[], version: string | undefined, error?: string): Row {
  const ns = rounds.map((round) => round.ns);
  const names = Object.keys(rounds[0]?.references ?? {}) as ReferenceName[];
  const benchmark = rounds.flatMap((round) => round.benchmarkNs ?? []);
  const figureNames = Object.keys(rounds[0]?.figures ?? {});
  return {
    id: caseId(one),
    group: one.group,
    subject: one.subject,
    package: one.package,
    version,
    form: one.form,
    elsewhere: one.elsewhere,
    ns: median(ns),
    meanNs: median(rounds.map((round) => round.meanNs)),
    spread: spread(ns),
    ratios: Object.fromEntries(
      names.map((name) => [name, median(rounds.map((round) => round.ns / round.references[name]!))]),
    ),
    benchmarkNs: benchmark.length === 0 ? undefined : median(benchmark),
    figures: Object.fromEntries(
      figureNames.map((name) => [name, median(rounds.map((round) => round.figures?.[name] ?? Number.NaN))]),
    ),
    verdict: undefined,
    error,
    rounds,
  };
}

/** The bound in nanoseconds, in one round. */
function boundNs(bound: Bound, round: ProcessResult, peerNs: (id: string) => number): number {
  const { ns = 0, peer, ...shares } = bound;
  const ofReferences = Object.entries(shares).reduce(
    (sum, [name, factor]) => sum + factor * (round.references[name as ReferenceName] ?? Number.NaN),
    0,
  );
  return ns + ofReferences + (peer === undefined ? 0 : peer.share * peerNs(peer.id));
}

/** Holds each row against its target; a row whose peer is missing gets no verdict. */
export function judged(rows: readonly Row[]): Row[] {
  return rows.map((row) => {
    const target = targets.find(({ id }) => id === row.id);
    if (target === undefined || row.rounds.length === 0) return row;
    const ratios = row.rounds.map((round, index) => {
      const peerNs = (id: string) => rows.find((other) => other.id === id)?.rounds[index]?.ns ?? Number.NaN;
      return round.ns / boundNs(target.bound, round, peerNs);
    });
    const ratio = median(ratios.filter((value) => !Number.isNaN(value)));
    if (Number.isNaN(ratio)) return row;
    return { ...row, verdict: { target: target.text, ratio, hit: ratio <= 1 } };
  });
}
