import { describe, expect, it } from "vitest";
import { isDashboardSnapshot, trafficOutcomes } from "../../ts/dashboard/index.js";
import { simulatedWorld } from "./simulated-world.js";

describe("isDashboardSnapshot", () => {
  const good = simulatedWorld().step();

  it("takes a snapshot, also after a journey as JSON, also with members that it does not know", () => {
    expect(isDashboardSnapshot(good)).toBe(true);
    expect(isDashboardSnapshot(JSON.parse(JSON.stringify(good)))).toBe(true);
    expect(isDashboardSnapshot({ ...good, later: 1 })).toBe(true);
  });

  it.each([undefined, null, 1, "text", [], {}])("refuses %j", (value) => {
    expect(isDashboardSnapshot(value)).toBe(false);
  });

  it.each(Object.keys(good))("refuses a snapshot without %s", (key) => {
    expect(isDashboardSnapshot({ ...good, [key]: undefined })).toBe(false);
  });

  it("refuses another version", () => {
    expect(isDashboardSnapshot({ ...good, version: 2 })).toBe(false);
  });
});

it("lists every outcome once, in the order of the type", () => {
  expect(trafficOutcomes).toEqual(Object.keys(simulatedWorld().step().totals.outcomes));
});
