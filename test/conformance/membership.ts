import type { ConformanceCase } from "./builder.js";

/** The calls take microseconds, ticks only where an instant is given. */
const tick = 1_024;

const phi: ConformanceCase = {
  name: "phi",
  write(s) {
    for (const y of [-40, -3, -0.5, 0, 1, 2.5, 6, 30]) s.call("phiOf", 100 + 7 * y, 100, 7);
    s.call("phiOf", 1, 1, 0);
    const [one, other] = [s.structure("phiSize", 6), s.structure("phiSize", 6)];
    for (const at of [one, other]) s.call("phiInit", at, 6, 8, 20_000, 100_000, 1_000_000);
    let now = 1_000 * tick;
    for (let step = 0; step < 24; step++) {
      now += (step % 9 === 8 ? s.below(4_000_000) : 950_000 + s.below(100_000)) * tick;
      s.call("phiValue", one, now - 400_000 * tick);
      s.call("phiAvailable", one, now);
      s.call("phiHeartbeat", one, now);
    }
    s.call("phiLoad", other, s.snapshot("phiSave", one, now + 5_000), 77);
    for (let what = 0; what < 3; what++) s.call("phiRead", other, what);
    s.call("phiValue", other, 900_000 * tick);
  },
};

const suspicion: ConformanceCase = {
  name: "suspicion",
  write(s) {
    for (let n = 0; n < 12; n++) s.call("suspicionTimeout", n, 1 + (n % 5), 1_500_000, 20_001_000);
    const [one, other] = [s.structure("suspicionSize", 3), s.structure("suspicionSize", 3)];
    for (const at of [one, other]) s.call("suspicionInit", at, 3, 2_000_000, 30_000_000, 7, 1_000 * tick);
    let now = 1_000 * tick;
    for (let step = 0; step < 8; step++) {
      now += s.below(3_000_000) * tick;
      s.call("suspicionConfirm", one, 5 + s.below(4));
      s.call("suspicionConfirmations", one);
      s.call("suspicionRemaining", one, now);
    }
    s.call("suspicionLoad", other, s.snapshot("suspicionSave", one, now), 99);
    s.call("suspicionRemaining", other, 1_000_000 * tick);
    for (const members of [0, 1, 9, 10, 32, 33, 100, 999, 1_000, 65_537, 2 ** 31 - 1]) {
      s.call("gossipRetransmits", 4, members);
      s.call("gossipPushPullScale", members);
      s.call("gossipSuspicionLeast", 3, members, 1_000_000);
    }
  },
};

const health: ConformanceCase = {
  name: "health",
  write(s) {
    const at = s.structure("healthSize");
    s.call("healthInit", at, 7);
    for (let step = 0; step < 20; step++) s.call("healthNote", at, s.below(7) - 3);
    s.call("healthScore", at);
  },
};

export const membershipCases = [phi, suspicion, health];
