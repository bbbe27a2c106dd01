/** Clocks that know events by name: a history is the set of all its events, so that causality is inclusion and nothing else. */

/** An event: the server and the number of the write. */
export type Dot = `${number}:${number}`;

/** A history of counters: all writes of each id up to its counter. */
export type Counters = readonly (readonly [id: number, counter: number])[];

const dot = (id: number, counter: number): Dot => `${id}:${counter}`;

/** Every event of a history. */
export function eventsOf(counters: Counters): Set<Dot> {
  return new Set(
    counters.flatMap(([id, counter]) => Array.from({ length: counter }, (_, index) => dot(id, index + 1))),
  );
}

/** The counters of a set of events without gaps, by id. */
export function countersOf(events: ReadonlySet<Dot>): Counters {
  const counters = new Map<number, number>();
  for (const each of events) {
    const [id, counter] = each.split(":").map(Number) as [number, number];
    counters.set(id, Math.max(counter, counters.get(id) ?? 0));
  }
  return [...counters].sort(([a], [b]) => a - b);
}

/** 0 equal, 1 before, 2 after, 3 concurrent: what each side has that the other lacks. */
export function order(one: ReadonlySet<unknown>, other: ReadonlySet<unknown>): number {
  const lacks = (all: ReadonlySet<unknown>, some: ReadonlySet<unknown>): boolean =>
    [...some].some((each) => !all.has(each));
  return (lacks(one, other) ? 1 : 0) | (lacks(other, one) ? 2 : 0);
}

/** A dotted version vector set that keeps the history of its key and each value under its dot. */
export class DottedSetTwin {
  events = new Set<Dot>();
  values = new Map<Dot, number>();

  /** Values stay that the other still has too, or has never seen. */
  sync(other: DottedSetTwin): void {
    const kept = new Map<Dot, number>();
    for (const [mine, theirs] of [
      [this, other],
      [other, this],
    ] as const) {
      for (const [each, value] of mine.values) {
        if (theirs.values.has(each) || !theirs.events.has(each)) kept.set(each, value);
      }
    }
    this.values = kept;
    this.events = new Set([...this.events, ...other.events]);
  }

  discard(context: Counters): void {
    const seen = eventsOf(context);
    for (const each of [...this.values.keys()]) if (seen.has(each)) this.values.delete(each);
  }

  update(context: Counters, id: number, value: number): void {
    this.discard(context);
    for (const each of eventsOf(context)) this.events.add(each);
    const counter = countersOf(this.events).find(([each]) => each === id)?.[1] ?? 0;
    const next = dot(id, counter + 1);
    this.events.add(next);
    this.values.set(next, value);
  }

  get context(): Counters {
    return countersOf(this.events);
  }

  /** Rows as the core has them: of each id its counter and its values, the newest first. */
  get rows(): readonly (readonly [id: number, counter: number, values: readonly number[]])[] {
    return this.context.map(([id, counter]) => {
      const values: number[] = [];
      for (let number = counter; number > 0; number--) {
        const value = this.values.get(dot(id, number));
        if (value !== undefined) values.push(value);
      }
      return [id, counter, values] as const;
    });
  }
}

/** A version: the event that wrote it, and all that its writer knew. */
export class DottedTwin {
  readonly own: Dot;
  readonly past: Set<Dot>;

  constructor(context: Counters, id: number, counter: number) {
    this.own = dot(id, counter);
    this.past = eventsOf(context);
  }

  /** As causal histories compare: a version is before another whose history has its event. */
  compare(other: DottedTwin): number {
    const within = (one: DottedTwin, two: DottedTwin): boolean => one.own === two.own || two.past.has(one.own);
    return (within(other, this) ? 0 : 1) | (within(this, other) ? 0 : 2);
  }

  get context(): Counters {
    return countersOf(new Set([...this.past, this.own]));
  }
}
