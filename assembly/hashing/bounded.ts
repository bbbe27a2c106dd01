/**
 * Consistent hashing with bounded loads over a table that is walked: a key goes to the first node with room, from its own place on. That
 * order is the key's, so keys come back where they were when room is there again. Jump and anchor hash have no such order.
 */

import { loadsEnter, loadsFallback, loadsTake } from "./loads";
import { maglevEntries, maglevNode } from "./maglev";
import { ringNode, ringPoints, ringSeek } from "./ring";

/** Places a key's hash with a node of the ring at `ring`. Returns the node's index, or -1 where `loads` count no more keys. */
export function loadsTakeOnRing(loads: usize, ring: usize, low: u32, high: u32): i32 {
  if (!loadsEnter(loads)) return -1;
  const points = ringPoints(ring);
  let point = ringSeek(ring, <u64>low | (<u64>high << 32));
  for (let tried: u32 = 0; tried < points; tried++) {
    const node = ringNode(ring, point);
    if (loadsTake(loads, node)) return node;
    point = point + 1 < points ? point + 1 : 0;
  }
  return loadsFallback(loads);
}

/** The same with a node of the Maglev table at `table`. */
export function loadsTakeOnMaglev(loads: usize, table: usize, low: u32, high: u32): i32 {
  if (!loadsEnter(loads)) return -1;
  const entries = maglevEntries(table);
  let entry = <u32>((<u64>low | (<u64>high << 32)) % entries);
  for (let tried: u32 = 0; tried < entries; tried++) {
    const node = maglevNode(table, entry);
    if (loadsTake(loads, node)) return node;
    entry = entry + 1 < entries ? entry + 1 : 0;
  }
  return loadsFallback(loads);
}
