/** What the build for processes has beyond the full module. */

import type { Address } from "./base.js";
import type { FullExports } from "./full.js";

export interface NativeExports extends FullExports {
  registryRepair(registry: Address, owner: number): void;
}
