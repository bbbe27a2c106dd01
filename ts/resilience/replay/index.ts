/** Recording what a policy decides, and replaying it. See README.md in this folder. */

export type { CallEnd, DecisionLog, LogEntry, RecordedOptions, RecordedResult } from "./log.js";
export { Recording, type RecordingOptions, type ReplayableParts, recordDecisions } from "./record.js";
export { type Divergence, type Replay, type ReplayOptions, replayDecisions } from "./replay.js";
