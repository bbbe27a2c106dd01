import type { ConformanceCase, Script } from "./builder.js";

const ms = 1_024_000;

/** A breaker over the last ten calls, behind `ahead` bytes: where the whole begins. */
function behind(s: Script, ahead: bigint): { readonly at: number; readonly body: number } {
  const at = s.block(Number(ahead) + 192 + 16);
  const body = at + Number(ahead);
  s.call("breakerInit", body, 1, 10, 0, 800_000, 0, 0, 5, 2, 2, 900 * ms, 200 * ms, 200 * ms, 65_536, 0, 3);
  return { at, body };
}

const breakerAdaptive: ConformanceCase = {
  name: "breakerAdaptive",
  write(s) {
    const { at, body } = behind(s, s.call("breakerAdaptiveAhead"));
    s.call("breakerAdaptiveInit", at, 8, 4, 2_000, 50_000, 800_000);
    let now = 1_000 * ms;
    for (let step = 0; step < 200; step++) {
      now += s.below(30 * ms);
      const permit = s.call("breakerTryAcquire", body, now);
      const failed = s.below(10) < (step % 80 > 65 ? 8 : 2) ? 1 : 0;
      if (permit >= 0n) s.call("breakerAdaptiveSettle", at, permit, failed, s.below(9 * ms), now);
      s.call("breakerAdaptiveRead", at, s.below(4));
    }
    const bytes = Number(s.call("breakerAdaptiveSnapshotSize", at));
    const to = s.block(bytes);
    s.call("breakerAdaptiveSave", at, to, now);
    s.foldMemory(to, bytes);
    s.call("breakerAdaptiveLoad", at, to, now + 3 * ms);
    s.call("breakerAdaptiveRead", at, 0);
  },
};

const breakerShared: ConformanceCase = {
  name: "breakerShared",
  write(s) {
    const { at, body } = behind(s, s.call("breakerSharedAhead"));
    s.call("breakerSharedInit", at, 100 * ms);
    let now = 1_000 * ms;
    const permits: bigint[] = [];
    for (let step = 0; step < 80; step++) {
      now += s.below(30 * ms);
      const owner = 1 + s.below(3);
      const permit =
        s.below(3) === 0 ? s.call("breakerSharedAcquireClosed", at) : s.call("breakerSharedTryAcquire", at, owner, now);
      if (permit >= 0n) permits.push(permit);
      if (permits.length > 2) {
        const [settled] = permits.splice(s.below(permits.length), 1);
        s.call("breakerSharedSettle", at, owner, settled!, s.below(2), s.below(9 * ms), now);
      }
    }
    // One owner stays inside: it is found out, and another time it is given up by name.
    s.call("breakerSharedEnter", at, 9, now);
    s.call("breakerSharedEnter", at, 8, now);
    s.call("breakerSharedEnter", at, 8, now + 103 * ms);
    s.call("breakerSharedReclaim", at, 7, 8);
    s.call("breakerSharedEnter", at, 8, now + 104 * ms);
    s.call("breakerState", body, now + 104 * ms);
    s.call("breakerSharedLeave", at, 8);
    s.foldMemory(at, body - at);
  },
};

const outlier: ConformanceCase = {
  name: "outlier",
  write(s) {
    const count = 70;
    const [at, out] = [s.block(8 * count), s.block(24)];
    for (let measure = 0; measure < 3; measure++) {
      const table = Uint32Array.from({ length: 2 * count }, (_, index) =>
        index % 2 === 0 ? s.below(400) : measure === 1 ? s.word() >>> s.below(20) : s.below(400),
      );
      s.write(at, new Uint8Array(table.buffer));
      for (const room of [s.call("outlierRoom", count, 2, 10), 70n]) {
        for (const factor of [1_900, 600, 300_000]) {
          s.call("outlierFind", at, count, measure, 100, 5, factor, room, out);
          s.foldMemory(out, 16);
        }
      }
    }
  },
};

export const breakerFullCases = [breakerAdaptive, breakerShared, outlier];
