import type { SliceSampler } from "./foreign.js";

/**
 * How a case's operation is run and timed.
 *
 * - `sync`: called in a plain loop; its result is added up or kept.
 * - `async`: each result is awaited before the next call.
 * - `refused`: as `async`, but each call is expected to reject and the rejection is caught.
 */
export type Form = "sync" | "async" | "refused";

/** What a case's preparation gives: an operation, or what measures one elsewhere. */
export type Prepared = Operation | { readonly sampler: SliceSampler };

/** An operation, for a loop of ours. */
export interface Operation {
  /** One operation (or `perRun` of them). `i` counts up and rotates the inputs. */
  readonly run: (i: number) => unknown;
  /** Further figures, such as bytes a key, kept beside the time. */
  readonly figures?: Readonly<Record<string, number>>;
}

/** A language in which the same trade is plied, and which is compared in a table of its own. */
export type OtherLanguage = "Go" | "Java";

/** One thing to measure: one row of the table, one process a round. */
export interface Case {
  /** What is done; rows of a group are comparable. */
  readonly group: string;
  /** Who does it, and how: unique in its group. */
  readonly subject: string;
  /** The package whose version the row shows; absent for code of the benchmark itself. */
  readonly package?: string;
  readonly form: Form;
  /** For a peer in another language: which, and the subject of our row in the same group that does the nearest. */
  readonly elsewhere?: { readonly language: OtherLanguage; readonly nearest: string };
  /** Operations in one run; the time is divided by it. Default: 1. */
  readonly perRun?: number;
  /** Loads the package and builds what is measured; nothing of it is timed. */
  readonly prepare: () => Promise<Prepared>;
}

/** The name by which a case is started in a process of its own, and by which `--only` finds it. */
export const caseId = (one: Pick<Case, "group" | "subject">): string => `${one.group}/${one.subject}`;
