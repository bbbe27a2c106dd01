import { type Address, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { NodePlacement, type NodePlacementOptions, nodesOf } from "./node-placement.js";
import { withBlock } from "./with-block.js";

/**
 * Rendezvous hashing (highest random weight): each node draws a score for a key, and the highest wins.
 *
 * Use it for tens of nodes: it needs 8 bytes a node and no table, spreads keys evenly, and a node that comes or goes moves its own keys
 * and no other. A lookup looks at every node, four at a time where the host has SIMD. If any node tells a weight, scores are
 * weighted, so that shares are exact and a changed weight moves as few keys as there can be; that draws other scores and takes
 * about fifteen times as long. The order of the nodes does not matter.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`; `CORE_INCOMPLETE` for weights on edge workers.
 * Source: Thaler and Ravishankar (1998); weights by Schindelhauer and Schomaker (2005), the logarithm method.
 *
 * @see {@link Maglev} for hundreds of nodes
 * @example
 * ```ts
 * import { Rendezvous } from "holdfast/core";
 *
 * const before = new Rendezvous({ nodes: ["a", "b", "c"] });
 * const after = new Rendezvous({ nodes: ["a", "b", "c", "d"] });
 * const keys = Array.from({ length: 100 }, (_, i) => `key-${i}`);
 * keys.every((key) => after.find(key) === "d" || after.find(key) === before.find(key)); // => true
 * ```
 */
export class Rendezvous extends NodePlacement {
  readonly #weighted: boolean;

  constructor(options: NodePlacementOptions, runtime: FullRuntime = fullRuntime()) {
    const nodes = nodesOf(options);
    const weighted = options.nodes.some((node) => typeof node !== "string" && node.weight !== undefined);
    const { core } = runtime;
    super(weighted ? core.weightedSize(nodes.length) : core.rendezvousSize(nodes.length), nodes, runtime);
    this.#weighted = weighted;
    // With weights each hash is followed by its node's.
    const nodeBytes = weighted ? 16 : 8;
    const { texts } = this.slot;
    withBlock(this, runtime, nodes.length * nodeBytes, (at) => {
      const view = new DataView(runtime.memory.buffer, at, nodes.length * nodeBytes);
      for (const [index, { name, weight }] of nodes.entries()) {
        const length = texts.write(name);
        core.xxHash64(texts.at, length, 0, 0, at + index * nodeBytes);
        texts.release();
        if (weighted) view.setFloat64(index * nodeBytes + 8, weight, true);
      }
      if (weighted) core.weightedInit(this.at, at, nodes.length);
      else core.rendezvousInit(this.at, at, nodes.length);
    });
  }

  /** @internal */
  protected locate(low: number, high: number): number {
    return this.#weighted ? this.core.weightedFind(this.at, low, high) : this.core.rendezvousFind(this.at, low, high);
  }

  /** @internal */
  protected locateMany(keys: Address, count: number, out: Address): void {
    if (this.#weighted) this.core.weightedFindMany(this.at, keys, count, out);
    else this.core.rendezvousFindMany(this.at, keys, count, out);
  }
}
