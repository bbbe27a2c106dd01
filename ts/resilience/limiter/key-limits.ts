/** Which limit a key has where keys differ: one that was set by hand, else what the function says, else the algorithm's own. */

import { invalidOption } from "../../kernel/index.js";
import { wholeNumber } from "../options.js";
import type { KeyOptions, Rate } from "./algorithm.js";

const maxLimitsByDefault = 10_000;

export class KeyLimits {
  readonly #limits: ((key: string) => Rate | undefined) | undefined;
  readonly #set = new Map<string, Rate>();
  readonly #max: number;

  constructor({ limits, maxLimits }: KeyOptions) {
    this.#limits = limits;
    this.#max = wholeNumber("keys.maxLimits", maxLimits ?? maxLimitsByDefault, 0);
  }

  /** Whether every key has the algorithm's own limit. */
  get none(): boolean {
    return this.#limits === undefined && this.#set.size === 0;
  }

  of(key: string): Rate | undefined {
    return this.#set.get(key) ?? this.#limits?.(key);
  }

  /** Sets a key's limit, or takes it away. Throws `INVALID_OPTION` beyond as many as may be held: a limit is never dropped silently. */
  set(key: string, rate: Rate | undefined): void {
    if (rate === undefined) {
      this.#set.delete(key);
      return;
    }
    if (!this.#set.has(key) && this.#set.size >= this.#max) {
      throw invalidOption(
        "key",
        key,
        `${this.#max} keys have a limit of their own; raise keys.maxLimits, or pass keys.limits`,
      );
    }
    this.#set.set(key, rate);
  }
}
