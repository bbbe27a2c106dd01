/** Interval tree clocks against the paper's own rules, in every build that has them. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as twin from "../twins/interval-tree.js";
import { type Build, openBuild } from "./builds.js";
import { BuiltStamp, roomyBuilds } from "./clocks.js";

const steps = fc.array(fc.tuple(fc.constantFrom("event", "event", "fork", "join", "peek"), fc.nat(100), fc.nat(100)), {
  maxLength: 60,
  size: "max",
});

type Steps = typeof steps extends fc.Arbitrary<infer T> ? T : never;

/** Plays steps on stamps and twins, and compares their codes after each and all pairs at the end. */
function play(build: Build, all: Steps): BuiltStamp[] {
  const stamps = [new BuiltStamp(build)];
  const twins = [twin.seed];
  for (const [what, first, second] of all) {
    const [i, j] = [first % stamps.length, second % stamps.length];
    if (what === "event") {
      expect(stamps[i]!.event()).toBe(0);
      twins[i] = twin.event(twins[i]!);
    } else if (what === "fork" && stamps.length < 8) {
      stamps.push(stamps[i]!.fork() as BuiltStamp);
      const [left, right] = twin.fork(twins[i]!);
      twins[i] = left;
      twins.push(right);
    } else if (what === "join" && i !== j) {
      expect(stamps[i]!.join(stamps[j]!)).toBe(0);
      twins[i] = twin.join(twins[i]!, twins[j]!);
      stamps.splice(j, 1);
      twins.splice(j, 1);
    } else if (what === "peek") {
      // A message: what one knows reaches another, who keeps its share.
      const message = stamps[i]!.peek();
      expect(message.code).toEqual(twin.encode(twin.peek(twins[i]!)));
      expect(stamps[j]!.join(message)).toBe(0);
      twins[j] = twin.join(twins[j]!, twin.peek(twins[i]!));
    }
    expect(stamps.map(({ code }) => code)).toEqual(twins.map(twin.encode));
  }
  for (const [i, one] of stamps.entries()) {
    for (const [j, other] of stamps.entries()) {
      const before = twin.leq(twins[i]!, twins[j]!) ? 0 : 2;
      const after = twin.leq(twins[j]!, twins[i]!) ? 0 : 1;
      expect(one.compare(other)).toBe(before | after);
    }
  }
  return stamps;
}

describe.each(roomyBuilds)("%s", (name) => {
  test("stamps are those of the paper, bit by bit, within the scratch that was asked for", () => {
    fc.assert(
      fc.property(steps, (all) => {
        play(openBuild(name, 64), all);
      }),
      { numRuns: 20 },
    );
  });

  test("of two places that cost the same, an event is counted in the right one", () => {
    const [stamp] = play(openBuild(name, 4), [
      ["fork", 0, 0],
      ["fork", 0, 0],
      ["fork", 1, 0],
      ["join", 0, 3],
      ["event", 0, 0],
    ]);
    const id: twin.IdTree = [
      [1, 0],
      [0, 1],
    ];
    expect(stamp!.code).toEqual(twin.encode({ id, events: [0, 0, [0, 0, 1]] }));
  });

  test("a stamp is read back from its code, and nothing else is read", () => {
    const build = openBuild(name, 64);
    const stamps = play(build, [
      ["fork", 0, 0],
      ["event", 1, 0],
      ["fork", 1, 0],
      ["event", 2, 0],
      ["fork", 0, 0],
      ["event", 0, 0],
      ["peek", 2, 3],
      ["event", 3, 0],
    ]);
    for (const stamp of stamps) {
      const bytes = Uint8Array.from(Buffer.from(stamp.code.hex, "hex"));
      const copy = new BuiltStamp(build);
      expect(copy.decode(bytes)).toBe(0);
      expect(copy.code).toEqual(stamp.code);
      expect(copy.decode(bytes.slice(0, -1))).toBe(4);
      expect(copy.decode(Uint8Array.of(...bytes, 0))).toBe(4);
      expect(copy.code).toEqual(stamp.code);
    }
  });

  test("what is no code in normal form is refused", () => {
    const build = openBuild(name, 64);
    const stamp = new BuiltStamp(build);
    const refused = (bits: string): number =>
      stamp.decode(
        Uint8Array.from(bits.replace(/ /g, "").match(/.{1,8}/g) ?? [], (byte) =>
          Number.parseInt(byte.padEnd(8, "0"), 2),
        ),
      );
    expect(refused("001 1000")).toBe(0);
    expect(refused("001 1001 1")).toBe(4); // A bit behind the end.
    expect(refused("11001001 1000")).toBe(4); // Both halves owned is all.
    expect(refused("11000001 1000")).toBe(4); // No half by its long form.
    expect(refused("001 000 1000")).toBe(4); // Two leaves of 0 are one.
    expect(refused("001 010 1001 1001")).toBe(4); // Neither child begins at 0.
    expect(refused("001 01100 1000 1001")).toBe(4); // A number of 0 is left out.
    expect(refused(`001 ${"1".repeat(60)}`)).toBe(4); // No number is so long.
    expect(refused("0".repeat(2_000))).toBe(4);
    expect(refused(`${"01".repeat(300)}001 1000`)).toBe(4); // Deeper than any tree here.
    expect(refused("1".repeat(2_049))).toBe(1);
    expect(stamp.decode(new Uint8Array(0))).toBe(4);
    expect(stamp.code).toEqual({ bits: 7, hex: "30" });
  });

  test("random bytes are a code or refused, and never more than the scratch", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        const build = openBuild(name, 4);
        const stamp = new BuiltStamp(build, 40);
        if (stamp.decode(bytes) === 0) {
          expect(stamp.code.hex).toBe(Buffer.from(bytes).toString("hex"));
          expect([0, 1, 2]).toContain(stamp.event());
        }
      }),
      { numRuns: 200 },
    );
  });

  test("numbers of any size have a code", () => {
    const build = openBuild(name, 4);
    const stamp = new BuiltStamp(build, 40);
    for (const events of [0, 3, 4, 11, 12, 1_000, 2 ** 31, 2 ** 45]) {
      const { bits, hex } = twin.encode({ id: 1, events });
      expect(stamp.decode(Buffer.from(hex, "hex"))).toBe(0);
      expect(stamp.event()).toBe(0);
      expect(stamp.code).toEqual(twin.encode({ id: 1, events: events + 1 }));
      expect(bits).toBeLessThan(320);
    }
  });

  test("what would not fit, and what owns nothing or twice, is refused without a change", () => {
    const build = openBuild(name, 64);
    const stamp = new BuiltStamp(build, 8);
    let forks = 0;
    while (typeof stamp.fork() !== "number") forks++;
    expect(forks).toBeGreaterThan(20);
    const { code } = stamp;
    expect(stamp.fork()).toBe(1);
    expect(stamp.event()).toBe(1);
    expect(stamp.code).toEqual(code);
    expect(stamp.join(stamp)).toBe(3);
    expect(stamp.code).toEqual(code);
    const anonymous = stamp.peek();
    expect(anonymous.event()).toBe(2);
    expect(anonymous.join(anonymous.peek())).toBe(0);
    expect(build.x.stampInit(stamp.at, 0)).toBe(1);
    expect([0, 1, 8, 9, 65_536, 65_537].map((capacity) => build.x.stampSize(capacity))).toEqual([
      0, 32, 32, 40, 65_560, 0,
    ]);
  });

  test("no tree is deeper than 256", () => {
    const build = openBuild(name, 64);
    const stamp = new BuiltStamp(build, 1_000);
    let forks = 0;
    while (typeof stamp.fork() !== "number") forks++;
    expect(forks).toBe(256);
    expect(stamp.event()).toBe(0);
  });

  test("a snapshot is restored", () => {
    const build = openBuild(name, 4);
    const { x } = build;
    const stamp = new BuiltStamp(build, 16);
    stamp.event();
    const bytes = build.alloc(x.snapshotSize(stamp.at));
    x.stampSave(stamp.at, bytes);
    const copy = new BuiltStamp(build, 16);
    expect(x.stampLoad(copy.at, bytes)).toBe(0);
    expect(copy.code).toEqual(stamp.code);
    expect(x.stampLoad(new BuiltStamp(build, 24).at, bytes)).not.toBe(0);
  });
});

test("all builds hold the same bytes", () => {
  fc.assert(
    fc.property(steps, (all) => {
      const bytes = roomyBuilds.map((name) => {
        const build = openBuild(name, 64);
        return play(build, all).map(({ at }) => [...build.bytes(at, build.x.stampSize(256))]);
      });
      for (const each of bytes) expect(each).toEqual(bytes[0]);
    }),
    { numRuns: 5 },
  );
});
