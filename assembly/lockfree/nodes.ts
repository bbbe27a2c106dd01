/**
 * A pool of nodes that threads take from and give back to, and the words that link them.
 *
 * A link is 64 bits: the number of a node in the low half (0: none), a tag in the high half that grows with each change of that
 * word. A thread that read a link, slept, and finds the same node there again finds another tag: the ABA problem is met by counting
 * (Treiber, IBM RJ 5118, 1986; Michael and Scott, PODC 1996, §2). Tags survive in nodes that are given back and taken again. A
 * thread would have to sleep through 2^32 changes of one word to be deceived.
 *
 * Nodes never leave their pool, so a link that is stale leads to a node of another life at worst: its words are read
 * atomically and believed only after the link was found unchanged. A node's link is its first word.
 */

import { cas64, load64, store64 } from "../memory/atomic";

/** The node that a link names. */
// @ts-ignore: decorator
@inline
export function target(link: i64): u32 {
  return <u32>link;
}

/** The link that replaces `link` and names `node`. */
// @ts-ignore: decorator
@inline
export function relinked(link: i64, node: u32): i64 {
  return <i64>(((<u64>link >> 32) + 1) << 32) | <i64>node;
}

/** Takes the first node of the list at `list`, 0 where it is empty; node n stands at `nodes` + n * `stride`. */
export function listPop(list: usize, nodes: usize, stride: u32): u32 {
  let top = load64(list);
  while (target(top) != 0) {
    const next = load64(nodes + <usize>target(top) * <usize>stride);
    const seen = cas64(list, top, relinked(top, target(next)));
    if (seen == top) return target(top);
    top = seen;
  }
  return 0;
}

/** Puts a node that the caller owns in front of the list. */
export function listPush(list: usize, nodes: usize, stride: u32, node: u32): void {
  const link = nodes + <usize>node * <usize>stride;
  let top = load64(list);
  while (true) {
    store64(link, relinked(load64(link), target(top)));
    const seen = cas64(list, top, relinked(top, node));
    if (seen == top) return;
    top = seen;
  }
}

/** Makes a list of the nodes `first` to `last`, before any other thread knows of it. */
export function listInit(list: usize, nodes: usize, stride: u32, first: u32, last: u32): void {
  for (let node = first; node <= last; node++) {
    store<i64>(nodes + <usize>node * <usize>stride, node < last ? <i64>(node + 1) : 0);
  }
  store<i64>(list, first <= last ? <i64>first : 0);
}
