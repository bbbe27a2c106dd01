import type { Address, FullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { type HashSlot, slotBytes } from "./hash-slot.js";
import { NodePlacement, type PlacementNode } from "./node-placement.js";
import { withBlock } from "./with-block.js";

/** A point of a ring. */
export interface RingPoint {
  /** Where it stands: 0 to 2^64 − 1, on ketama's rings 0 to 2^32 − 1. */
  readonly position: bigint;
  /** Index of its node. */
  readonly node: number;
}

/** Bytes in which `ringInit` takes a point. */
export const pointBytes = 16;

const pointsMax = 2 ** 24;

/** What rings have in common: the points, and walking to the next one. */
export abstract class RingPlacement extends NodePlacement {
  readonly #points: number;
  readonly #counts: readonly number[];

  /**
   * Makes room for the points, `counts` of each node, and has `draw` write them in the order of the nodes, each in 16 bytes: the position
   * and 8 bytes of zero, in which the node's index is put. `room` is what the slot needs that it may hash with.
   * @internal
   */
  protected constructor(
    nodes: readonly PlacementNode[],
    counts: readonly number[],
    runtime: FullRuntime,
    draw: (to: Address, slot: HashSlot) => void,
    room = slotBytes,
  ) {
    const points = counts.reduce((sum, count) => sum + count, 0);
    if (points > pointsMax) {
      throw invalidOption("weight", points, `give weights that make at most ${pointsMax} points on the ring together`);
    }
    super(runtime.core.ringSize(points), nodes, runtime, room);
    this.#points = points;
    this.#counts = counts;
    withBlock(this, runtime, points * pointBytes, (at) => {
      const words = new Uint32Array(runtime.memory.buffer, at, points * 4);
      words.fill(0);
      draw(at, this.slot);
      let point = 0;
      for (const [node, count] of counts.entries()) {
        for (const end = point + count; point < end; point++) words[point * 4 + 2] = node;
      }
      this.core.ringInit(this.at, at, points);
    });
  }

  /** All points, from the lowest on. A key belongs to the first one at or behind its hash; behind the last comes the first. */
  points(): readonly RingPoint[] {
    const at = this.live + 16;
    const positions = new BigUint64Array(this.runtime.memory.buffer, at, this.#points);
    const nodes = new Uint32Array(this.runtime.memory.buffer, at + this.#points * 8, this.#points);
    return Array.from(nodes, (node, index) => ({ position: positions[index]!, node }));
  }

  /** @internal */
  get home(): FullRuntime {
    return this.runtime;
  }

  /** A node's share is its points. @internal */
  shares(): readonly number[] {
    return this.#counts;
  }

  /** @internal */
  take(loads: Address, low: number, high: number): number {
    return this.core.loadsTakeOnRing(loads, this.live, low, high);
  }

  /** @internal */
  protected locate(low: number, high: number): number {
    return this.core.ringFind(this.at, low, high);
  }

  /** @internal */
  protected locateMany(keys: Address, count: number, out: Address): void {
    this.core.ringFindMany(this.at, keys, count, out);
  }
}
