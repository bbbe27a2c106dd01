import type { Address, FullExports, FullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { HashSlot, slotBytes } from "./hash-slot.js";
import { locateMany } from "./locate-many.js";
import { Structure } from "./structure.js";

/** A node that keys are placed on. */
export interface PlacementNode {
  /** What the node is told apart by; equal for equal nodes in every process. */
  readonly name: string;
  /** Its share of keys, relative to others: a number from 0 on. Default: 1. */
  readonly weight?: number | undefined;
}

/** Options that all placements on named nodes have. */
export interface NodePlacementOptions {
  /** 1 to 65,000 nodes with different names; a text is a node of weight 1. */
  readonly nodes: readonly (string | PlacementNode)[];
}

/** A node as the options tell it, with its weight. */
export interface WeighedNode extends PlacementNode {
  readonly weight: number;
}

const nodesMax = 65_000;

/** The nodes of the options, checked. */
export function nodesOf({ nodes }: NodePlacementOptions): readonly WeighedNode[] {
  if (!(nodes.length >= 1 && nodes.length <= nodesMax)) {
    throw invalidOption("nodes", nodes.length, `give 1 to ${nodesMax} nodes`);
  }
  const checked = nodes.map((node) =>
    typeof node === "string" ? { name: node, weight: 1 } : { name: node.name, weight: node.weight ?? 1 },
  );
  const names = new Set<string>();
  for (const { name, weight } of checked) {
    if (names.has(name)) throw invalidOption("nodes", name, "give each node a name of its own");
    names.add(name);
    if (!(weight >= 0 && weight < Number.POSITIVE_INFINITY)) {
      throw invalidOption("weight", weight, `give ${name} a finite number from 0 on`);
    }
  }
  if (checked.every(({ weight }) => weight === 0)) throw invalidOption("weight", 0, "give a node more than 0");
  return checked;
}

/** A placement of keys on nodes with names, fixed when it is made: for other nodes make another. */
export abstract class NodePlacement extends Structure<FullExports> {
  /** Names of the nodes, in the order in which they were given. */
  readonly nodes: readonly string[];
  /** @internal */
  protected readonly slot: HashSlot;

  /** Takes `bytes` for the placement, and `room` for the slot behind it. @internal */
  protected constructor(bytes: number, nodes: readonly PlacementNode[], runtime: FullRuntime, room = slotBytes) {
    super(bytes + room, runtime);
    this.nodes = nodes.map(({ name }) => name);
    this.slot = new HashSlot(runtime, this.at + bytes, room);
  }

  /** The hash of a key, as the placement counts it. @internal */
  hashOf(key: string | Uint8Array): { readonly low: number; readonly high: number } {
    if (this.at === 0) throw this.disposed();
    this.hashKey(key);
    return this.slot;
  }

  /** The name of the node that a key belongs to. */
  find(key: string | Uint8Array): string {
    return this.nodes[this.indexOf(key)]!;
  }

  /** The index, in {@link NodePlacement.nodes}, of the node that a key belongs to. */
  indexOf(key: string | Uint8Array): number {
    if (this.at === 0) throw this.disposed();
    this.hashKey(key);
    return this.locate(this.slot.low, this.slot.high);
  }

  /** The same for a key that is hashed already: a 64-bit hash as halves of 32 bits. */
  indexOfHash(low: number, high: number): number {
    if (this.at === 0) throw this.disposed();
    return this.locate(low, high);
  }

  /** The same for many hashes, in their order. */
  indicesOf(hashes: BigUint64Array): Uint32Array {
    if (this.at === 0) throw this.disposed();
    return locateMany(this.runtime, hashes, (keys, count, out) => this.locateMany(keys, count, out));
  }

  /** Puts the hash of a key into the slot. @internal */
  protected hashKey(key: string | Uint8Array): void {
    this.slot.hash(key, 0, 0);
  }

  /** @internal */
  protected abstract locate(low: number, high: number): number;

  /** @internal */
  protected abstract locateMany(keys: Address, count: number, out: Address): void;
}
