import type { ReferenceName } from "./references.js";

/** How long each part of one process takes. */
export interface Pace {
  readonly rounds: number;
  /** Milliseconds of warming up. */
  readonly warmMs: number;
  /** Milliseconds of one slice of the case; the references' slices lie between. */
  readonly sliceMs: number;
  readonly referenceMs: number;
  readonly slices: number;
  /** Milliseconds for the same case under the package `benchmark`; 0 leaves it out. */
  readonly benchmarkMs: number;
  /** Seconds under load for each proxy and round, and before that for warming up. */
  readonly loadSeconds: number;
  readonly loadWarmSeconds: number;
}

/** The usual pace, for figures that are to be quoted. */
export const fullPace: Pace = {
  rounds: 5,
  warmMs: 250,
  sliceMs: 120,
  referenceMs: 40,
  slices: 4,
  benchmarkMs: 400,
  loadSeconds: 5,
  loadWarmSeconds: 2,
};

/** Enough to see that all cases run, and about where they lie. */
export const quickPace: Pace = {
  rounds: 2,
  warmMs: 80,
  sliceMs: 30,
  referenceMs: 15,
  slices: 2,
  benchmarkMs: 100,
  loadSeconds: 2,
  loadWarmSeconds: 1,
};

/** What one process reports of its case. */
export interface ProcessResult {
  /** Nanoseconds of one operation: the median over the batches of this process. */
  readonly ns: number;
  /** Nanoseconds of one operation: the mean, which keeps garbage collections. */
  readonly meanNs: number;
  readonly references: Partial<Record<ReferenceName, number>>;
  /** What the package `benchmark` says of the same operation, in ns, where it is fine enough. */
  readonly benchmarkNs?: number;
  readonly figures?: Readonly<Record<string, number>>;
}
