/**
 * Things that several holders use and that must be given back when the last lets go: breakers and limiters hold memory
 * of the core, which no garbage collector frees. A reload builds a new table of routes beside the old one; what did not
 * change is held by both for a moment, and what only the old one held is given back when its last request has ended.
 */
export class Shared<T> {
  readonly value: T;
  readonly #giveBack: (value: T) => void;
  #holders = 1;

  constructor(value: T, giveBack: (value: T) => void) {
    this.value = value;
    this.#giveBack = giveBack;
  }

  /** One more holder. */
  hold(): this {
    this.#holders++;
    return this;
  }

  /** One holder less; the last one gives the thing back. */
  release(): void {
    this.#holders--;
    if (this.#holders === 0) this.#giveBack(this.value);
  }
}

/** Things by name and by the configuration that they were made from; carries what is unchanged from one table to the next. */
export class Carrier {
  #previous: ReadonlyMap<string, Shared<unknown>>;
  readonly #made = new Map<string, Shared<unknown>>();
  #obtained: Shared<unknown>[] = [];

  constructor(previous: Carrier | undefined) {
    this.#previous = previous === undefined ? new Map() : previous.#made;
  }

  /** The thing for this name and configuration: carried over if both are as before, else made. The caller becomes a holder. */
  obtain<T>(name: string, config: unknown, make: () => T, giveBack: (value: T) => void): Shared<T> {
    const key = `${name} ${JSON.stringify(config)}`;
    const present = (this.#made.get(key) ?? this.#previous.get(key)) as Shared<T> | undefined;
    const shared = present === undefined ? new Shared(make(), giveBack) : present.hold();
    this.#made.set(key, shared as unknown as Shared<unknown>);
    this.#obtained.push(shared as unknown as Shared<unknown>);
    return shared;
  }

  /** The table stands: its holders answer for what they obtained, and the one before may be forgotten. */
  settle(): void {
    this.#previous = new Map();
    this.#obtained = [];
  }

  /** The table could not be built: gives back what was obtained for it. */
  abandon(): void {
    for (const shared of this.#obtained) shared.release();
    this.#obtained = [];
  }
}
