/** The allocator, in every build. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildNames, openBuild } from "./builds.js";

describe.each(buildNames)("%s", (name) => {
  test("blocks never overlap, and what is freed is given out again", () => {
    fc.assert(
      fc.property(
        fc.array(fc.oneof(fc.record({ bytes: fc.integer({ min: 1, max: 3_000 }) }), fc.record({ free: fc.nat() })), {
          maxLength: 120,
        }),
        (program) => {
          const { x } = openBuild(name, 1);
          const live: { at: number; bytes: number; generation: number }[] = [];
          for (const step of program) {
            if ("bytes" in step) {
              const at = x.arenaAlloc(step.bytes) >>> 0;
              if (at === 0) continue;
              expect(at % (name === "embedded" ? 16 : 64)).toBe(0);
              expect(at + step.bytes).toBeLessThanOrEqual(65_536);
              for (const block of live) {
                expect(at + step.bytes <= block.at - 8 || block.at + block.bytes <= at - 8).toBe(true);
              }
              live.push({ at, bytes: step.bytes, generation: x.arenaGeneration(at) });
            } else if (live.length > 0) {
              const [block] = live.splice(step.free % live.length, 1);
              expect(x.arenaFree(block!.at, block!.generation)).toBe(1);
              // Freed once; the old handle is stale from now on.
              expect(x.arenaFree(block!.at, block!.generation)).toBe(0);
            }
          }
          for (const block of live) expect(x.arenaFree(block.at, block.generation)).toBe(1);
          expect(x.arenaUsed()).toBe(0);
        },
      ),
      { numRuns: 100 },
    );
  });

  test("a freed block comes back with another generation", () => {
    const { x } = openBuild(name, 1);
    const at = x.arenaAlloc(100);
    const generation = x.arenaGeneration(at);
    x.arenaFree(at, generation);
    expect(x.arenaAlloc(100)).toBe(at);
    expect(x.arenaGeneration(at)).not.toBe(generation);
    expect(x.arenaFree(at, generation)).toBe(0);
  });

  test("a full memory says so, and has room again after a block was freed", () => {
    const { x } = openBuild(name, 1);
    const blocks: number[] = [];
    for (let at = x.arenaAlloc(1_000); at !== 0; at = x.arenaAlloc(1_000)) blocks.push(at);
    expect(blocks.length).toBeGreaterThan(40);
    x.arenaFree(blocks[7]!, x.arenaGeneration(blocks[7]!));
    expect(x.arenaAlloc(1_000)).toBe(blocks[7]);
    expect(x.arenaAlloc(1_000)).toBe(0);
    for (const bytes of [65_536, 2 ** 31, 2 ** 32 - 1]) expect(x.arenaAlloc(bytes)).toBe(0);
  });

  test.skipIf(name === "native")("a second instance over the same memory keeps what is in it", () => {
    const first = openBuild(name, 1);
    const at = first.alloc(first.x.semaphoreSize());
    first.x.semaphoreInit(at, 1);
    first.x.semaphoreTryAcquire(at);
    const second = openBuild(name, 1, first.memory);
    expect(second.x.arenaInit(65_536)).toBe(0);
    expect(second.x.semaphoreInUse(at)).toBe(1);
    expect(second.x.arenaAlloc(10)).not.toBe(at);
  });
});
