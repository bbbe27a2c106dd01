import { expect, it } from "vitest";
import { makeFormat } from "../../ts/dashboard/page/client/format.js";

const format = makeFormat();

it.each([
  [0, "–"],
  [0.04, "<0.1 ms"],
  [4.23, "4.2 ms"],
  [9.96, "10 ms"],
  [412.4, "412 ms"],
  [999.7, "1.00 s"],
  [1_234, "1.23 s"],
  [12_340, "12.3 s"],
])("writes %d ms as %s", (ms, text) => {
  expect(ms === 0 ? format.latency(ms).value : format.latencyText(ms)).toBe(text);
});

it.each([
  [0, "0"],
  [0.0004, "<0.1"],
  [0.024, "2.4"],
  [0.24, "24"],
  [0.9903, "99.0"],
  [0.99999, ">99.9"],
  [1, "100"],
])("never rounds a share of %d to none or all: %s %%", (share, text) => {
  expect(format.percent(share)).toBe(text);
});

it.each([
  [0, "0"],
  [0.02, "<0.1"],
  [3.14, "3.1"],
  [298.6, "299"],
  [12_345.6, "12,346"],
])("writes %d a second as %s", (rate, text) => {
  expect(format.rate(rate)).toBe(text);
});

it.each([
  [4_400, "4 s"],
  [60_000, "1 min"],
  [125_000, "2 min 5 s"],
  [3_900_000, "1 h 5 min"],
  [90_000_000, "1 d 1 h"],
])("writes a time of %d ms as %s", (ms, text) => {
  expect(format.duration(ms)).toBe(text);
});

it("writes the time of day in columns of the same width", () => {
  expect(format.clock(Date.UTC(2026, 0, 5, 3, 4, 5))).toMatch(/^\d\d:04:05$/);
});
