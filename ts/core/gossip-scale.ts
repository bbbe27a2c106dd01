/** What a gossip protocol adapts to the size of its cluster, as HashiCorp's memberlist does, so that clusters can be tuned alike. */

import { type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { whole, within } from "./options.js";

const members = (count: number): number => whole("members", count, 0, 2 ** 32 - 1);
const factorOf = (name: string, value: number): number => whole(name, value, 0, 10_000);

/**
 * How often a member passes a message on before it forgets it: `factor` × ⌈log10(`members` + 1)⌉.
 *
 * Errors: `INVALID_OPTION`, `CORE_BLOCKED`, `CORE_INCOMPLETE`. Source: memberlist, `retransmitLimit`; SWIM (DSN 2002), §4.1.
 *
 * @param factor 0 to 10,000; memberlist's default is 4.
 * @example
 * ```ts
 * import { gossipRetransmits } from "holdfast/core";
 *
 * gossipRetransmits(3, 99); // => 6
 * ```
 */
export function gossipRetransmits(factor: number, memberCount: number, runtime: FullRuntime = fullRuntime()): number {
  return runtime.core.gossipRetransmits(factorOf("factor", factor), members(memberCount)) >>> 0;
}

/**
 * By what the interval between full exchanges of state is multiplied: 1 up to 32 members, and 1 more each time that they double.
 *
 * Errors: `INVALID_OPTION`, `CORE_BLOCKED`, `CORE_INCOMPLETE`. Source: memberlist, `pushPullScale`.
 *
 * @example
 * ```ts
 * import { pushPullScale } from "holdfast/core";
 *
 * [32, 33, 64, 65].map((members) => pushPullScale(members)); // => [1, 2, 2, 3]
 * ```
 */
export function pushPullScale(memberCount: number, runtime: FullRuntime = fullRuntime()): number {
  return runtime.core.gossipPushPullScale(members(memberCount));
}

/** A cluster, for {@link suspicionBounds}. */
export interface ClusterSize {
  /** Its members, the own process among them: 0 to 2^32 − 1. */
  readonly members: number;
  /** The time between two probes, at most 365 days. Default: 1,000. */
  readonly probeIntervalMs?: number;
  /** Probe intervals that the shortest timeout lasts in a cluster of ten, 0 to 10,000. Default: 4. */
  readonly factor?: number;
  /** How many of the shortest the longest timeout is, 1 to 10,000. Default: 6. */
  readonly maxFactor?: number;
}

/** What a {@link Suspicion} is begun with. */
export interface SuspicionBounds {
  readonly confirmations: number;
  readonly minMs: number;
  readonly maxMs: number;
}

/**
 * The bounds of a suspicion in a cluster: the shortest timeout is `factor` × max(1, log10 `members`) × `probeIntervalMs`, the logarithm rounded
 * down to thousandths. Confirmations are waited for from `factor` − 2 members, and from none where there are not so many others.
 *
 * Errors: `INVALID_OPTION`, `CORE_BLOCKED`, `CORE_INCOMPLETE`. Source: memberlist, `suspectNode` and `suspicionTimeout`.
 *
 * @see {@link Suspicion}
 * @example
 * ```ts
 * import { suspicionBounds } from "holdfast/core";
 *
 * suspicionBounds({ members: 100 }); // => { confirmations: 2, minMs: 8_000, maxMs: 48_000 }
 * suspicionBounds({ members: 3 }); // => { confirmations: 0, minMs: 4_000, maxMs: 24_000 }
 * ```
 */
export function suspicionBounds(cluster: ClusterSize, runtime: FullRuntime = fullRuntime()): SuspicionBounds {
  const count = members(cluster.members);
  const factor = factorOf("factor", cluster.factor ?? 4);
  const maxFactor = within("maxFactor", cluster.maxFactor ?? 6, 1, 10_000);
  const intervalMs = within("probeIntervalMs", cluster.probeIntervalMs ?? 1_000, 0, 365 * 86_400_000);
  const minMs = runtime.core.gossipSuspicionLeast(factor, count, intervalMs * 1000) / 1000;
  const wanted = Math.max(0, factor - 2);
  return { confirmations: count - 2 < wanted ? 0 : wanted, minMs, maxMs: minMs * maxFactor };
}
