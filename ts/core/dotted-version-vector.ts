import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { type CausalContext, contextBytes, readContext, sortedContext, writeContext } from "./causal-context.js";
import { type CausalOrder, causalOrders } from "./causal-order.js";
import { whole } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link DottedVersionVector}: the write, and what the writer knew. */
export interface DottedVersionVectorOptions {
  /** The server that the write went through: 0 to 2^32 − 1. */
  readonly id: number;
  /** The number of the write among those of that server: 1 to 2^53 − 1, above what the context knows of it. */
  readonly counter: number;
  /** What the writer had read. */
  readonly context: CausalContext;
}

/**
 * The clock of one version of a value: a dot that names its write, and a version vector of what the writer knew.
 *
 * Use it where every version is stored by itself; one clock for all concurrent versions of a key is {@link DottedVersionVectorSet}.
 * Unlike a plain version vector it tells two clients' writes apart that went through one server with the same knowledge, with no entry for a
 * client.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`.
 * Source: Preguiça et al., "Dotted Version Vectors: Efficient Causality Tracking for Distributed Key-Value Stores" (2012).
 *
 * @see {@link DottedVersionVectorSet}
 * @example
 * ```ts
 * import { DottedVersionVector } from "holdfast/core";
 *
 * const first = DottedVersionVector.next(1, [], []);
 * const other = DottedVersionVector.next(1, [], [first]);
 * first.compare(other); // => "concurrent"
 * const merged = DottedVersionVector.next(1, DottedVersionVector.context([first, other]), [first, other]);
 * first.compare(merged); // => "before"
 * merged.context; // => [[1, 3]]
 * ```
 */
export class DottedVersionVector extends Structure<FullExports> {
  constructor(options: DottedVersionVectorOptions, runtime: FullRuntime = fullRuntime()) {
    const id = whole("id", options.id, 0, 2 ** 32 - 1);
    const counter = whole("counter", options.counter, 1, Number.MAX_SAFE_INTEGER);
    const context = sortedContext(options.context);
    const known = context.find(([each]) => each === id)?.[1] ?? 0;
    if (known >= counter)
      throw invalidOption("counter", counter, `give a number above ${known}, which the context knows`);
    const rows = Math.max(1, context.length);
    super(runtime.core.dottedSize(rows), runtime);
    this.core.dottedInit(this.at, rows);
    try {
      this.borrowing(contextBytes(context.length), (from) => {
        writeContext(this.runtime, from, context);
        this.core.dottedWrite(this.at, from, context.length, id, counter);
      });
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /**
   * The version of a write through server `id` by a client who knew `context`, where the server holds `versions`: its dot is the next that
   * neither has.
   */
  static next(
    id: number,
    context: CausalContext,
    versions: readonly DottedVersionVector[],
    runtime: FullRuntime = fullRuntime(),
  ): DottedVersionVector {
    const known = context.filter(([each]) => each === id).map(([, counter]) => counter);
    const counter = 1 + Math.max(0, ...known, ...versions.map((version) => version.counterOf(id)));
    return new DottedVersionVector({ id, counter, context }, runtime);
  }

  /** What a client knows who has read all of `versions`: the context of its next write. */
  static context(versions: readonly DottedVersionVector[]): CausalContext {
    const counters = new Map<number, number>();
    for (const version of versions) {
      for (const [id, counter] of version.context) counters.set(id, Math.max(counter, counters.get(id) ?? 0));
    }
    return sortedContext([...counters]);
  }

  /** Those of `versions` that no other of them has overwritten, each once. */
  static sync(versions: readonly DottedVersionVector[]): DottedVersionVector[] {
    return versions.filter((one, index) =>
      versions.every((other, place) => {
        const order = one.compare(other);
        return order !== "before" && (order !== "equal" || place >= index);
      }),
    );
  }

  /** How this version stands to `other`. */
  compare(other: DottedVersionVector): CausalOrder {
    const at = this.live;
    return this.beside(other, (theirs) => causalOrders[this.core.dottedCompare(at, theirs)]!);
  }

  /** The largest counter of server `id` that this version knows, its own included; 0 for none. */
  counterOf(id: number): number {
    return this.core.dottedCounter(this.live, whole("id", id, 0, 2 ** 32 - 1));
  }

  /** All that this version knows, its own write included. */
  get context(): CausalContext {
    const at = this.live;
    const bytes = (this.core.snapshotSize(at) >>> 0) + contextBytes(1);
    return this.borrowing(bytes, (to) => readContext(this.runtime, to, this.core.dottedContext(at, to)));
  }

  /** The version as bytes. */
  snapshot(): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.dottedSave(at, to));
  }

  /** Replaces the version by a {@link snapshot} of one with as many entries in its context. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.dottedLoad(at, from));
  }
}
