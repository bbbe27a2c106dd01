import { describe, expect, it } from "vitest";
import { criticalities, defaultCriticality, rankOf, ranks } from "../../ts/resilience/criticality.js";

describe("criticality", () => {
  it("ranks the four words of the SRE book, the most important first", () => {
    expect(criticalities.map(rankOf)).toEqual([0, 1, 2, 3]);
    expect(criticalities).toHaveLength(ranks);
  });

  it("takes a call that does not say for critical", () => {
    expect(rankOf(undefined)).toBe(rankOf(defaultCriticality));
  });

  it("names the words where another is given", () => {
    expect(() => rankOf("urgent" as never)).toThrow(/critical-plus, critical, sheddable-plus, sheddable/);
  });
});
