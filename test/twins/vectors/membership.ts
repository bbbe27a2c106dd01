/** Vectors of failure detection, made by its twins. */

import { digitsOf, PhiTwin, pushPullScale, SuspicionTwin, thousandthsOfLog10, timeoutMs } from "../membership.js";
import { numbers } from "../numbers.js";

export interface MembershipVectors {
  /** Expected confirmations, shortest and longest timeout; then the timeout after 0, 1, 2 … confirmations. */
  readonly timeouts: readonly (readonly [
    expected: number,
    leastMs: number,
    mostMs: number,
    after: readonly number[],
  ])[];
  readonly sizes: readonly (readonly [members: number, retransmits: number, scale: number, thousandths: number])[];
  readonly suspicions: readonly {
    readonly expected: number;
    readonly from: number;
    readonly confirmed: readonly (readonly [from: number, isNews: boolean, confirmations: number])[];
  }[];
  readonly detectors: readonly {
    readonly window: number;
    readonly threshold: number;
    readonly leastDeviationUs: number;
    readonly pauseUs: number;
    readonly firstUs: number;
    /** φ before the heartbeat that comes then, to 9 digits. */
    readonly heartbeats: readonly (readonly [nowUs: number, phi: number, samples: number])[];
  }[];
}

/** Six rounds at a regular distance and then one of any, so that pauses and recoveries come too. */
function detector(seed: number, window: number, pauseUs: number): MembershipVectors["detectors"][number] {
  const below = numbers(seed);
  const options = { window, threshold: 8, leastDeviationUs: 50_000, pauseUs, firstUs: 1_000_000 };
  const twin = new PhiTwin(options);
  let nowUs = 5_000;
  const heartbeats = Array.from({ length: 60 }, (_, step) => {
    nowUs += step % 7 === 6 ? below(3_000_000) : 950_000 + below(100_000);
    const phi = Number(twin.phi(nowUs).toPrecision(9));
    twin.heartbeat(nowUs);
    return [nowUs, phi, twin.samples] as const;
  });
  return { ...options, heartbeats };
}

export function membershipVectors(): MembershipVectors {
  const below = numbers(1_700);
  return {
    timeouts: [1, 2, 3, 4, 7, 10, 26, 100].flatMap((expected) =>
      [
        [2_000, 30_000],
        [1_500, 9_001],
        [333, 1_998],
        [0, 1],
        [5_000, 5_000],
      ].map(([least, most]) => {
        const after = Array.from({ length: Math.min(expected, 8) + 1 }, (_, n) =>
          timeoutMs(n, expected, least!, most!),
        );
        return [expected, least!, most!, after] as const;
      }),
    ),
    sizes: [
      0,
      1,
      2,
      9,
      10,
      11,
      32,
      33,
      50,
      64,
      65,
      99,
      100,
      128,
      129,
      500,
      999,
      1_000,
      10_000,
      123_456,
      2 ** 32 - 1,
    ].map(
      (members) =>
        [
          members,
          digitsOf(members),
          pushPullScale(members),
          members < 10 ? 1_000 : thousandthsOfLog10(members),
        ] as const,
    ),
    suspicions: [0, 1, 3, 8].map((expected) => {
      const from = below(6);
      const twin = new SuspicionTwin(expected, from);
      const confirmed = Array.from({ length: 14 }, () => {
        const accuser = below(12);
        return [accuser, twin.confirm(accuser), twin.confirmations] as const;
      });
      return { expected, from, confirmed };
    }),
    detectors: [detector(1_701, 1_000, 0), detector(1_702, 5, 0), detector(1_703, 20, 3_000_000)],
  };
}
