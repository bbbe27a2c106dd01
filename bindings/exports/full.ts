/** What the full module for JavaScript hosts exports (`assembly/full.ts`): the base, and a list for each kind of structure. */

import type { CoreExports } from "./base.js";
import type { HashingExports } from "./hashing.js";

/** The raw functions of every structure. */
export interface FullExports extends CoreExports, HashingExports {}
