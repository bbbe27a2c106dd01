import { describe, expect, it } from "vitest";
import { manualClock } from "../../ts/kernel/index.js";
import {
  bulkhead,
  circuitBreaker,
  compose,
  decodeSnapshot,
  encodeSnapshot,
  pipeline,
  policyRegistry,
  retry,
} from "../../ts/resilience/index.js";

const invalid = expect.objectContaining({ code: "INVALID_OPTION" });
const down = () => {
  throw new Error("down");
};

describe("policy registry", () => {
  it("finds policies by name, those too that are parts of parts", () => {
    const clock = manualClock();
    const registry = policyRegistry();
    const inner = compose(bulkhead({ name: "slots", limit: 1, clock }));
    const outer = registry.add(compose(retry({ name: "tries", clock }), inner));
    expect(registry.find("composition")).toBe(outer);
    expect(registry.find("slots")?.kind).toBe("bulkhead");
    expect(registry.find("nothing")).toBeUndefined();
    expect([...registry]).toEqual([outer]);
    expect(registry.status().map(({ name }) => name)).toEqual(["composition", "tries", "composition", "slots"]);
  });

  it("takes each name once, and no more policies than its bound", () => {
    const registry = policyRegistry({ maxPolicies: 2 });
    registry.add(retry({ name: "a" }));
    expect(() => registry.add(bulkhead({ name: "a", limit: 1 }))).toThrow(invalid);
    const made = registry.obtain("b", (name) => retry({ name }));
    expect(registry.obtain("b", () => expect.unreachable())).toBe(made);
    expect(() => registry.obtain("c", (name) => retry({ name }))).toThrow(invalid);
    expect(registry.remove("a")).toBe(true);
    expect(registry.remove("a")).toBe(false);
    expect(() => registry.obtain("c", () => retry({ name: "d" }))).toThrow(invalid);
    expect(registry.size).toBe(1);
    expect(() => policyRegistry({ maxPolicies: 0 })).toThrow(invalid);
  });

  it("changes policies by name, and says which names there are", async () => {
    const registry = policyRegistry();
    const slots = registry.add(bulkhead({ name: "slots", limit: 1 }));
    registry.reconfigure("slots", { limit: 5 });
    expect(slots.limit).toBe(5);
    registry.setMode("off", "slots");
    expect(slots.mode).toBe("off");
    registry.setMode("shadow");
    expect(slots.mode).toBe("shadow");
    expect(() => registry.reconfigure("slot", {})).toThrow(/known are slots/);
    expect(() => policyRegistry().setMode("off", "slots")).toThrow(/known are none/);
  });

  it("emits what its policies emit, until they are removed", async () => {
    const registry = policyRegistry();
    const seen: string[] = [];
    registry.on("added", ({ name }) => seen.push(`added ${name}`));
    registry.on("removed", ({ name }) => seen.push(`removed ${name}`));
    registry.on("rejected", ({ policy, rule }) => seen.push(`${policy} ${rule}`));
    registry.on("reconfigured", ({ policy, mode }) => seen.push(`${policy} ${mode}`));
    const breaker = registry.add(circuitBreaker({ name: "b", consecutiveFailures: 1 }));
    await breaker.tryExecute(down);
    await breaker.tryExecute(down);
    breaker.setMode("shadow");
    registry.remove("b");
    breaker.setMode("enforce");
    expect(seen).toEqual(["added b", "b open", "b shadow", "removed b"]);
  });

  it("saves all policies as one image, and restores those that are still the same", async () => {
    const clock = manualClock();
    const build = (failures: number) => {
      const registry = policyRegistry();
      registry.add(circuitBreaker({ name: "a", consecutiveFailures: 1, clock }));
      registry.add(pipeline("p", { clock, breaker: { consecutiveFailures: failures } }));
      return registry;
    };
    const before = build(1);
    for (const policy of before) await policy.tryExecute(down);
    before.add(retry({ name: "gone", clock }));
    const image = encodeSnapshot(before.snapshot());
    const after = build(1);
    expect(after.restore(decodeSnapshot(image)).size).toBe(0);
    expect(after.find("a")).toMatchObject({ state: "open" });
    expect(after.find("p.breaker")).toMatchObject({ state: "open" });
    const changed = build(2);
    expect([...changed.restore(decodeSnapshot(image)).keys()]).toEqual(["p"]);
    expect(changed.find("a")).toMatchObject({ state: "open" });
    expect(changed.find("p.breaker")).toMatchObject({ state: "closed" });
  });

  it("refuses what is no snapshot of a registry", () => {
    const registry = policyRegistry();
    registry.add(retry({ name: "a" }));
    const snapshot = registry.snapshot();
    const torn = expect.objectContaining({ code: "SNAPSHOT_INVALID" });
    expect(() => registry.restore(undefined as never)).toThrow(torn);
    expect(() => registry.restore({ ...snapshot, kind: "retry" })).toThrow(torn);
    expect(() => registry.restore({ ...snapshot, config: "[" })).toThrow(torn);
    expect(() => registry.restore({ ...snapshot, config: "[1]" })).toThrow(torn);
    expect(() => registry.restore({ ...snapshot, config: "[]" })).toThrow(torn);
    expect(() => registry.restore({ ...snapshot, state: snapshot.state.slice(1) })).toThrow(torn);
  });
});
