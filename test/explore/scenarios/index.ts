/** Everything that is explored. */

import type { Scenario } from "../explorer.js";
import { arenaScenarios } from "./arena.js";
import { breakerScenarios } from "./breaker.js";
import { clockScenarios } from "./clocks.js";
import { limiterScenarios } from "./limiters.js";
import { retryScenarios } from "./retry.js";

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const scenarios: readonly Scenario<any, any>[] = [
  ...arenaScenarios,
  ...breakerScenarios,
  ...limiterScenarios,
  ...retryScenarios,
];
import { windowScenarios } from "./windows.js";

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const scenarios: readonly Scenario<any, any>[] = [...arenaScenarios, ...limiterScenarios, ...windowScenarios];
export const scenarios: readonly Scenario<any, any>[] = [...arenaScenarios, ...clockScenarios, ...limiterScenarios];
import { sketchScenarios } from "./sketches.js";

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const scenarios: readonly Scenario<any, any>[] = [...arenaScenarios, ...limiterScenarios, ...sketchScenarios];
