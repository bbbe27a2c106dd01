/** Alarms with hysteresis: raised at one count, cleared only at a lower one, so that a count at the edge does not flutter. */

import { invalidOption } from "../../kernel/index.js";
import { type Category, type Classification, type ErrorKind, type Severity, severities } from "../category.js";
import { WindowCounter } from "./window-counter.js";

/** Which errors; every part that is given must fit. */
export interface ErrorFilter {
  readonly code?: string;
  readonly component?: string;
  readonly category?: Category;
  readonly kind?: ErrorKind;
  /** This severe or more. */
  readonly severity?: Severity;
}

/** Options of `ErrorMonitor.watch`. */
export interface ThresholdOptions {
  /** Which errors count. Default: all. */
  readonly where?: ErrorFilter;
  /** Raised when so many errors are in the span. */
  readonly raiseAt: number;
  /** Cleared when no more than so many are. Default: half of `raiseAt`, rounded down. */
  readonly clearAt?: number;
  /** The span in milliseconds, rounded up to whole buckets of the monitor's window. Default: the whole window. */
  readonly overMs?: number;
}

/** A threshold as it stands. */
export interface ThresholdState {
  readonly name: string;
  readonly raised: boolean;
  /** Errors in the span. */
  readonly count: number;
  readonly raiseAt: number;
  readonly clearAt: number;
}

/** Whether an error passes a filter. */
export function passes(filter: ErrorFilter, found: Classification, component: string): boolean {
  return (
    (filter.code === undefined || filter.code === found.code) &&
    (filter.component === undefined || filter.component === component) &&
    (filter.category === undefined || filter.category === found.category) &&
    (filter.kind === undefined || filter.kind === found.kind) &&
    (filter.severity === undefined || severities.indexOf(found.severity) >= severities.indexOf(filter.severity))
  );
}

/** A count and whether it is raised. */
export class Threshold {
  readonly name: string;
  readonly #where: ErrorFilter;
  readonly #raiseAt: number;
  readonly #clearAt: number;
  readonly #counter: WindowCounter;
  #raised = false;

  constructor(name: string, options: ThresholdOptions, bucketMs: number, buckets: number) {
    const { where = {}, raiseAt, clearAt = Math.floor(raiseAt / 2), overMs = bucketMs * buckets } = options;
    if (!Number.isInteger(raiseAt) || raiseAt < 1)
      throw invalidOption("raiseAt", raiseAt, "give a whole number of at least 1");
    if (!Number.isInteger(clearAt) || clearAt < 0 || clearAt >= raiseAt) {
      throw invalidOption("clearAt", clearAt, `give a whole number from 0 to ${raiseAt - 1}, below raiseAt`);
    }
    if (!(overMs > 0 && overMs <= bucketMs * buckets)) {
      throw invalidOption("overMs", overMs, `give milliseconds above 0 and at most the window, ${bucketMs * buckets}`);
    }
    this.name = name;
    this.#where = where;
    this.#raiseAt = raiseAt;
    this.#clearAt = clearAt;
    this.#counter = new WindowCounter(Math.max(1, Math.ceil(overMs / bucketMs)));
  }

  get raised(): boolean {
    return this.#raised;
  }

  /** Counts an error if it is one of these. */
  record(found: Classification, component: string, bucket: number): void {
    if (passes(this.#where, found, component)) this.#counter.add(bucket);
  }

  /** Looks whether the state changes now, and says so. */
  check(bucket: number): boolean {
    const count = this.#counter.count(bucket);
    const raised = this.#raised ? count > this.#clearAt : count >= this.#raiseAt;
    if (raised === this.#raised) return false;
    this.#raised = raised;
    return true;
  }

  state(bucket: number): ThresholdState {
    return {
      name: this.name,
      raised: this.#raised,
      count: this.#counter.count(bucket),
      raiseAt: this.#raiseAt,
      clearAt: this.#clearAt,
    };
  }
}
