/**
 * The error monitor: what goes wrong in a process, how often, and whether that is new.
 *
 * It never grows: each dimension has a bounded number of series (the rest is counted as `(other)`), groups are forgotten when the
 * longest unseen, and windows are rings. It never breaks what it watches: it takes anything, and its listeners run after the
 * counts are right.
 */

import {
  type Clock,
  disposable,
  dispose,
  Emitter,
  invalidOption,
  type Observable,
  systemClock,
  type Timer,
} from "../../kernel/index.js";
import { type Classification, type Severity, severities } from "../category.js";
import { classify } from "../classify.js";
import { isError, read, readText } from "../read.js";
import { defaultRedactor, type Redactor } from "../redaction.js";
import { type ErrorGroup, ErrorGroups } from "./groups.js";
import { SeriesSet } from "./series.js";
import { Threshold, type ThresholdOptions, type ThresholdState } from "./threshold.js";
import type { WindowCounter } from "./window-counter.js";

/** Options of {@link errorMonitor}. */
export interface ErrorMonitorOptions {
  /** How far back counts reach, in milliseconds. Default: 60 000. */
  readonly windowMs?: number;
  /** In how many parts the window is forgotten, from 1 to 360. Default: 12. */
  readonly buckets?: number;
  /** Codes, and components, that have a series of their own, from 1 to 10 000. Default: 128. */
  readonly maxSeries?: number;
  /** Groups that are kept, from 1 to 10 000. Default: 256. */
  readonly maxGroups?: number;
  readonly clock?: Clock;
  /** What takes secrets out of messages. Default: {@link redactor} with its defaults. */
  readonly redactor?: Redactor;
}

/** Where an error was met; what is not given is read off the error. */
export interface RecordContext {
  readonly component?: string;
  readonly operation?: string;
}

/** An error that was recorded. */
export interface RecordedError {
  readonly error: unknown;
  readonly classification: Classification;
  readonly group: ErrorGroup;
}

/** Events of a monitor. */
export interface ErrorMonitorEvents {
  /** An error was recorded. */
  recorded: RecordedError;
  /** An error was recorded that is not like any that is known. */
  appeared: RecordedError;
  /** A threshold was raised or cleared. */
  threshold: ThresholdState;
}

/** One series of a snapshot. */
export interface SeriesState {
  readonly name: string;
  /** Errors in the window. */
  readonly count: number;
  /** The same for each second of the window that has been lived through. */
  readonly perSecond: number;
  /** Errors since the series was made. */
  readonly total: number;
}

/** A monitor's state as plain data. */
export interface ErrorMonitorSnapshot {
  /** Wall-clock milliseconds since 1970. */
  readonly atMs: number;
  readonly windowMs: number;
  readonly all: SeriesState;
  /** Most frequent first. */
  readonly byCode: readonly SeriesState[];
  readonly byComponent: readonly SeriesState[];
  /** From the quietest to the loudest, all of them. */
  readonly bySeverity: readonly SeriesState[];
  /** Seen last first. */
  readonly groups: readonly ErrorGroup[];
  /** Groups that were forgotten to make room. */
  readonly forgottenGroups: number;
  readonly thresholds: readonly ThresholdState[];
}

/** What {@link ErrorMonitor.count} may be asked for: one series, or all errors where none is named. */
export interface CountQuery {
  readonly code?: string;
  readonly component?: string;
  readonly severity?: Severity;
  /** How far back, in milliseconds, rounded up to whole buckets. Default: the whole window. */
  readonly overMs?: number;
}

/** Thresholds that one monitor takes. */
const maxThresholds = 100;
const maxWord = 128;
const maxMessage = 256;

function whole(option: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  throw invalidOption(option, value, `give a whole number from 1 to ${max}`);
}

/** What an error says of itself, in few words. */
function messageOf(error: unknown): string {
  const message = readText(error, "message", maxMessage);
  if (message !== undefined) return message;
  return typeof error === "string" ? error.slice(0, maxMessage) : isError(error) ? "" : `a thrown ${typeof error}`;
}

/** See {@link errorMonitor}. */
export class ErrorMonitor implements Observable<ErrorMonitorEvents>, Disposable {
  readonly windowMs: number;
  readonly #bucketMs: number;
  readonly #buckets: number;
  readonly #clock: Clock;
  readonly #startedMs: number;
  readonly #redactor: Redactor;
  readonly #all: SeriesSet;
  readonly #codes: SeriesSet;
  readonly #components: SeriesSet;
  readonly #severities: SeriesSet;
  readonly #groups: ErrorGroups;
  readonly #thresholds = new Map<string, Threshold>();
  readonly #events = new Emitter<ErrorMonitorEvents>();
  #timer: Timer | undefined;
  #telling = false;

  constructor(options: ErrorMonitorOptions = {}) {
    const { windowMs = 60_000, clock = systemClock } = options;
    this.#buckets = whole("buckets", options.buckets ?? 12, 360);
    if (!(windowMs >= this.#buckets && windowMs <= 86_400_000)) {
      throw invalidOption(
        "windowMs",
        windowMs,
        `give milliseconds from ${this.#buckets} (one a bucket) to 86400000 (a day)`,
      );
    }
    const maxSeries = whole("maxSeries", options.maxSeries ?? 128, 10_000);
    this.windowMs = windowMs;
    this.#bucketMs = windowMs / this.#buckets;
    this.#clock = clock;
    this.#startedMs = clock.now();
    this.#redactor = options.redactor ?? defaultRedactor();
    this.#all = new SeriesSet(1, this.#buckets);
    this.#codes = new SeriesSet(maxSeries, this.#buckets);
    this.#components = new SeriesSet(maxSeries, this.#buckets);
    this.#severities = new SeriesSet(severities.length, this.#buckets);
    this.#groups = new ErrorGroups(whole("maxGroups", options.maxGroups ?? 256, 10_000));
  }

  #bucket(): number {
    return Math.max(0, Math.floor(this.#clock.now() / this.#bucketMs));
  }

  /**
   * Counts an error, whatever it is, and tells those who listen. Component and operation are read off a unified error, the
   * component off a refusal (its policy), where they are not given.
   */
  record(error: unknown, context: RecordContext = {}): Classification {
    const found = classify(error);
    const bucket = this.#bucket();
    const own = read(error, "context");
    const said = context.component ?? readText(own, "component") ?? readText(error, "policy") ?? "(none)";
    const component = this.#redactor.text(said.slice(0, maxWord));
    const operation = (context.operation ?? readText(own, "operation"))?.slice(0, maxWord);
    this.#all.add("all", bucket);
    this.#codes.add(found.code.slice(0, maxWord), bucket);
    this.#components.add(component, bucket);
    this.#severities.add(found.severity, bucket);
    const group = this.#groups.add({
      found,
      component,
      operation,
      message: this.#redactor.text(messageOf(error)),
      seenMs: this.#clock.wallNow(),
    });
    for (const threshold of this.#thresholds.values()) threshold.record(found, component, bucket);
    this.#tell(error, found, group, bucket);
    return found;
  }

  /** A listener that records errors itself is not told of them: counted they are, and nothing goes round in circles. */
  #tell(error: unknown, classification: Classification, group: ErrorGroup, bucket: number): void {
    if (this.#telling) return;
    this.#telling = true;
    try {
      if (this.#events.has("recorded")) this.#events.emit("recorded", { error, classification, group });
      if (group.count === 1 && this.#events.has("appeared")) {
        this.#events.emit("appeared", { error, classification, group });
      }
      this.#check(bucket);
    } finally {
      this.#telling = false;
    }
  }

  /** Tells which thresholds were raised or cleared, and comes back at the next bucket while one is raised. */
  #check(bucket: number): void {
    let raised = false;
    for (const threshold of this.#thresholds.values()) {
      if (threshold.check(bucket)) this.#events.emit("threshold", threshold.state(bucket));
      raised ||= threshold.raised;
    }
    if (raised && this.#timer === undefined) this.#arm();
  }

  #arm(): void {
    const nowMs = this.#clock.now();
    const nextMs = (Math.floor(nowMs / this.#bucketMs) + 1) * this.#bucketMs;
    this.#timer = this.#clock.schedule(
      () => {
        this.#timer = undefined;
        this.#check(this.#bucket());
      },
      nextMs - nowMs,
      { keepAlive: false },
    );
  }

  /**
   * Watches a count: the event `threshold` tells when it is raised and when it is cleared again, which takes no further error.
   * The result, disposed, ends the watch.
   *
   * @param name names it in events and snapshots; one that is taken is replaced.
   * @throws HoldfastError `INVALID_OPTION`
   *
   * @example
   * ```ts
   * import { manualClock } from "holdfast";
   * import { errorMonitor } from "holdfast/errors";
   *
   * const clock = manualClock();
   * const monitor = errorMonitor({ clock });
   * const told: string[] = [];
   * monitor.on("threshold", ({ name, raised }) => told.push(`${name} ${raised ? "raised" : "cleared"}`));
   * monitor.watch("bugs", { where: { kind: "defect" }, raiseAt: 2 });
   * monitor.record(new TypeError("a"));
   * monitor.record(new TypeError("b"));
   * await clock.advance(60_000);
   * told; // => ["bugs raised", "bugs cleared"]
   * ```
   */
  watch(name: string, options: ThresholdOptions): Disposable {
    const threshold = new Threshold(name, options, this.#bucketMs, this.#buckets);
    if (this.#thresholds.size >= maxThresholds && !this.#thresholds.has(name)) {
      throw invalidOption("name", name, `a monitor has at most ${maxThresholds} thresholds; end one first`);
    }
    this.#thresholds.set(name, threshold);
    return disposable(() => {
      if (this.#thresholds.get(name) === threshold) this.#thresholds.delete(name);
    });
  }

  /** Errors in the window; of one code, component or severity if one is named. */
  count(query: CountQuery = {}): number {
    const { code, component, severity, overMs = this.windowMs } = query;
    if (!(overMs > 0 && overMs <= this.windowMs)) {
      throw invalidOption("overMs", overMs, `give milliseconds above 0 and at most the window, ${this.windowMs}`);
    }
    const asked = [code, component, severity].filter((one) => one !== undefined).length;
    if (asked > 1) {
      throw invalidOption(
        "query",
        Object.keys(query).join(),
        "name one of code, component and severity; for more use watch()",
      );
    }
    const bucket = this.#bucket();
    const span = Math.ceil(overMs / this.#bucketMs);
    if (code !== undefined) return this.#codes.count(code, bucket, span);
    if (component !== undefined) return this.#components.count(component, bucket, span);
    if (severity !== undefined) return this.#severities.count(severity, bucket, span);
    return this.#all.count("all", bucket, span);
  }

  /** Calls `listener` for each event until the result is disposed. One that throws breaks nothing. */
  on<Type extends keyof ErrorMonitorEvents>(
    type: Type,
    listener: (payload: ErrorMonitorEvents[Type]) => void,
  ): Disposable {
    return this.#events.on(type, listener);
  }

  /** Everything that is known, as plain data for JSON, `postMessage` or a page. */
  snapshot(): ErrorMonitorSnapshot {
    const nowMs = this.#clock.now();
    const bucket = this.#bucket();
    // What the buckets cover, and no less than one of them, lest the first error count as hundreds a second.
    const coveredMs = nowMs - (bucket - this.#buckets + 1) * this.#bucketMs;
    const livedMs = Math.max(this.#bucketMs, Math.min(nowMs - this.#startedMs, coveredMs));
    const state = (name: string, counter: WindowCounter | undefined): SeriesState => {
      const count = counter?.count(bucket) ?? 0;
      return { name, count, perSecond: (count * 1_000) / livedMs, total: counter?.total ?? 0 };
    };
    const sorted = (set: SeriesSet) =>
      set
        .entries()
        .map(([name, counter]) => state(name, counter))
        .sort((a, b) => b.count - a.count || b.total - a.total || (a.name < b.name ? -1 : 1));
    const seen = new Map(this.#severities.entries());
    return {
      atMs: this.#clock.wallNow(),
      windowMs: this.windowMs,
      all: state("all", this.#all.entries()[0]?.[1]),
      byCode: sorted(this.#codes),
      byComponent: sorted(this.#components),
      bySeverity: severities.map((severity) => state(severity, seen.get(severity))),
      groups: this.#groups.list(),
      forgottenGroups: this.#groups.forgotten,
      thresholds: [...this.#thresholds.values()].map((threshold) => threshold.state(bucket)),
    };
  }

  /** Ends all watches and the timer that a raised one needs. */
  [dispose](): void {
    this.#thresholds.clear();
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}

/**
 * Makes an error monitor: counts and rates by code, component and severity over a sliding window, groups of errors that are the
 * same with when they were first and last seen, listeners, and thresholds with hysteresis.
 *
 * Use {@link processMonitor} for the one of the whole process; make your own for a part of it, or for a test.
 *
 * @throws HoldfastError `INVALID_OPTION`
 *
 * @example
 * ```ts
 * import { errorMonitor } from "holdfast/errors";
 *
 * const monitor = errorMonitor({ windowMs: 60_000 });
 * monitor.record({ code: "ECONNRESET", message: "order 17 lost" }, { component: "orders" });
 * monitor.record({ code: "ECONNRESET", message: "order 18 lost" }, { component: "orders" });
 * monitor.count({ code: "ECONNRESET" }); // => 2
 * monitor.snapshot().groups.map(({ fingerprint, count }) => [fingerprint, count]); // => [["orders ECONNRESET order # lost", 2]]
 * ```
 */
export function errorMonitor(options: ErrorMonitorOptions = {}): ErrorMonitor {
  return new ErrorMonitor(options);
}

let shared: ErrorMonitor | undefined;

/** The monitor of this process (of this thread of it), made on first use with the defaults. */
export function processMonitor(): ErrorMonitor {
  shared ??= errorMonitor();
  return shared;
}
