import type { FullRuntime } from "../../ts/core/index.js";

/** A class of the core, for the tests of what all have in common. */
export interface Subject {
  readonly name: string;
  make(runtime?: FullRuntime): Disposable & { dispose(): void };
  /** Every method, each with fitting arguments. */
  // biome-ignore lint/suspicious/noExplicitAny: one table for classes of different shapes
  readonly calls: Readonly<Record<string, (it: any) => unknown>>;
}

/** What every class has from Structure. */
export const inheritedCalls: Subject["calls"] = { handle: (it) => it.handle };

/** Methods that are not part of the public face. */
export const innerNames: readonly string[] = [
  ...["constructor", "addressIn", "attached", "beside", "borrowing", "configured", "copyIn", "copyOut", "defaultBurst"],
  ...["dispose", "disposed", "live", "mergeIn", "place"],
];
