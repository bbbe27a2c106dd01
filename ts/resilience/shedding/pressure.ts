/** How hard a process has to work, as numbers. Who measures it is passed in: hosts differ, and tests want to say it themselves. */

/** What can be measured. */
export interface Pressure {
  /** How late the event loop runs its timers, in milliseconds: the worst 1 % since the last reading. */
  readonly eventLoopDelayMs?: number;
  /** The share of time in which the event loop was busy since the last reading, from 0 to 1. */
  readonly eventLoopUtilisation?: number;
  /** The share of the processors' time that the process used since the last reading, from 0 to 1. */
  readonly cpu?: number;
}

/** A name of what can be measured. */
export type PressureSignal = keyof Pressure;

/** Reads the pressure. It is asked at most once in the shedder's interval, in the course of a call: it must be quick and must not throw. */
export interface PressureSource {
  /** What it measures; a limit for anything else is refused when the shedder is made. */
  readonly measures: readonly PressureSignal[];
  read(): Pressure;
}
