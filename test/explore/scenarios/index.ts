/** Everything that is explored. */

import type { Scenario } from "../explorer.js";
import { arenaScenarios } from "./arena.js";
import { limiterScenarios } from "./limiters.js";

// biome-ignore lint/suspicious/noExplicitAny: each scenario has inputs and states of its own
export const scenarios: readonly Scenario<any, any>[] = [...arenaScenarios, ...limiterScenarios];
