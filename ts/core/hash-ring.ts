import { type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { type NodePlacementOptions, nodesOf } from "./node-placement.js";
import { choice, whole } from "./options.js";
import { pointBytes, RingPlacement } from "./ring-placement.js";

/** Options of {@link HashRing}. */
export interface HashRingOptions extends NodePlacementOptions {
  /** Points of a node of weight 1: 1 to 65,536. More points spread keys more evenly. Default: 160. */
  readonly pointsPerNode?: number | undefined;
  /**
   * What puts a node's points on the ring: XXH64, or MurmurHash2 with the seed of GNU C++, Envoy's other choice. Keys are hashed with
   * XXH64 in both. Default: `xxh64`.
   */
  readonly pointHash?: "xxh64" | "murmur2" | undefined;
}

const pointHashes = ["xxh64", "murmur2"] as const;

/** The seed of `std::hash` for texts in GNU C++. */
const murmur2Seed = 0xc70f6907;

/**
 * A consistent-hash ring on which each node has many points; a key belongs to the next point from its hash on.
 *
 * Use it where a node's keys shall go to many others when it leaves, and no other key shall move. With 160 points a node, the busiest has
 * about a fifth more keys than the average; {@link BoundedLoads} caps that. Weights multiply a node's points, at least one for a
 * weight above 0. Point i of a node is the hash of `name_i`, as on Envoy's ring.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`; `CORE_INCOMPLETE` for `murmur2` on edge workers.
 * Source: Karger et al., "Consistent Hashing and Random Trees" (STOC 1997).
 *
 * @see {@link KetamaRing}, {@link Maglev}, {@link Rendezvous}
 * @example
 * ```ts
 * import { HashRing } from "holdfast/core";
 *
 * const all = new HashRing({ nodes: ["a", "b", "c"] });
 * const less = new HashRing({ nodes: ["a", "b"] });
 * const keys = Array.from({ length: 100 }, (_, i) => `key-${i}`);
 * keys.every((key) => all.find(key) === "c" || less.find(key) === all.find(key)); // => true
 * ```
 */
export class HashRing extends RingPlacement {
  constructor(options: HashRingOptions, runtime: FullRuntime = fullRuntime()) {
    const nodes = nodesOf(options);
    const perNode = whole("pointsPerNode", options.pointsPerNode ?? 160, 1, 65_536);
    const counts = nodes.map(({ weight }) => (weight === 0 ? 0 : Math.max(1, Math.round(weight * perNode))));
    const murmur2 = choice("pointHash", options.pointHash ?? "xxh64", pointHashes) === 1;
    const { core } = runtime;
    super(nodes, counts, runtime, (to, { texts }) => {
      let point = to;
      for (const [index, { name }] of nodes.entries()) {
        for (let i = 0; i < counts[index]!; i++, point += pointBytes) {
          const length = texts.write(`${name}_${i}`);
          if (murmur2) core.murmur2x64(texts.at, length, murmur2Seed, 0, point);
          else core.xxHash64(texts.at, length, 0, 0, point);
          texts.release();
        }
      }
    });
  }
}
