import { inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { HoldfastError, isHoldfastError, RejectedError, withStack } from "../../ts/kernel/index.js";

class Full extends RejectedError {
  get code(): "FULL" {
    return "FULL";
  }
  get name(): string {
    return "Full";
  }
}

describe("RejectedError", () => {
  const error = new Full({ policy: "gate", rule: "queue-full", retryAfterMs: 12.5, cause: new Error("why") });

  it("is an Error to everybody who asks, without having captured a stack", () => {
    expect(error).toBeInstanceOf(Error);
    expect(error.stack).toBe("Full: gate: queue-full; retry after 13 ms");
    expect(String(error)).toBe(error.stack);
    expect(inspect(error)).toContain("gate: queue-full");
  });

  it("gets a stack when asked, and the global stack limit is untouched", () => {
    const before = Error.stackTraceLimit;
    expect(withStack(new Full({ policy: "gate", rule: "full" })).stack).toContain("error.test.ts");
    expect(Error.stackTraceLimit).toBe(before);
  });

  it("survives structuredClone as plain data, cause included", () => {
    const json = structuredClone(error.toJSON());
    expect(json).toMatchObject({
      name: "Full",
      code: "FULL",
      retryable: true,
      details: { policy: "gate", rule: "queue-full", retryAfterMs: 12.5 },
      cause: { name: "Error", message: "why" },
    });
  });
});

describe("HoldfastError", () => {
  it("makes the JSON round trip", () => {
    const error = new HoldfastError("X", "x is 1; give 2", { details: { x: 1 }, retryable: true });
    const back = HoldfastError.fromJSON(JSON.parse(JSON.stringify(error)));
    expect(back.toJSON()).toEqual(error.toJSON());
    expect(back).toBeInstanceOf(HoldfastError);
  });

  it("refuses data that is not an error's", () => {
    expect(() => HoldfastError.fromJSON({} as never)).toThrow(TypeError);
  });

  it("is recognised by brand, as an error of another copy of the package would be", () => {
    expect(isHoldfastError(new HoldfastError("X", "x"))).toBe(true);
    expect(isHoldfastError(new Full({ policy: "p", rule: "r" }))).toBe(true);
    expect(isHoldfastError({ [Symbol.for("holdfast.error")]: true })).toBe(true);
    expect(isHoldfastError(new Error("no"))).toBe(false);
    expect(isHoldfastError(null)).toBe(false);
  });
});
