import type { Address, FullExports } from "../../bindings/index.js";
import { Structure } from "./structure.js";

/** What the sketches of real numbers have in common. Values may be negative; NaN and the infinities are not recorded. */
export abstract class Sketch extends Structure<FullExports> {
  /** Records a value. */
  abstract record(value: number): void;

  /** Has the core record `count` doubles at `values`. @internal */
  protected abstract recordFrom(values: Address, count: number): void;

  /** Records many values with few calls of the core. */
  recordMany(values: ArrayLike<number>): void {
    if (this.at === 0) throw this.disposed();
    const { buffer, byteOffset, byteLength } = this.runtime.scratch;
    const chunk = new Float64Array(buffer, byteOffset, byteLength >> 3);
    for (let from = 0; from < values.length; from += chunk.length) {
      const count = Math.min(chunk.length, values.length - from);
      for (let n = 0; n < count; n++) chunk[n] = values[from + n]!;
      this.recordFrom(byteOffset, count);
    }
  }

  /** Number of values recorded. */
  get count(): number {
    return this.core.sketchRead(this.live, 0);
  }

  /** Sum of all values; it stops at the largest double. */
  get sum(): number {
    return this.core.sketchRead(this.live, 1);
  }

  /** The smallest value; NaN where there is none. */
  get min(): number {
    return this.core.sketchRead(this.live, 2);
  }

  /** The largest value; NaN where there is none. */
  get max(): number {
    return this.core.sketchRead(this.live, 3);
  }

  /** The mean; NaN where nothing is recorded. */
  get mean(): number {
    return this.sum / this.count;
  }

  /** Forgets everything recorded. */
  abstract reset(): void;

  /** Everything recorded, as bytes. */
  snapshot(): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.sketchSave(at, to));
  }

  /** Replaces everything recorded by a {@link snapshot}. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.sketchLoad(at, from));
  }
}
