import type { FullRuntime } from "../../ts/core/index.js";

/** A class of the core, for the tests of what all have in common. */
export interface Subject {
  readonly name: string;
  make(runtime?: FullRuntime): Disposable & { dispose(): void };
  /** Every method, each with fitting arguments. */
  // biome-ignore lint/suspicious/noExplicitAny: one table for classes of different shapes
  readonly calls: Readonly<Record<string, (it: any) => unknown>>;
}
