import { expect, it } from "vitest";
import { canRedraw, painter, table, wantsColour } from "../../ts/cli/output.js";

const stream = (isTTY: boolean) => ({ write: () => true, isTTY });

it.each([
  [true, {}, true],
  [false, {}, false],
  [true, { TERM: "dumb" }, false],
  [true, { NO_COLOR: "1" }, false],
  [true, { NO_COLOR: "" }, true],
  [true, { NO_COLOR: "1", FORCE_COLOR: "1" }, false],
  [false, { FORCE_COLOR: "1" }, true],
  [false, { FORCE_COLOR: "true", TERM: "dumb" }, true],
  [true, { FORCE_COLOR: "0" }, false],
  [true, { FORCE_COLOR: "false" }, false],
  [false, { FORCE_COLOR: "" }, false],
])("terminal %s with %j: colour %s", (isTTY, env, colour) => {
  expect(wantsColour(stream(isTTY), env)).toBe(colour);
});

it("moves the cursor on a real terminal only, whatever is wished about colour", () => {
  expect(canRedraw(stream(true), { NO_COLOR: "1" })).toBe(true);
  expect(canRedraw(stream(false), { FORCE_COLOR: "1" })).toBe(false);
  expect(canRedraw(stream(true), { TERM: "dumb" })).toBe(false);
});

it("aligns columns by what is seen, not by what is written", () => {
  const paint = painter(true);
  const rows = [
    ["name", "rate"],
    [paint("red", "a"), "7"],
  ];
  expect(table(rows, [1])).toEqual(["name  rate", "\u001b[31ma\u001b[39m        7"]);
  expect(painter(false)("red", "a")).toBe("a");
});
