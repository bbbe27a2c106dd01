import type { FullRuntime } from "../../ts/core/index.js";
import { isHoldfastError } from "../../ts/kernel/index.js";

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
  ...["dispose", "disposed", "forOneThread", "live", "mergeIn", "place", "steady"],
  // Of single classes: what `attach` sets up, and what would be private if it were not for that.
  ...[
    "bucketsAt",
    "full",
    "inside",
    "nap",
    "packed",
    "percentilesAt",
    "reading",
    "refusalOf",
    "untilFree",
    "use",
    "windows",
  ],
  "written",
];

/** The code of the error that a call throws; undefined where it throws none. */
export function codeOf(call: () => unknown): string | undefined {
  try {
    call();
  } catch (error) {
    if (isHoldfastError(error)) return error.code;
    throw error;
  }
  return undefined;
}
