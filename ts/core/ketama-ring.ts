import { type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { digestSlotBytes } from "./hash-slot.js";
import { type NodePlacementOptions, nodesOf, type WeighedNode } from "./node-placement.js";
import { choice } from "./options.js";
import { pointBytes, RingPlacement } from "./ring-placement.js";

/** Options of {@link KetamaRing}. */
export interface KetamaRingOptions extends NodePlacementOptions {
  /** The program to agree with. Default: `libmemcached`. */
  readonly like?: "libmemcached" | "spymemcached" | "hashring" | undefined;
}

/** How a program makes points: of which texts, and for how many texts of four points each a node's weight is good. */
interface Convention {
  text(name: string, index: number): string;
  texts(weight: number, sum: number, nodes: number): number;
}

/** Texts of a node of average weight; each gives four points. */
const textsPerNode = 40;

/** The port of memcached, which libmemcached leaves away. */
const usualPort = ":11211";

/** libmemcached computes with 32-bit floats, and adds a little before it rounds down. */
function singleTexts(weight: number, sum: number, nodes: number): number {
  const share = Math.fround(Math.fround(weight) / Math.fround(sum));
  const texts = Math.fround(Math.fround(Math.fround(share * 4 * textsPerNode) / 4) * nodes);
  return Math.floor(Math.fround(texts + Math.fround(1e-10)));
}

const conventions: Readonly<Record<NonNullable<KetamaRingOptions["like"]>, Convention>> = {
  libmemcached: {
    text: (name, index) => `${name.endsWith(usualPort) ? name.slice(0, -usualPort.length) : name}-${index}`,
    texts: singleTexts,
  },
  spymemcached: {
    text: (name, index) => `/${name.includes(":") ? name : name + usualPort}-${index}`,
    texts: singleTexts,
  },
  hashring: {
    text: (name, index) => `${name}-${index}`,
    texts: (weight, sum, nodes) => Math.floor((weight / sum) * textsPerNode * nodes),
  },
};

const likes = ["libmemcached", "spymemcached", "hashring"] as const;

/**
 * A ring that agrees with memcached clients: ketama, weighted, its points and keys hashed with MD5.
 *
 * Use it to find keys where another program has put them; for anything new take {@link HashRing}. Nodes are named as those clients name
 * servers, `host:port`; the port 11211 may be left away. 160 points a node are shared out by weight.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`; `CORE_INCOMPLETE` on edge workers, whose module has no MD5.
 * Source: Jones, libketama (2007); libmemcached, spymemcached, and the `hashring` package for Node.
 *
 * @example
 * ```ts
 * import { KetamaRing } from "holdfast/core";
 *
 * const ring = new KetamaRing({ nodes: [{ name: "10.0.1.1:11211", weight: 600 }, { name: "10.0.1.2:11211", weight: 300 }] });
 * ring.points().length; // => 316
 * ring.nodes.includes(ring.find("user-17")); // => true
 * ```
 */
export class KetamaRing extends RingPlacement {
  constructor(options: KetamaRingOptions, runtime: FullRuntime = fullRuntime()) {
    const nodes = nodesOf(options);
    const convention = conventions[likes[choice("like", options.like ?? "libmemcached", likes)]!];
    const counts = textCounts(nodes, convention);
    super(
      nodes,
      counts.map((count) => 4 * count),
      runtime,
      (to, slot) => {
        const points = new Uint32Array(runtime.memory.buffer, to);
        let point = 0;
        for (const [index, { name }] of nodes.entries()) {
          for (let i = 0; i < counts[index]!; i++) {
            slot.digest(convention.text(name, i));
            for (const word of slot.words) {
              points[point] = word;
              point += pointBytes / 4;
            }
          }
        }
      },
      digestSlotBytes,
    );
  }

  /** @internal */
  protected override hashKey(key: string | Uint8Array): void {
    this.slot.digest(key);
  }
}

/** How many texts each node is good for. */
function textCounts(nodes: readonly WeighedNode[], convention: Convention): number[] {
  const sum = nodes.reduce((total, { weight }) => total + weight, 0);
  return nodes.map(({ weight }) => convention.texts(weight, sum, nodes.length));
}
