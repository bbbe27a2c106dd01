export { type Clock, sleep, systemClock, type Timer, type TimerOptions } from "./clock.js";
export { Deadline, Deadlines, deadlinesOf } from "./deadlines.js";
export { asyncDispose, disposable, dispose } from "./disposal.js";
export { formatDuration, maxDurationMs, parseDuration } from "./duration.js";
export {
  type AnyHoldfastError,
  type ErrorJson,
  HoldfastError,
  type HoldfastErrorOptions,
  invalidOption,
  isHoldfastError,
  quote,
  RejectedError,
  type RejectionFields,
  withStack,
} from "./error.js";
export { Emitter, type Observable } from "./events.js";
export { type ManualClock, type ManualClockOptions, manualClock } from "./manual-clock.js";
export type { Failure, Outcome, Success } from "./outcome.js";
export { entropySeed, type Random, seeded, systemRandom } from "./random.js";
export type { AbortSignalLike, Signal } from "./signal.js";
