/** Restarts of named parts: one at a time each, shared by all calls that fail meanwhile, with a bounded memory of when. */

import type { Clock } from "../../kernel/index.js";

/** Starts a part anew. It may take time and may fail. */
export type Restart = () => unknown;

/** How many instants are kept of each target; no plan may ask for more restarts than that. */
const maxRemembered = 1_000;

/** See the head of this file. */
export class Restarts {
  readonly #clock: Clock;
  readonly #parts: Readonly<Record<string, Restart>>;
  readonly #times: Record<string, number[]>;
  readonly #underway = new Map<string, Promise<void>>();
  readonly #generations = new Map<string, number>();

  constructor(clock: Clock, parts: Readonly<Record<string, Restart>>) {
    this.#clock = clock;
    this.#parts = parts;
    this.#times = Object.fromEntries(Object.keys(parts).map((target) => [target, []]));
  }

  /** When each target was restarted. */
  get times(): Readonly<Record<string, readonly number[]>> {
    return this.#times;
  }

  /** Counts the restarts that have ended; a call that began before the last of them failed on the old part. */
  get generation(): ReadonlyMap<string, number> {
    return new Map(this.#generations);
  }

  /** Restarts a target, or joins a restart that is under way, or does nothing where one has ended since `since`. */
  run(target: string, since: ReadonlyMap<string, number>): Promise<void> {
    if ((since.get(target) ?? 0) !== (this.#generations.get(target) ?? 0)) return Promise.resolve();
    const joined = this.#underway.get(target);
    if (joined !== undefined) return joined;
    const times = this.#times[target]!;
    times.push(this.#clock.now());
    if (times.length > maxRemembered) times.shift();
    const restart = this.#restart(target).finally(() => this.#underway.delete(target));
    this.#underway.set(target, restart);
    return restart;
  }

  /** Whether a restart would be shared with others, and so would not be one more. */
  shares(target: string, since: ReadonlyMap<string, number>): boolean {
    return this.#underway.has(target) || (since.get(target) ?? 0) !== (this.#generations.get(target) ?? 0);
  }

  async #restart(target: string): Promise<void> {
    await this.#parts[target]!();
    this.#generations.set(target, (this.#generations.get(target) ?? 0) + 1);
  }
}
