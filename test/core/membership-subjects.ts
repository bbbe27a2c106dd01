/** The classes of failure detection for the tests of what all classes have in common. */

import { LocalHealth, PhiAccrual, Suspicion } from "../../ts/core/index.js";
import type { Subject } from "./subject.js";

export const membershipSubjects: readonly Subject[] = [
  {
    name: "PhiAccrual",
    make: (runtime) => new PhiAccrual({ window: 10 }, runtime),
    calls: {
      heartbeat: (it) => it.heartbeat(0),
      phi: (it) => it.phi(0),
      isAvailable: (it) => it.isAvailable(0),
      isMonitoring: (it) => it.isMonitoring,
      samples: (it) => it.samples,
      meanMs: (it) => it.meanMs,
      deviationMs: (it) => it.deviationMs,
      snapshot: (it) => it.snapshot(0),
      restore: (it) => it.restore(new Uint8Array(8), 0),
    },
  },
  {
    name: "Suspicion",
    make: (runtime) => new Suspicion({ confirmations: 3, minMs: 2, maxMs: 30, from: 1 }, 0, runtime),
    calls: {
      confirm: (it) => it.confirm(2),
      confirmations: (it) => it.confirmations,
      remainingMs: (it) => it.remainingMs(0),
      snapshot: (it) => it.snapshot(0),
      restore: (it) => it.restore(new Uint8Array(8), 0),
    },
  },
  {
    name: "LocalHealth",
    make: (runtime) => new LocalHealth({}, runtime),
    calls: { note: (it) => it.note(1), score: (it) => it.score, scale: (it) => it.scale(1) },
  },
];
