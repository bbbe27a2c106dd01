import { expect, it } from "vitest";
import { plainLine, redraw, screenLines, type View } from "../../ts/cli/demo/screen.js";
import { painter } from "../../ts/cli/output.js";
import { simulatedWorld } from "../dashboard/simulated-world.js";

const side = {
  requests: 3_000,
  perSecond: 300,
  p50: 4.2,
  p99: 48,
  okShare: 0.982,
  refusedShare: 0.0175,
  failedShare: 0.0005,
};

function view(seconds: number): View {
  const world = simulatedWorld({ seed: 7 });
  let before = world.step();
  let snapshot = before;
  for (let second = 1; second < seconds; second++) {
    before = snapshot;
    snapshot = world.step();
  }
  return {
    elapsedMs: seconds * 1000,
    dashboardUrl: "http://127.0.0.1:8081/-/dashboard",
    seed: 7,
    snapshot,
    before,
    on: side,
    off: { ...side, p99: 1_240, okShare: 0.87, refusedShare: 0, failedShare: 0.13 },
    nameOf: (instance) => instance.id,
  };
}

it("shows both sides, every route and every breaker", () => {
  const text = screenLines(view(26), painter(false)).join("\n");
  expect(text).toContain("http://127.0.0.1:8081/-/dashboard");
  expect(text).toMatch(/policies on +300\/s +98\.2 % +1\.8 % +<0\.1 % +4\.2 ms +48 ms/);
  expect(text).toMatch(/policies off +300\/s +87\.0 % +0 % +13\.0 % +4\.2 ms +1\.24 s/);
  expect(text).toMatch(/^export +\d+\/s .* \d+\/s$/m);
  expect(text).toMatch(/^flaky +█ open \d+ s/m);
  expect(text).toMatch(/limiter of export: \d+ refused in all/);
  expect(text).not.toContain("\u001b");
});

it("is as many lines whatever happens, so that it can be redrawn in place", () => {
  const lengths = Array.from({ length: 40 }, (_, second) => screenLines(view(second + 1), painter(true)).length);
  expect(new Set(lengths).size).toBe(1);
});

it("goes up over what it drew, cuts lines that would wrap, and clears the rest", () => {
  expect(redraw(["abc"], 0, 80)).toBe("\r\u001b[Kabc\n\u001b[J");
  expect(redraw(["abc", painter(true)("red", "0123456789")], 2, 6)).toBe(
    "\u001b[2A\r\u001b[Kabc\n\r\u001b[K01234\n\u001b[J",
  );
});

it("is one line for a log", () => {
  const line = plainLine(view(26));
  expect(line).toMatch(/^00:26 {2}policies on: 98\.2 % answered, <0\.1 % failed, P99 48 ms \| off: 87\.0 % answered/);
  expect(line).toContain("flaky open");
  expect(line).not.toContain("\n");
});
