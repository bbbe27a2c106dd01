/**
 * The same trace through Holdfast and a peer, step by step. Where what they show differs, a reviewed list has to say why that is
 * intended; anything that the list does not explain is a mistake of ours, or a change of the peer's that somebody must look at.
 */

import { expect, vi } from "vitest";

/** Where two runs of one trace show different things. */
export interface Point<Step, Ours, Theirs> {
  readonly step: Step;
  readonly ours: Ours;
  readonly theirs: Theirs;
  /** What was seen after the step before; for the first step, before any. */
  readonly before: { readonly ours: Ours; readonly theirs: Theirs };
}

/** A difference that we want. */
export interface Difference<Step, Ours, Theirs> {
  readonly name: string;
  /** Why ours is right. */
  readonly reason: string;
  /** Only what is shown differs, not what will happen: the rest of the trace is compared too. */
  readonly shownOnly?: boolean;
  explains(point: Point<Step, Ours, Theirs>): boolean;
}

/** Something that a trace is run through; `look` gives what can be seen now. */
export interface Subject<Step, Seen> {
  take(step: Step): Promise<Seen>;
  look(): Seen;
  end(): void;
}

/** What the outside of both must have in common for a trace to go on; extra fields are for explanations. */
export type Visible<Seen> = (seen: Seen) => unknown;

/** A trace, and who runs it. */
export interface Run<Step, Ours, Theirs> {
  readonly seed: number;
  readonly steps: readonly Step[];
  readonly ours: Subject<Step, Ours>;
  readonly theirs: Subject<Step, Theirs>;
  readonly visible: { readonly ours: Visible<Ours>; readonly theirs: Visible<Theirs> };
  readonly differences: readonly Difference<Step, Ours, Theirs>[];
}

/**
 * Runs one trace as long as both agree or differ as intended; notes the names of the differences in `used`. The two take their
 * steps one after the other at the same instant, so a step must not move the time: see {@link movesTime}.
 */
export async function compare<Step, Ours, Theirs>(run: Run<Step, Ours, Theirs>, used: Set<string>): Promise<void> {
  let before = { ours: run.ours.look(), theirs: run.theirs.look() };
  const log: string[] = [];
  try {
    for (const step of run.steps) {
      await movesTime(step);
      const ours = await run.ours.take(step);
      const theirs = await run.theirs.take(step);
      const shown = { ours: run.visible.ours(ours), theirs: run.visible.theirs(theirs) };
      log.push(`${JSON.stringify(step)}: ours ${JSON.stringify(ours)}, theirs ${JSON.stringify(theirs)}`);
      if (JSON.stringify(shown.ours) !== JSON.stringify(shown.theirs)) {
        const point = { step, ours, theirs, before };
        const difference = run.differences.find((one) => one.explains(point));
        if (difference === undefined) {
          expect.fail(`seed ${run.seed}: a difference that the list does not explain\n${log.join("\n")}`);
        }
        used.add(difference.name);
        if (difference.shownOnly !== true) return;
      }
      before = { ours, theirs };
    }
  } finally {
    run.ours.end();
    run.theirs.end();
  }
}

/** A step with `waitMs` is waiting: time moves for both at once. */
async function movesTime(step: unknown): Promise<void> {
  const { waitMs } = step as { waitMs?: number };
  if (waitMs !== undefined) await vi.advanceTimersByTimeAsync(waitMs);
}

/** Lets promise reactions run; no timer fires. */
export async function turn(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
}

/** The host's time, in the hands of the test: for peers, which know no other. */
export function holdTime(): void {
  vi.useFakeTimers({
    now: 0,
    toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "Date", "performance"],
  });
}

/** Gives the time back. */
export function releaseTime(): void {
  vi.useRealTimers();
}

/** Each difference of the list must have been seen: one that no longer occurs is to be deleted. */
export function expectAllUsed(differences: readonly { readonly name: string }[], used: ReadonlySet<string>): void {
  expect([...used].sort()).toEqual(differences.map(({ name }) => name).sort());
}
