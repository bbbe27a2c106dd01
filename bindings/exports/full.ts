/** What the full module for JavaScript hosts exports (`assembly/full.ts`): the base, and a list for each kind of structure. */

import type { CoreExports } from "./base.js";
import type { BreakerFullExports } from "./breaker-full.js";
import type { HashingExports } from "./hashing.js";
import type { RetryFullExports } from "./retry-full.js";

/** The raw functions of every structure. */
export interface FullExports extends CoreExports, BreakerFullExports, HashingExports, RetryFullExports {}
