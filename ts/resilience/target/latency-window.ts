/**
 * Latencies of the last while, as quantiles: the state behind a {@link LatencyTarget}, without a clock.
 *
 * Two histograms take turns: one records while the other still counts, and after half a window the older is emptied and
 * takes over. So between a half and a whole window counts at any time: nothing is kept for ever, and no turn leaves an
 * empty window behind, as one that is simply emptied would. Memory is fixed whatever the rate.
 *
 * What is counted: attempts that succeeded in time; attempts that were cut off, at the time at which they were cut (they
 * took at least that; leaving them out would make a dependency look quick for being too slow); and cut attempts whose
 * work succeeded all the same, at its true duration. The first two are what callers saw, the first and the last what the
 * dependency did.
 */

import { LatencyHistogram } from "../../core/index.js";
import { dispose } from "../../kernel/index.js";
import { snapshotInvalid } from "../errors.js";

/** What became of an attempt, as the window tells them apart. */
export const inTime = 0;
export const cut = 1;
export const late = 2;
export type LatencyKind = typeof inTime | typeof cut | typeof late;

/** Which attempts a quantile is of. */
export const seenByCallers = 0;
export const successes = 1;
export type Population = typeof seenByCallers | typeof successes;

/** Kinds that a population consists of. */
const members: readonly (readonly LatencyKind[])[] = [
  [inTime, cut],
  [inTime, late],
];

/** Readings are kept until an eighth of what they were made of has come anew; while there are too few, until one has. */
const refreshShift = 3;

/** Quantiles that are remembered for each population; callers ask for two or three. */
const remembered = 8;

/** What a {@link LatencyWindow} is made of. */
export interface LatencyWindowOptions {
  readonly windowMs: number;
  readonly minSamples: number;
  readonly relativeError: number;
  readonly maxMs: number;
}

/** Half a window: a histogram for each kind, made when the first of the kind comes (cuts and late ends are rare). */
class Half implements Disposable {
  readonly #options: LatencyWindowOptions;
  readonly #histograms: (LatencyHistogram | undefined)[] = [undefined, undefined, undefined];

  constructor(options: LatencyWindowOptions) {
    this.#options = options;
  }

  record(kind: LatencyKind, ms: number): void {
    (this.#histograms[kind] ??= histogramOf(this.#options)).record(ms);
  }

  count(kind: LatencyKind): number {
    return this.#histograms[kind]?.count ?? 0;
  }

  addTo(view: LatencyHistogram, kind: LatencyKind): void {
    const histogram = this.#histograms[kind];
    if (histogram !== undefined) view.merge(histogram);
  }

  reset(): void {
    for (const histogram of this.#histograms) histogram?.reset();
  }

  /** The histograms one after the other; an empty one is a 0, another a 1 and its bytes. */
  save(): readonly Uint8Array[] {
    return this.#histograms.map((histogram) => {
      if (histogram === undefined || histogram.count === 0) return Uint8Array.of(0);
      return Uint8Array.of(1, ...histogram.snapshot());
    });
  }

  /** Reads what {@link save} wrote. */
  load(bytes: ByteReader): void {
    for (const kind of [inTime, cut, late] as const) {
      if (bytes.take(1)[0] !== 1) continue;
      const histogram = (this.#histograms[kind] ??= histogramOf(this.#options));
      histogram.restore(bytes.take(histogram.snapshot().length));
    }
  }

  [dispose](): void {
    for (const histogram of this.#histograms) histogram?.[dispose]();
  }
}

function histogramOf({ relativeError, maxMs }: LatencyWindowOptions): LatencyHistogram {
  return new LatencyHistogram({ relativeError, maxMs });
}

/** Reads bytes from the front; too few are a torn snapshot. */
class ByteReader {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  take(count: number): Uint8Array {
    const part = this.#bytes.slice(this.#at, this.#at + count);
    if (part.length < count) throw snapshotInvalid("the snapshot of the latencies is torn");
    this.#at += count;
    return part;
  }

  float(): number {
    return new DataView(this.take(8).buffer).getFloat64(0, true);
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw snapshotInvalid("the snapshot of the latencies has bytes too many");
  }
}

/** All of a population in one histogram, and the quantiles that were read from it. */
class View implements Disposable {
  readonly #population: Population;
  readonly #histogram: LatencyHistogram;
  readonly #minSamples: number;
  /** Attempts in it. */
  count = 0;
  /** Count of recordings at which it is made anew. */
  #dueAt = 0;
  #dueMs = Number.NEGATIVE_INFINITY;
  #quantiles = new Float64Array(remembered);
  #values = new Float64Array(remembered);
  #known = 0;

  constructor(population: Population, options: LatencyWindowOptions) {
    this.#population = population;
    this.#minSamples = options.minSamples;
    this.#histogram = histogramOf(options);
  }

  /** Whether it must be made anew. */
  isOld(recorded: number, nowMs: number): boolean {
    return nowMs >= this.#dueMs || recorded >= this.#dueAt;
  }

  /** Makes it of two halves; it is good until `dueMs`, or until enough has been recorded anew. */
  fill(halves: readonly Half[], recorded: number, dueMs: number): void {
    this.#histogram.reset();
    for (const half of halves) {
      for (const kind of members[this.#population]!) half.addTo(this.#histogram, kind);
    }
    this.count = this.#histogram.count;
    this.#dueAt = recorded + (this.count < this.#minSamples ? 1 : Math.max(1, this.count >> refreshShift));
    this.#dueMs = dueMs;
    this.#known = 0;
  }

  get meanMs(): number {
    return this.#histogram.mean;
  }

  expire(): void {
    this.#dueMs = Number.NEGATIVE_INFINITY;
  }

  quantile(q: number): number {
    for (let index = 0; index < this.#known; index++) {
      if (this.#quantiles[index] === q) return this.#values[index]!;
    }
    const value = this.#histogram.quantile(q);
    if (this.#known < remembered) {
      this.#quantiles[this.#known] = q;
      this.#values[this.#known++] = value;
    }
    return value;
  }

  [dispose](): void {
    this.#histogram[dispose]();
  }
}

/** See the head of this file. */
export class LatencyWindow implements Disposable {
  readonly #options: LatencyWindowOptions;
  readonly #halfMs: number;
  #current: Half;
  #previous: Half;
  /** When the current half is full; NaN until the first use tells the time. */
  #turnMs = Number.NaN;
  /** Everything ever recorded; readings know by it how old they are. */
  #recorded = 0;
  readonly #views: readonly View[];

  constructor(options: LatencyWindowOptions) {
    this.#options = options;
    this.#halfMs = options.windowMs / 2;
    this.#current = new Half(options);
    this.#previous = new Half(options);
    this.#views = [new View(seenByCallers, options), new View(successes, options)];
  }

  /** Notes an attempt. A duration that is none (NaN) is not recorded. */
  record(kind: LatencyKind, ms: number, nowMs: number): void {
    if (!(nowMs < this.#turnMs)) this.#turn(nowMs);
    this.#recorded++;
    this.#current.record(kind, ms);
  }

  /** The quantile of a population, in milliseconds; undefined where fewer than `minSamples` count. */
  quantile(population: Population, q: number, nowMs: number): number | undefined {
    const view = this.#viewOf(population, nowMs);
    return view.count < this.#options.minSamples ? undefined : view.quantile(q);
  }

  /** The mean of a population, in milliseconds; undefined where fewer than `minSamples` count. */
  mean(population: Population, nowMs: number): number | undefined {
    const view = this.#viewOf(population, nowMs);
    return view.count < this.#options.minSamples ? undefined : view.meanMs;
  }

  /** Attempts of a population in the window. A reading may be as old as a quantile's. */
  count(population: Population, nowMs: number): number {
    return this.#viewOf(population, nowMs).count;
  }

  /** Attempts of a kind in the window. */
  countOf(kind: LatencyKind, nowMs: number): number {
    if (!(nowMs < this.#turnMs)) this.#turn(nowMs);
    return this.#current.count(kind) + this.#previous.count(kind);
  }

  #viewOf(population: Population, nowMs: number): View {
    if (!(nowMs < this.#turnMs)) this.#turn(nowMs);
    const view = this.#views[population]!;
    if (view.isOld(this.#recorded, nowMs)) {
      view.fill([this.#current, this.#previous], this.#recorded, this.#turnMs);
    }
    return view;
  }

  /** Begins a new half; after more than a whole window of silence nothing of before counts. */
  #turn(nowMs: number): void {
    const first = Number.isNaN(this.#turnMs);
    const silent = nowMs - this.#turnMs >= this.#halfMs;
    if (!first) {
      if (silent) this.#current.reset();
      const oldest = this.#previous;
      oldest.reset();
      this.#previous = this.#current;
      this.#current = oldest;
    }
    this.#turnMs = first || silent ? nowMs + this.#halfMs : this.#turnMs + this.#halfMs;
    for (const view of this.#views) view.expire();
  }

  /** The window as bytes: what remains of the current half, then both halves. */
  save(nowMs: number): Uint8Array {
    if (!(nowMs < this.#turnMs)) this.#turn(nowMs);
    const remaining = new Uint8Array(8);
    new DataView(remaining.buffer).setFloat64(0, this.#turnMs - nowMs, true);
    const parts = [remaining, ...this.#current.save(), ...this.#previous.save()];
    const bytes = new Uint8Array(parts.reduce((total, part) => total + part.length, 0));
    let at = 0;
    for (const part of parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }

  /** Goes on where {@link save} was called. Throws `SNAPSHOT_INVALID`, with nothing changed. */
  load(bytes: Uint8Array, nowMs: number): void {
    const reader = new ByteReader(bytes);
    const halves = [new Half(this.#options), new Half(this.#options)] as const;
    let remainingMs: number;
    try {
      remainingMs = reader.float();
      if (!(remainingMs > 0 && remainingMs <= this.#halfMs)) {
        throw snapshotInvalid(`${remainingMs} ms cannot remain of half a window of ${this.#options.windowMs} ms`);
      }
      for (const half of halves) half.load(reader);
      reader.end();
    } catch (error) {
      for (const half of halves) half[dispose]();
      throw error;
    }
    this.#current[dispose]();
    this.#previous[dispose]();
    [this.#current, this.#previous] = halves;
    this.#turnMs = nowMs + remainingMs;
    for (const view of this.#views) view.expire();
  }

  /** Gives the core's memory back. */
  [dispose](): void {
    for (const part of [this.#current, this.#previous, ...this.#views]) part[dispose]();
  }
}
