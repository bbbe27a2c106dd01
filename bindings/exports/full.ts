/**
 * What the full module for JavaScript hosts exports (`assembly/server-full.ts`): the base, and a list for each kind of structure. The
 * module for edge workers (`assembly/full.ts`) has less: its profile says what it leaves out.
 */

import type { CoreExports } from "./base.js";
import type { BreakerFullExports } from "./breaker-full.js";
import type { ClockExports } from "./clocks.js";
import type { EwmaExports } from "./ewma.js";
import type { HashingExports } from "./hashing.js";
import type { HashingServerExports } from "./hashing-server.js";
import type { LimiterExports } from "./limiters.js";
import type { LockFreeExports } from "./lockfree.js";
import type { MembershipExports } from "./membership.js";
import type { PlacementExports } from "./placement.js";
import type { PlacementServerExports } from "./placement-server.js";
import type { RetryFullExports } from "./retry-full.js";
import type { SamplingExports } from "./sampling.js";
import type { SketchesExports } from "./sketches.js";

/** The raw functions of every structure. */
export interface FullExports
  extends CoreExports,
    BreakerFullExports,
    ClockExports,
    EwmaExports,
    HashingServerExports,
    HashingExports,
    LimiterExports,
    LockFreeExports,
    MembershipExports,
    PlacementServerExports,
    PlacementExports,
    RetryFullExports,
    SamplingExports,
    SketchesExports {}
