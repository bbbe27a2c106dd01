import { type Address, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { NodePlacement, type NodePlacementOptions, nodesOf } from "./node-placement.js";
import { withBlock } from "./with-block.js";

/** Options of {@link Maglev}. */
export interface MaglevOptions extends NodePlacementOptions {
  /** Entries of the table: a prime number up to 8,388,593, best a hundred times the nodes or more. Default: 65,537. */
  readonly tableSize?: number | undefined;
}

/** Bytes in which `maglevInit` takes a node. */
const nodeBytes = 32;

/**
 * Maglev hashing: a table in which each node holds its share of entries; a lookup is one read, whatever the number of nodes.
 *
 * Use it to balance load: keys are spread more evenly than on a ring of any practical size, at 2 bytes an entry. When a node leaves, its
 * keys move, and a few others with them: about as many as nodes per hundred entries. Nodes in the same order and the same table
 * size give the same table everywhere, Envoy's included, so sort the nodes. A table is built in a few milliseconds and never saved.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`.
 * Source: Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load Balancer" (NSDI 2016), §3.4; weights as in Envoy.
 *
 * @see {@link Rendezvous}, {@link HashRing}, {@link BoundedLoads}
 * @example
 * ```ts
 * import { Maglev } from "holdfast/core";
 *
 * const maglev = new Maglev({ nodes: ["a", "b", { name: "c", weight: 2 }] });
 * maglev.find("user-17") === maglev.nodes[maglev.indexOf("user-17")]; // => true
 * maglev.table().filter((index) => index === 2).length; // => 32767
 * ```
 */
export class Maglev extends NodePlacement {
  readonly #tableSize: number;

  constructor(options: MaglevOptions, runtime: FullRuntime = fullRuntime()) {
    const nodes = nodesOf(options);
    const tableSize = options.tableSize ?? 65_537;
    const bytes =
      Number.isInteger(tableSize) && tableSize > 0 && tableSize < 2 ** 32 ? runtime.core.maglevSize(tableSize) : 0;
    if (bytes === 0) {
      throw invalidOption("tableSize", tableSize, "give a prime number from 2 to 8,388,593, such as 65,537 or 655,373");
    }
    super(bytes, nodes, runtime);
    this.#tableSize = tableSize;
    const { core } = this;
    const { texts } = this.slot;
    withBlock(this, runtime, nodes.length * nodeBytes, (at) => {
      const view = new DataView(runtime.memory.buffer, at, nodes.length * nodeBytes);
      for (const [index, { name, weight }] of nodes.entries()) {
        const length = texts.write(name);
        const to = at + index * nodeBytes;
        core.xxHash64(texts.at, length, 0, 0, to);
        core.xxHash64(texts.at, length, 1, 0, to + 8);
        texts.release();
        view.setFloat64(index * nodeBytes + 16, weight, true);
      }
      core.maglevInit(this.at, tableSize, at, nodes.length);
    });
  }

  /** The table: for each entry the index of its node. Key hash h belongs to entry h mod {@link MaglevOptions.tableSize}. */
  table(): Uint16Array {
    return new Uint16Array(this.runtime.memory.buffer, this.live + 16, this.#tableSize).slice();
  }

  /** @internal */
  get home(): FullRuntime {
    return this.runtime;
  }

  /** A node's share is its entries. @internal */
  shares(): readonly number[] {
    const entries = new Array<number>(this.nodes.length).fill(0);
    for (const node of this.table()) entries[node]!++;
    return entries;
  }

  /** @internal */
  take(loads: Address, low: number, high: number): number {
    return this.core.loadsTakeOnMaglev(loads, this.live, low, high);
  }

  /** @internal */
  protected locate(low: number, high: number): number {
    return this.core.maglevFind(this.at, low, high);
  }

  /** @internal */
  protected locateMany(keys: Address, count: number, out: Address): void {
    this.core.maglevFindMany(this.at, keys, count, out);
  }
}
