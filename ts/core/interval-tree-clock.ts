import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { HoldfastError } from "../kernel/index.js";
import { type CausalOrder, causalOrders } from "./causal-order.js";
import { whole } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link IntervalTreeClock}. */
export interface IntervalTreeClockOptions {
  /** Bytes that its code may have: 1 to 65,536. Default: 256. A stamp among ten participants has about ten. */
  readonly maxBytes?: number | undefined;
}

/**
 * A logical clock for participants that come and go: each one's stamp is a share of an interval, halved by {@link fork} and given back by
 * {@link join}, so nobody hands out names, and what participants that left had counted takes no room for long.
 *
 * Use it where a vector clock would grow with every process that ever was. The first participant constructs one; each further one is a fork of
 * another's. Count with {@link event}; send `peek().encode()`, and join what arrives. `encode()` is the code of the paper, and equals that of
 * the authors' implementation.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`; `CLOCK_FULL` where the code would exceed `maxBytes` or a tree 256
 * levels, `CLOCK_ANONYMOUS` for an event of a stamp that owns nothing, `CLOCK_OVERLAP` for joining two that own the same, `CLOCK_CODE` for
 * bytes that are no stamp. Nothing has changed then.
 * Source: Almeida, Baquero and Fonte, "Interval Tree Clocks: A Logical Clock for Dynamic Systems" (OPODIS 2008).
 *
 * @see {@link VectorClock}, which is faster where the processes are known
 * @example
 * ```ts
 * import { IntervalTreeClock } from "holdfast/core";
 *
 * const one = new IntervalTreeClock();
 * const two = one.fork();
 * one.event();
 * two.event();
 * one.compare(two); // => "concurrent"
 * two.join(IntervalTreeClock.decode(one.peek().encode()));
 * one.compare(two); // => "before"
 * ```
 */
export class IntervalTreeClock extends Structure<FullExports> {
  readonly #maxBytes: number;

  /** The stamp of a system's first participant. */
  constructor(options: IntervalTreeClockOptions = {}, runtime: FullRuntime = fullRuntime()) {
    const maxBytes = whole("maxBytes", options.maxBytes ?? 256, 1, 65_536);
    super(runtime.core.stampSize(maxBytes), runtime);
    this.#maxBytes = maxBytes;
    this.core.stampInit(this.at, maxBytes);
  }

  /** The stamp that {@link encode} gave. Throws `CLOCK_CODE`. */
  static decode(
    bytes: Uint8Array,
    options: IntervalTreeClockOptions = {},
    runtime: FullRuntime = fullRuntime(),
  ): IntervalTreeClock {
    const clock = new IntervalTreeClock(options, runtime);
    return clock.#orDisposed(() => clock.#decode(bytes));
  }

  /** Counts an event of this participant. */
  event(): void {
    const at = this.live;
    this.#run(this.#bits, (scratch) => this.core.stampEvent(at, scratch));
  }

  /** Halves this participant's share: this stamp keeps one half, the one that is returned has the other. */
  fork(): IntervalTreeClock {
    const at = this.live;
    return this.#another((other, scratch) => this.core.stampFork(at, other, scratch));
  }

  /** A stamp with the same events that owns nothing: what is sent in messages. */
  peek(): IntervalTreeClock {
    const at = this.live;
    return this.#another((other, scratch) => this.core.stampPeek(at, other, scratch));
  }

  /** Takes over the events and the share of `other`, which is disposed: nobody may count in one share twice. */
  join(other: IntervalTreeClock): void {
    const at = this.live;
    if (other === this) throw this.#refused(3);
    const bits = this.#bits + other.#bits;
    this.beside(other, (theirs) => this.#run(bits, (scratch) => this.core.stampJoin(at, theirs, scratch)));
    other.dispose();
  }

  /** How the events of this stamp stand to those of `other`. */
  compare(other: IntervalTreeClock): CausalOrder {
    const at = this.live;
    const bits = this.#bits + other.#bits;
    const order = this.beside(other, (theirs) =>
      this.borrowing(this.core.stampScratch(bits), (scratch) => this.core.stampCompare(at, theirs, scratch)),
    );
    return causalOrders[order]!;
  }

  /** Whether `other` knows every event of this stamp. */
  leq(other: IntervalTreeClock): boolean {
    const order = this.compare(other);
    return order === "equal" || order === "before";
  }

  /** The code of the paper, filled up with zero bits to a whole number of bytes. */
  encode(): Uint8Array {
    const at = this.live;
    const bytes = Math.ceil(this.#bits / 8);
    return this.borrowing(bytes + 8, (to) => {
      this.core.stampEncode(at, to);
      return this.runtime.view(to, bytes).slice();
    });
  }

  /** The stamp as bytes, for {@link restore}; {@link encode} is shorter, and what others read. */
  snapshot(): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.stampSave(at, to));
  }

  /** Replaces the stamp by a {@link snapshot} of one with the same `maxBytes`. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.stampLoad(at, from));
  }

  get #bits(): number {
    return this.core.stampBits(this.live);
  }

  /** Runs an operation over codes of `bits` bits in a block that is large enough to unpack them. */
  #run(bits: number, operation: (scratch: number) => number): void {
    const status = this.borrowing(this.core.stampScratch(bits), operation);
    if (status !== 0) throw this.#refused(status);
  }

  /** A stamp of the same options and runtime that an operation over this one writes. */
  #another(operation: (other: number, scratch: number) => number): IntervalTreeClock {
    const other = new IntervalTreeClock({ maxBytes: this.#maxBytes }, this.runtime);
    return other.#orDisposed(() => this.#run(this.#bits, (scratch) => operation(other.at, scratch)));
  }

  /** This stamp after `fill`, which disposes it where it throws. */
  #orDisposed(fill: () => void): this {
    try {
      fill();
      return this;
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  #decode(bytes: Uint8Array): void {
    this.borrowing(Math.max(1, bytes.length), (from) => {
      this.runtime.view(from, bytes.length).set(bytes);
      this.#run(bytes.length * 8, (scratch) => this.core.stampDecode(this.at, from, bytes.length, scratch));
    });
  }

  #refused(status: number): HoldfastError {
    const [code, text] = refusals[status]!;
    return new HoldfastError(code, text, { details: { maxBytes: this.#maxBytes } });
  }
}

/** What each refusal of the core is called. */
const refusals: Readonly<Record<number, readonly [code: string, text: string]>> = {
  1: [
    "CLOCK_FULL",
    "the stamp's code would not fit; join stamps that are no longer used, or make clocks with a larger maxBytes",
  ],
  2: ["CLOCK_ANONYMOUS", "a stamp made by peek owns nothing to count events in; fork one from a participant"],
  3: ["CLOCK_OVERLAP", "both stamps own the same; one of them is a copy, and only one of those may go on"],
  4: ["CLOCK_CODE", "these bytes are no stamp; give what encode gave"],
};
