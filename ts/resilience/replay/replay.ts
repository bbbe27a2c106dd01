/** The replay of a recording. */

import { type Clock, type Outcome, seeded, type Timer } from "../../kernel/index.js";
import { Call, type CallOptions, type CallOwner } from "../call.js";
import { run } from "../layer.js";
import type { BasePolicy, Policy } from "../policy.js";
import {
  type CallEnd,
  checkLog,
  type DecisionLog,
  isInput,
  type LogEntry,
  type RecordedOptions,
  type RecordedResult,
} from "./log.js";
import { endOf, reviveResult } from "./outcomes.js";
import { probed } from "./probes.js";
import type { ReplayableParts } from "./record.js";

/** Turns of the microtask queue that a policy has to take its next step; the longest way through the layers needs a few dozen. */
const maxTurns = 1_000;

/** The first place where the policy did something else than in the recording. */
export interface Divergence {
  /** Index in the log's entries. */
  readonly at: number;
  /** What the recording has there. */
  readonly expected: LogEntry;
  /** What the policy did instead; undefined where it did nothing. */
  readonly actual: LogEntry | undefined;
}

/** What came of a replay. */
export interface Replay<P extends Policy = Policy> {
  /** Undefined where every step was the same. */
  readonly divergence: Divergence | undefined;
  /** Entries that were replayed. */
  readonly entries: number;
  /** What became of each call that ended, by its number. */
  readonly ends: ReadonlyMap<number, CallEnd>;
  /** The policy in the state in which the replay has left it. */
  readonly policy: P;
}

/** Options of {@link replayDecisions}. */
export interface ReplayOptions {
  /** Makes a value or an error of what the recording kept. Default: one with the same fields. */
  readonly revive?: (result: RecordedResult) => Outcome<unknown>;
}

/** The two ends of an attempt that has not ended. */
interface OpenAttempt {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

class Replayer<P extends Policy> implements Clock {
  readonly policy: P;
  readonly ends = new Map<number, CallEnd>();
  divergence: Divergence | undefined;
  readonly #entries: readonly LogEntry[];
  readonly #owner: CallOwner;
  readonly #revive: (result: RecordedResult) => Outcome<unknown>;
  readonly #attempts = new Map<string, OpenAttempt>();
  readonly #controllers = new Map<number, AbortController>();
  readonly #timers = new Map<number, () => void>();
  #timerIds = 0;
  #lastMs = 0;
  cursor = 0;

  constructor(
    log: DecisionLog,
    make: (parts: ReplayableParts) => P,
    revive: (result: RecordedResult) => Outcome<unknown>,
  ) {
    this.#entries = log.entries;
    this.#revive = revive;
    this.policy = make({ clock: this, random: seeded(log.seed) });
    this.#owner = probed(this.policy, (passing) => this.#step([passing]));
    this.policy.on("rejected", ({ policy, rule }) => this.#step(["refused", policy, rule]));
    this.policy.on("shadowed", ({ policy, action }) => this.#step(["shadowed", policy, action]));
  }

  /**
   * The policy takes a step; it must be the one that the log has next. Inputs that came before it are performed first: whatever
   * a call does between two waits begins with a step at a probe, so nothing has happened yet that they should have preceded.
   */
  #step(actual: LogEntry): void {
    this.#performBefore();
    if (this.divergence !== undefined || this.cursor >= this.#entries.length) return;
    const expected = this.#entries[this.cursor]!;
    if (JSON.stringify(expected) === JSON.stringify(actual)) this.cursor++;
    else this.divergence = { at: this.cursor, expected, actual };
  }

  /** A reading of a clock; behind a divergence time stands still. */
  #reading(type: "now" | "wall"): number {
    this.#performBefore();
    const next = this.#entries[this.cursor];
    if (next?.[0] === type) this.#lastMs = next[1];
    this.#step([type, this.#lastMs]);
    return this.#lastMs;
  }

  now(): number {
    return this.#reading("now");
  }

  wallNow(): number {
    return this.#reading("wall");
  }

  schedule(callback: () => void, delayMs: number): Timer {
    const id = ++this.#timerIds;
    this.#step(["timer", id, delayMs]);
    this.#timers.set(id, callback);
    return {
      cancel: () => {
        this.#step(["cancel", id]);
        this.#timers.delete(id);
      },
    };
  }

  async run(): Promise<void> {
    while (this.divergence === undefined && this.cursor < this.#entries.length) {
      const entry = this.#entries[this.cursor]!;
      if (entry[0] === "turns") await this.#let(entry[1]);
      this.#performInputs();
      const from = this.cursor;
      if (from < this.#entries.length && this.#entries[from]![0] !== "turns" && !(await this.#movesOn(from))) {
        this.divergence ??= { at: from, expected: this.#entries[from]!, actual: undefined };
      }
    }
  }

  /** Lets promises run before the next input, unless a step comes first. */
  async #let(turns: number): Promise<void> {
    const from = this.cursor;
    for (let turn = 0; turn < turns && this.cursor === from && this.divergence === undefined; turn++) await undefined;
    if (this.cursor === from) this.cursor++;
  }

  /** Performs the inputs that the log has next, up to a step or to where promises have to run first. */
  #performInputs(): void {
    let entry = this.#entries[this.cursor];
    while (this.divergence === undefined && entry !== undefined && isInput(entry)) {
      this.cursor++;
      this.#perform(entry);
      entry = this.#entries[this.cursor];
    }
  }

  /** Performs all that the log has before the next step: the policy is about to take it. */
  #performBefore(): void {
    do {
      if (this.#entries[this.cursor]?.[0] === "turns") this.cursor++;
      this.#performInputs();
    } while (this.#entries[this.cursor]?.[0] === "turns");
  }

  /** Lets promises run until the policy has taken the step at `from`. */
  async #movesOn(from: number): Promise<boolean> {
    for (let turn = 0; turn < maxTurns && this.divergence === undefined; turn++) {
      if (this.cursor > from) return true;
      await undefined;
    }
    return this.cursor > from;
  }

  #perform(entry: LogEntry): void {
    switch (entry[0]) {
      case "call":
        this.#call(entry[1], entry[2]);
        break;
      case "settle":
        this.#settle(entry[1], entry[2], entry[3]);
        break;
      case "abort":
        this.#controllers.get(entry[1])?.abort();
        break;
      case "fire":
        this.#fire(entry[1]);
        break;
      case "change":
        (this.policy as unknown as BasePolicy<never>).reconfigure(entry[1]);
        break;
      default:
    }
  }

  #fire(timer: number): void {
    const callback = this.#timers.get(timer);
    this.#timers.delete(timer);
    callback?.();
  }

  #call(call: number, { signal, ...rest }: RecordedOptions): void {
    const options: CallOptions = signal === undefined ? rest : { ...rest, signal: this.#signal(call, signal) };
    let attempts = 0;
    const fn = () => {
      const attempt = ++attempts;
      this.#step(["begin", call, attempt]);
      return new Promise<unknown>((resolve, reject) => {
        this.#attempts.set(`${call}/${attempt}`, { resolve, reject });
      });
    };
    const ended = run(new Call(this.#owner, fn, options, true)) as Promise<Outcome<unknown>>;
    void ended.then((outcome) => {
      const end = endOf(outcome);
      this.ends.set(call, end);
      this.#controllers.delete(call);
      this.#step(["end", call, end]);
    });
  }

  #signal(call: number, kind: "live" | "aborted"): AbortSignal {
    const controller = new AbortController();
    if (kind === "aborted") controller.abort();
    this.#controllers.set(call, controller);
    return controller.signal;
  }

  /** The recording saw the result one turn before the policy did, as a promise that is settled here is seen one turn later. */
  #settle(call: number, attempt: number, result: RecordedResult): void {
    const id = `${call}/${attempt}`;
    const open = this.#attempts.get(id);
    this.#attempts.delete(id);
    const outcome = this.#revive(result);
    if (outcome.ok) open?.resolve(outcome.value);
    else open?.reject(outcome.error);
  }
}

/**
 * Runs a recording through a policy made anew, and compares every step.
 *
 * With a policy made as the recorded one was, every decision is the same: put a breakpoint where the strange one is made. With other options the
 * first difference shows where they would have decided otherwise.
 *
 * @param log what {@link recordDecisions} recorded, also after a round trip through JSON.
 * @param make makes the policy.
 * @throws HoldfastError `DECISION_LOG_INVALID` for what is no log
 */
export async function replayDecisions<P extends Policy>(
  log: DecisionLog,
  make: (parts: ReplayableParts) => P,
  options: ReplayOptions = {},
): Promise<Replay<P>> {
  checkLog(log);
  const replayer = new Replayer(log, make, options.revive ?? reviveResult);
  await replayer.run();
  const { divergence, cursor, ends, policy } = replayer;
  return { divergence, entries: cursor, ends, policy };
}
