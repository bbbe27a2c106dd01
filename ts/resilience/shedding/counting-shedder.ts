/** What the shedders share that decide by what they have counted over a rolling window. */

import type { FailureTest } from "../handle.js";
import { RollingCounts } from "./rolling-counts.js";
import { Shedder, type ShedderOptions } from "./shedder.js";

/** Options that they take alike. */
export interface CountingOptions extends ShedderOptions {
  readonly isFailure?: FailureTest;
}

/** The window of the counts. */
interface CountedWindow {
  readonly windowMs: number;
  readonly buckets: number;
}

/** See the head of the file. */
export abstract class CountingShedder<
  Options extends CountingOptions,
  Settings extends CountedWindow,
> extends Shedder<Options> {
  /** @internal */
  protected settings: Settings;
  /** @internal */
  protected rolling: RollingCounts;
  readonly #lanes: number;
  readonly #settingsOf: (options: Options) => Settings;

  /**
   * @param lanes how many things are counted.
   * @param settingsOf checks options; it must not change anything.
   */
  constructor(kind: string, options: Options, lanes: number, settingsOf: (options: Options) => Settings) {
    super(kind, options);
    this.#lanes = lanes;
    this.#settingsOf = settingsOf;
    this.settings = settingsOf(options);
    this.rolling = this.#countsFor(this.settings);
  }

  #countsFor({ windowMs, buckets }: Settings): RollingCounts {
    return new RollingCounts(this.#lanes, windowMs, buckets);
  }

  /** With another window it begins anew; else what was counted stays. */
  protected override adopt(options: Options): void {
    const settings = this.#settingsOf(options);
    const { windowMs, buckets } = this.settings;
    if (settings.windowMs !== windowMs || settings.buckets !== buckets) this.rolling = this.#countsFor(settings);
    this.settings = settings;
  }

  protected override get isFailure(): FailureTest | undefined {
    return this.options.isFailure;
  }

  protected override config(): string {
    return JSON.stringify([this.settings.windowMs, this.settings.buckets]);
  }

  protected override save(nowMs: number): Uint8Array {
    return this.rolling.save(nowMs);
  }

  protected override load(state: Uint8Array, nowMs: number): void {
    this.rolling.load(state, nowMs);
  }
}
