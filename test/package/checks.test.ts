/** The checkers of `npm run check` can fail: each sees a planted mistake. */

import { describe, expect, test } from "vitest";
import { effectsOf } from "../../scripts/check/effects.mjs";

describe("the check for time and randomness from the host", () => {
  const seen = (code: string) => effectsOf("a.ts", code).map(({ what }) => what);

  test.each([
    ["Date.now();", "Date.now"],
    ["const t = new Date();", "new Date()"],
    ["Math.random();", "Math.random"],
    ["setTimeout(() => {}, 1);", "setTimeout"],
    ["globalThis.setInterval(() => {}, 1);", "setInterval"],
    ["const clock = { now: performance.now };", "performance"],
    ["pass(setTimeout);", "setTimeout"],
    ["crypto.getRandomValues(bytes);", "crypto.getRandomValues"],
    ["import { setTimeout as sleep } from 'node:timers/promises';", "import of node:timers/promises"],
  ])("%s", (code, what) => expect(seen(code)).toEqual([what]));

  test("sees neither types, nor members of the same name, nor dates that are given", () => {
    expect(seen("type T = ReturnType<typeof setTimeout>;")).toEqual([]);
    expect(seen("host.setTimeout(f, 1); interface Host { setTimeout(f: () => void): void }")).toEqual([]);
    expect(seen("new Date(0); Date.UTC(2020, 0, 1);")).toEqual([]);
    expect(seen("clearTimeout(handle);")).toEqual([]);
  });

  test("names the line", () =>
    expect(effectsOf("a.ts", "one();\nDate.now();\n")).toEqual([{ line: 2, what: "Date.now" }]));
});
