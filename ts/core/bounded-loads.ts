import type { FullExports } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import type { Maglev } from "./maglev.js";
import { within } from "./options.js";
import type { RingPlacement } from "./ring-placement.js";
import { Structure } from "./structure.js";
import { withBlock } from "./with-block.js";

/** Options of {@link BoundedLoads}. */
export interface BoundedLoadsOptions {
  /** Where keys go while there is room, a table or a ring to walk along. It must live as long as the loads do. */
  readonly placement: Maglev | RingPlacement;
  /** How many times its fair share of the keys a node may hold, rounded up: 1 to 16. Default: 1.25. */
  readonly factor?: number | undefined;
}

/** The largest weight that the core takes. */
const weightMax = 65_535;

/**
 * Consistent hashing with bounded loads: no node holds more than `factor` times its share of the keys that are placed at the moment. A key
 * whose node is full goes to the next one that the placement leads to.
 *
 * Use it for things that stay where they are put for a while, and weigh alike: connections, sessions, requests in flight. Say
 * `release` when one is over; a later key takes its room. With a factor of 1.25 a key meets few full nodes, and a change of nodes moves few
 * keys; nearer to 1 loads are more even and keys wander more. Loads are exact, also where threads share the memory.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `SNAPSHOT_INVALID`; `CORE_INCOMPLETE` on edge workers.
 * Source: Mirrokni, Thorup and Zadimoghaddam, "Consistent Hashing with Bounded Loads" (SODA 2018).
 *
 * @see {@link Maglev}, {@link HashRing}
 * @example
 * ```ts
 * import { BoundedLoads, HashRing } from "holdfast/core";
 *
 * const loads = new BoundedLoads({ placement: new HashRing({ nodes: ["a", "b"] }), factor: 1 });
 * const first = loads.acquire("hot");
 * loads.acquire("hot") === first; // => false
 * loads.load(first!); // => 1
 * loads.release(first!); // => true
 * loads.total; // => 1
 * ```
 */
export class BoundedLoads extends Structure<FullExports> {
  readonly #placement: Maglev | RingPlacement;
  readonly #indices: ReadonlyMap<string, number>;

  constructor(options: BoundedLoadsOptions) {
    const { placement } = options;
    const factor = Math.round(within("factor", options.factor ?? 1.25, 1, 16) * 65_536);
    const runtime = placement.home;
    const shares = placement.shares();
    super(runtime.core.loadsSize(shares.length), runtime);
    this.#placement = placement;
    this.#indices = new Map(placement.nodes.map((name, index) => [name, index]));
    const most = shares.reduce((one, other) => Math.max(one, other));
    withBlock(this, runtime, shares.length * 4, (at) => {
      const weights = new Uint32Array(runtime.memory.buffer, at, shares.length);
      weights.set(shares.map((share) => Math.ceil((share / most) * weightMax)));
      this.core.loadsInit(this.at, shares.length, factor, at);
    });
  }

  /** Places a key: the name of its node, or `undefined` where 2^28 − 1 keys are placed already. */
  acquire(key: string | Uint8Array): string | undefined {
    if (this.at === 0) throw this.disposed();
    const { low, high } = this.#placement.hashOf(key);
    return this.#placement.nodes[this.#placement.take(this.at, low, high)];
  }

  /** Takes a key away from a node; false where the node holds none. */
  release(node: string): boolean {
    if (this.at === 0) throw this.disposed();
    return this.core.loadsRelease(this.at, this.#indexOf(node)) === 1;
  }

  /** The keys that a node holds. */
  load(node: string): number {
    return this.core.loadsRead(this.live, this.#indexOf(node)) >>> 0;
  }

  /** The keys that all nodes hold. */
  get total(): number {
    return this.core.loadsRead(this.live, -1) >>> 0;
  }

  #indexOf(node: string): number {
    const index = this.#indices.get(node);
    if (index === undefined) throw invalidOption("node", node, "give the name of one of the placement's nodes");
    return index;
  }

  /** The loads, as bytes. */
  snapshot(): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.loadsSave(at, to));
  }

  /** Replaces the loads by those of a {@link snapshot}, taken with the same factor and a placement of the same shares. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.loadsLoad(at, from));
  }
}
