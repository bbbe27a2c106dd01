import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { HoldfastError, invalidOption } from "../kernel/index.js";
import { type CausalContext, contextBytes, readContext, sortedContext, writeContext } from "./causal-context.js";
import { type CausalOrder, causalOrders } from "./causal-order.js";
import { whole } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link DottedVersionVectorSet}. */
export interface DottedVersionVectorSetOptions {
  /** Servers that writes may go through: 1 to 10,000. Default: 16. */
  readonly maxServers?: number | undefined;
  /** Concurrent values that may be held: 1 to 40,000. Default: 64. */
  readonly maxValues?: number | undefined;
}

/** All that a {@link DottedVersionVectorSet} holds, as plain data. */
export interface DottedVersions {
  /** Of each server: its id, the number of its last write that is known, and those of its writes that are still values, the newest first. */
  readonly servers: readonly (readonly [id: number, counter: number, values: readonly number[]])[];
  /** Values that were added without a server. */
  readonly anonymous: readonly number[];
}

/**
 * All concurrent values of one key, with one clock for all of them: what a replicated store keeps where clients may write
 * without having read.
 *
 * Use it on each server that holds the key. A client reads `values` and `context`, and writes with that context: {@link update} overwrites
 * what the context knows, and keeps everything else beside the new value. {@link sync} brings two servers together. A value is a whole number up
 * to 2^53 − 1, your name for what is kept elsewhere. Its size grows with servers, not with clients.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`; `CLOCK_FULL` where `maxServers` or `maxValues` would be
 * exceeded, and then nothing changed.
 * Source: Almeida et al., "Scalable and Accurate Causality Tracking for Eventually Consistent Stores" (DAIS 2014).
 *
 * @see {@link DottedVersionVector}
 * @example
 * ```ts
 * import { DottedVersionVectorSet } from "holdfast/core";
 *
 * const key = new DottedVersionVectorSet();
 * key.update([], 1, 100);
 * const read = key.context;
 * key.update([], 1, 101);
 * key.values; // => [101, 100]
 * key.update(read, 1, 102);
 * key.values; // => [102, 101]
 * key.context; // => [[1, 3]]
 * ```
 */
export class DottedVersionVectorSet extends Structure<FullExports> {
  readonly #bytes: number;
  readonly #maxServers: number;
  readonly #maxValues: number;

  constructor(options: DottedVersionVectorSetOptions = {}, runtime: FullRuntime = fullRuntime()) {
    const maxServers = whole("maxServers", options.maxServers ?? 16, 1, 10_000);
    const maxValues = whole("maxValues", options.maxValues ?? 64, 1, 40_000);
    const bytes = runtime.core.dottedSetSize(maxServers, maxValues);
    super(bytes, runtime);
    this.#bytes = bytes;
    this.#maxServers = maxServers;
    this.#maxValues = maxValues;
    this.core.dottedSetInit(this.at, maxServers, maxValues);
  }

  /** A write of `value` through server `id` (0 to 2^32 − 1) by a client who had read `context`. */
  update(context: CausalContext, id: number, value: number): void {
    const at = this.live;
    const sorted = sortedContext(context);
    whole("id", id, 0, 2 ** 32 - 1);
    whole("value", value, 0, Number.MAX_SAFE_INTEGER);
    const status = this.#withContext(sorted, (from) =>
      this.borrowing(this.#bytes, (scratch) => this.core.dottedSetUpdate(at, from, sorted.length, id, value, scratch)),
    );
    if (status !== 0) throw this.#full();
  }

  /** Learns all that `other` knows: values that either side has seen overwritten go, the others stay. */
  sync(other: DottedVersionVectorSet): void {
    const at = this.live;
    const status = this.beside(other, (theirs) =>
      this.borrowing(this.#bytes, (scratch) => this.core.dottedSetSync(at, theirs, scratch)),
    );
    if (status !== 0) throw this.#full();
  }

  /** Drops the values that `context` has seen; learns nothing else from it. */
  discard(context: CausalContext): void {
    const at = this.live;
    const sorted = sortedContext(context);
    this.#withContext(sorted, (from) => this.core.dottedSetDiscard(at, from, sorted.length));
  }

  /** Adds a value without a server; it stays until a write or a sync that knows more than this set does. */
  add(value: number): void {
    const at = this.live;
    whole("value", value, 0, Number.MAX_SAFE_INTEGER);
    if (this.core.dottedSetAppend(at, value) !== 0) throw this.#full();
  }

  /** How this set's history stands to that of `other`; values do not count. */
  compare(other: DottedVersionVectorSet): CausalOrder {
    const at = this.live;
    return this.beside(other, (theirs) => causalOrders[this.core.dottedSetCompare(at, theirs)]!);
  }

  /** All values, server by server, the newest of each first. */
  get values(): number[] {
    const at = this.live;
    return Array.from({ length: this.size }, (_, index) => this.core.dottedSetValue(at, index));
  }

  /** Number of values. */
  get size(): number {
    return this.core.dottedSetRead(this.live, 1);
  }

  /** What a client knows who reads now. */
  get context(): CausalContext {
    const at = this.live;
    return this.borrowing(this.#bytes, (to) => readContext(this.runtime, to, this.core.dottedSetJoin(at, to)));
  }

  /** All that the set holds, for sending as JSON; {@link assign} takes it. */
  get content(): DottedVersions {
    const at = this.live;
    const values = this.values;
    let next = 0;
    const servers = Array.from({ length: this.core.dottedSetRead(at, 0) }, (_, index) => {
      const count = this.core.dottedSetRow(at, index, 2);
      const own = values.slice(next, next + count);
      next += count;
      return [this.core.dottedSetRow(at, index, 0), this.core.dottedSetRow(at, index, 1), own] as const;
    });
    return { servers, anonymous: values.slice(next) };
  }

  /** Replaces all that the set holds. */
  assign(content: DottedVersions): void {
    const at = this.live;
    const servers = [...content.servers].sort(([a], [b]) => a - b);
    this.borrowing(this.#bytes, (fresh) => {
      this.core.dottedSetInit(fresh, this.#maxServers, this.#maxValues);
      const append = (status: number, given: unknown): void => {
        if (status === 1) throw this.#full();
        if (status !== 0) throw invalidOption("content", given, "give what `content` of another set gave");
      };
      for (const server of servers) {
        const [id, counter, values] = server;
        append(this.core.dottedSetAppendRow(fresh, whole("id", id, 0, 2 ** 32 - 1), counter, values.length), server);
      }
      for (const value of [...servers.flatMap(([, , values]) => values), ...content.anonymous]) {
        append(this.core.dottedSetAppend(fresh, value), value);
      }
      this.runtime.view(at, this.#bytes).set(this.runtime.view(fresh, this.#bytes));
    });
  }

  /** The set as bytes. */
  snapshot(): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.dottedSetSave(at, to));
  }

  /** Replaces all that the set holds by a {@link snapshot}. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.dottedSetLoad(at, from));
  }

  /** Runs `use` over a context in memory. */
  #withContext(context: CausalContext, use: (at: number) => number): number {
    return this.borrowing(contextBytes(context.length), (from) => {
      writeContext(this.runtime, from, context);
      return use(from);
    });
  }

  #full(): HoldfastError {
    const details = { maxServers: this.#maxServers, maxValues: this.#maxValues };
    return new HoldfastError(
      "CLOCK_FULL",
      `the set has room for ${this.#maxServers} servers and ${this.#maxValues} concurrent values; have clients read before they write, or make a larger set`,
      { details },
    );
  }
}
