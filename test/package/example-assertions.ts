/** What the assertions in documents (`// => value`) turn into when an example runs. */

import { expect } from "vitest";

/** Fails with the document's file and line unless `actual` equals what the document says. */
export function __shows(actual: unknown, wanted: () => unknown, place: string): void {
  expect(actual, `${place} shows another value than the document says`).toEqual(wanted());
}

/** Fails with the document's file and line unless `work` throws or rejects with an error of this code (or, ending with Error, name). */
export async function __throws(work: () => Promise<unknown>, wanted: string, place: string): Promise<void> {
  let thrown: unknown;
  try {
    await work();
  } catch (error) {
    thrown = error;
  }
  const known = thrown as { code?: string; name?: string } | undefined;
  const seen = thrown === undefined ? "nothing" : wanted.endsWith("Error") ? known?.name : known?.code;
  expect(seen, `${place} throws something else than the document says`).toBe(wanted);
}
