/** The committed vectors of the lock-free structures, on every build that has them. */

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { buildsWith, openBuild } from "../assembly/builds.js";
import { make, messageKinds } from "../assembly/lockfree-messages.js";
import { asks } from "../twins/lockfree.js";
import type { LockFreeVectors } from "../twins/vectors/lockfree.js";

const vectors = JSON.parse(readFileSync(new URL("lockfree.json", import.meta.url), "utf8")) as LockFreeVectors;

describe.each(buildsWith("spscInit"))("%s", (name) => {
  const build = openBuild(name, 4);
  const { x } = build;

  test.each(vectors.messages)("$structure", ({ structure, capacity, steps }) => {
    const it = messageKinds[structure]!.open(build, capacity);
    for (const [what, value, room] of steps) {
      if (what === "push") expect(it.push(value)).toBe(room);
      else expect(it.pop() ?? null).toBe(value);
    }
  });

  test("deque", () => {
    const { capacity, steps } = vectors.deque;
    const at = make(build, x.dequeSize(capacity), (to) => x.dequeInit(to, capacity));
    for (const [what, item, room] of steps) {
      if (what === "push") expect(x.dequePush(at, item) === 1).toBe(room);
      else expect(what === "take" ? x.dequeTake(at) : x.dequeSteal(at)).toBe(item);
    }
  });

  test("map", () => {
    const at = make(build, x.mapSize(6), (to) => x.mapInit(to, 6, 1, 2, 3, 4));
    const out = build.alloc(8);
    for (const [what, ...words] of vectors.map) {
      const [key, value, expected, status, held] = words;
      const halves = [key, value, expected].flatMap((word) => [Number(BigInt(word) & 0xffffffffn), Number(BigInt(word) >> 32n)]);
      const [k0, k1, v0, v1, e0, e1] = halves as [number, number, number, number, number, number];
      expect(x.mapAsk(at, asks.indexOf(what as "get"), k0, k1, v0, v1, e0, e1, out)).toBe(status);
      if (held !== null) expect(`${new DataView(build.memory.buffer).getBigUint64(out, true)}`).toBe(held);
    }
  });

  test("permits", () => {
    const at = make(build, x.permitsSize(), (to) => x.permitsInit(to, vectors.permits.permits));
    const operations: Readonly<Record<string, (at: number, owner: number) => number>> = {
      acquire: x.permitsTryAcquire,
      release: x.permitsRelease,
      reclaim: x.permitsReclaim,
    };
    for (const [what, owner, answer, inUse] of vectors.permits.steps) {
      expect(operations[what]!(at, owner)).toBe(answer);
      expect(x.permitsInUse(at)).toBe(inUse);
    }
  });
});
