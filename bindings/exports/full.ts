/**
 * What the full module for JavaScript hosts exports (`assembly/server-full.ts`): the base, and a list for each kind of structure. The lists
 * named after servers are not in the module for edge workers (`assembly/full.ts`).
 */

import type { CoreExports } from "./base.js";
import type { BreakerFullExports } from "./breaker-full.js";
import type { HashingExports } from "./hashing.js";
import type { RetryFullExports } from "./retry-full.js";

/** The raw functions of every structure. */
export interface FullExports extends CoreExports, BreakerFullExports, HashingExports, RetryFullExports {}
import type { HashingServerExports } from "./hashing-server.js";
import type { PlacementExports } from "./placement.js";
import type { PlacementServerExports } from "./placement-server.js";

/** The raw functions of every structure. */
export interface FullExports
  extends CoreExports,
    HashingExports,
    HashingServerExports,
    PlacementExports,
    PlacementServerExports {}
import type { LockFreeExports } from "./lockfree.js";

/** The raw functions of every structure. */
export interface FullExports extends CoreExports, HashingExports, LockFreeExports {}
import type { SketchesExports } from "./sketches.js";

/** The raw functions of every structure. */
export interface FullExports extends CoreExports, HashingExports, SketchesExports {}
import type { LimiterExports } from "./limiters.js";

/** The raw functions of every structure. */
export interface FullExports extends CoreExports, HashingExports, LimiterExports {}
