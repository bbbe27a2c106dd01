/** What an algorithm needs to be one of several limits that are asked at once. */

import type { FullRuntime, HierarchyLevel } from "../../core/index.js";

/** @internal An algorithm whose permits can be given back, so that `all` can take from every limit or from none. */
export interface Stackable {
  /** Makes the state in `runtime`; one for each of `maxKeys` keys where that is given. */
  level(runtime: FullRuntime, maxKeys: number | undefined): HierarchyLevel["limiter"];
}
