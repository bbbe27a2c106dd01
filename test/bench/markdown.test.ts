import { expect, test } from "vitest";
import { formatNs, formatSpread, markdownTable, threeDigits } from "../../bench/report/markdown.js";

test("a table reads as plain text too", () => {
  const table = markdownTable(
    [
      { title: "who", align: "left" },
      { title: "time", align: "right" },
    ],
    [
      ["holdfast", "9 ns"],
      ["peer", "1234 ns"],
    ],
  );
  expect(table.split("\n")).toEqual([
    "| who      |    time |",
    "|----------|--------:|",
    "| holdfast |    9 ns |",
    "| peer     | 1234 ns |",
  ]);
});

test("a bar in a cell does not end it", () => {
  expect(markdownTable([{ title: "x", align: "left" }], [["a|b"]])).toContain("a\\|b");
});

test("times have three digits and a unit that fits", () => {
  expect(formatNs(4.634)).toBe("4.63 ns");
  expect(formatNs(92.94)).toBe("92.9 ns");
  expect(formatNs(514.4)).toBe("514 ns");
  expect(formatNs(12_345)).toBe("12.3 µs");
  expect(formatNs(4_550_000)).toBe("4.55 ms");
  expect(formatNs(Number.NaN)).toBe("–");
});

test("rounding never adds a digit", () => {
  expect(threeDigits(9.996)).toBe("10.0");
  expect(threeDigits(99.96)).toBe("100");
});

test("a spread is a percentage", () => {
  expect(formatSpread(0.066)).toBe("7 %");
  expect(formatSpread(Number.NaN)).toBe("–");
});
