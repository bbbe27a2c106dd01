import { describe, expect, test } from "vitest";
import * as results from "../../ts/errors/index.js";

const {
  all,
  andThen,
  any,
  defect,
  err,
  fromOutcome,
  fromPromise,
  fromThrowable,
  isDefect,
  map,
  mapErr,
  match,
  ok,
  orElse,
  unwrap,
  unwrapOr,
} = results;
const bug = new TypeError("a bug");
const buggy = () => {
  throw bug;
};

describe("results", () => {
  test("an error thrown in a callback is a defect, and stays one", () => {
    for (const made of [map(ok(1), buggy), andThen(ok(1), buggy), mapErr(err(1), buggy), orElse(err(1), buggy)]) {
      expect(made).toEqual(defect(bug));
      expect(orElse(mapErr(map(andThen(made, ok), String), String), () => ok(0))).toBe(made);
    }
  });

  test("each helper touches its own end alone", () => {
    expect([map(ok(1), (n) => n + 1), map(err("e"), buggy)]).toEqual([ok(2), err("e")]);
    expect([mapErr(err(1), String), mapErr(ok(1), buggy)]).toEqual([err("1"), ok(1)]);
    expect([andThen(ok(1), () => err("no")), andThen(err("e"), buggy)]).toEqual([err("no"), err("e")]);
    expect([orElse(err(1), () => ok(2)), orElse(ok(1), buggy)]).toEqual([ok(2), ok(1)]);
  });

  test("unwrap throws the very error, unwrapOr hides no bug, match throws a defect on", () => {
    const error = new Error("e");
    expect(() => unwrap(err(error))).toThrow(error);
    expect(unwrapOr(err(error), 7)).toBe(7);
    expect(() => unwrapOr(defect(bug), 7)).toThrow(bug);
    expect(() => match(defect(bug), { ok: () => 1, err: () => 2 })).toThrow(bug);
    expect(match(defect(bug), { ok: () => 1, err: () => 2, defect: () => 3 })).toBe(3);
  });

  test("what is thrown comes to its end: bugs to the defects, all else to the errors", async () => {
    const down = { status: 503 };
    expect(await fromPromise(Promise.reject(down))).toEqual(err(down));
    expect(await fromPromise(Promise.reject(bug))).toEqual(defect(bug));
    expect(await fromPromise(Promise.reject(down), buggy)).toEqual(defect(bug));
    expect(fromThrowable(buggy)()).toEqual(defect(bug));
    expect(fromThrowable((n: number) => n + 1)(1)).toEqual(ok(2));
  });

  test("a defect anywhere comes first in all and any", () => {
    expect(all([ok(1), err("a"), defect(bug)])).toEqual(defect(bug));
    expect(any([ok(1), defect(bug)])).toEqual(defect(bug));
    expect([all([]), any([])]).toEqual([ok([]), err([])]);
  });

  test("outcomes of policies are results, and results outcomes", () => {
    expect(isDefect(fromOutcome({ ok: false, error: bug }))).toBe(true);
    expect(fromOutcome({ ok: false, error: "no", rejectedBy: "p" })).toEqual({
      ok: false,
      error: "no",
      rejectedBy: "p",
    });
  });
});
