import { seeded } from "../../ts/kernel/index.js";

/** A source of whole numbers below `below`, the same in each run. */
export function numbers(seed: number): (below: number) => number {
  const random = seeded(seed);
  return (below) => Math.floor(random.next() * below);
}
