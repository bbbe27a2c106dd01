/** Everything that is explored. */

import type { Scenario } from "../explorer.js";
import { arenaScenarios } from "./arena.js";
import { breakerScenarios } from "./breaker.js";
import { clockScenarios } from "./clocks.js";
import { limiterScenarios } from "./limiters.js";
import { lockFreeScenarios } from "./lockfree.js";
import { mapScenarios } from "./map.js";
import { membershipScenarios } from "./membership.js";
import { messageScenarios } from "./messages.js";
import { placementScenarios } from "./placement.js";
import { recordScenarios } from "./records.js";
import { registryScenarios } from "./registry.js";
import { retryScenarios } from "./retry.js";
import { samplerScenarios } from "./samplers.js";
import { sketchScenarios } from "./sketches.js";
import { windowScenarios } from "./windows.js";

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const scenarios: readonly Scenario<any, any>[] = [
  ...arenaScenarios,
  ...breakerScenarios,
  ...clockScenarios,
  ...limiterScenarios,
  ...lockFreeScenarios,
  ...mapScenarios,
  ...membershipScenarios,
  ...messageScenarios,
  ...placementScenarios,
  ...recordScenarios,
  ...registryScenarios,
  ...retryScenarios,
  ...samplerScenarios,
  ...sketchScenarios,
  ...windowScenarios,
];
