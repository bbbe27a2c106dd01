/** Public vectors of gossip timeouts: memberlist's rules and Akka's φ accrual detector, on every build that has them. */

import { describe, expect, test } from "vitest";
import { type Build, buildsWith, openBuild } from "../assembly/builds.js";
import { readVectors } from "./public-vectors.js";

const builds = buildsWith("phiInit");

/** A part of a file that nothing here reads would be a part that is not held to. */
function unknownPart(path: string, key: string): never {
  throw new Error(`${path}: nothing here reads the part ${JSON.stringify(key)}`);
}

/** What says where values come from, and how. */
const isNote = (key: string): boolean => /^(origin|note|source|licen[cs]e)s?$|_notes?$/.test(key);

type Rows = readonly (readonly number[])[];

interface TimeoutRows {
  readonly mult?: number;
  readonly intervalMs?: number;
  /** `value/3`: by what the timeout is divided in the rows. */
  readonly note?: string;
  readonly rows: Rows;
}

/** The parts of a file of memberlist's rules. */
const rules: Readonly<Record<string, (build: Build, part: unknown) => void>> = {
  remainingSuspicionTime({ x, alloc }, part) {
    for (const [confirmations, k, elapsedMs, leastMs, mostMs, expectedMs] of (part as TimeoutRows).rows as [
      number,
      number,
      number,
      number,
      number,
      number,
    ][]) {
      const timeoutUs = x.suspicionTimeout(confirmations, k, leastMs * 1000, mostMs * 1000);
      expect(timeoutUs / 1000 - elapsedMs).toBe(expectedMs);
      // A suspicion counts no more confirmations than it waits for, and has the same time left then.
      const at = alloc(x.suspicionSize(k));
      expect(x.suspicionInit(at, k, leastMs * 1000, mostMs * 1000, 0, 7_000)).toBe(0);
      for (let from = 1; from <= confirmations; from++) x.suspicionConfirm(at, from);
      expect(x.suspicionRemaining(at, 7_000 + elapsedMs * 1000) / 1000).toBe(expectedMs);
    }
  },
  suspicionTimeout({ x }, part) {
    const { mult = 1, intervalMs = 1_000, note = "", rows } = part as TimeoutRows;
    const divisor = Number(/value\s*\/\s*(\d+)/.exec(note)?.[1] ?? 1);
    for (const [members, expectedMs] of rows) {
      const timeoutMs = x.gossipSuspicionLeast(mult, members!, intervalMs * 1000) / 1000;
      expect([members, Math.floor(timeoutMs / divisor)]).toEqual([members, expectedMs]);
    }
  },
  retransmitLimit({ x }, part) {
    const { mult = 1, rows } = part as TimeoutRows;
    for (const [members, expected] of rows)
      expect([members, x.gossipRetransmits(mult, members!)]).toEqual([members, expected]);
  },
  pushPullScale({ x }, part) {
    const rows = Array.isArray(part) ? (part as Rows) : (part as TimeoutRows).rows;
    for (const [members, expected] of rows)
      expect([members, x.gossipPushPullScale(members!)]).toEqual([members, expected]);
  },
};

const ruleFiles = readVectors("gossip/memberlist");

test.skipIf(ruleFiles.length === 0).each(builds)("memberlist, %s", (name) => {
  for (const { path, data } of ruleFiles) {
    for (const [key, part] of Object.entries(data as Record<string, unknown>)) {
      if (!isNote(key)) (rules[key] ?? unknownPart(path, key))(openBuild(name), part);
    }
  }
});

interface ScenarioFields {
  readonly name: string;
  readonly threshold?: number;
  readonly maxSampleSize?: number;
  readonly minStdDeviationMs?: number;
  readonly acceptableLostMs?: number;
  readonly firstHeartbeatEstimateMs?: number;
  readonly intervals: readonly number[] | string;
  readonly ops: readonly string[] | string;
}

const scenarioFields: ReadonlySet<string> = new Set<keyof ScenarioFields>([
  "name",
  "threshold",
  "maxSampleSize",
  "minStdDeviationMs",
  "acceptableLostMs",
  "firstHeartbeatEstimateMs",
  "intervals",
  "ops",
]);

/** The elements of a list that may be written as a text, in which `999x1000` is 1000 for 999 times. */
function elements(list: readonly (string | number)[] | string): string[] {
  return (typeof list === "string" ? list.split(",") : list.map(String)).flatMap((each) => {
    const [, times, what] = /^(?:(\d+)x)?(.+)$/.exec(each.trim())!;
    return Array.from({ length: Number(times ?? 1) }, () => what!);
  });
}

/** A detector with the settings that Akka's tests have where a scenario says nothing. */
function detectorOf({ x, alloc }: Build, fields: Partial<ScenarioFields>): number {
  const { threshold = 8, maxSampleSize = 1_000, minStdDeviationMs = 100 } = fields;
  const { acceptableLostMs = 0, firstHeartbeatEstimateMs = 1_000 } = fields;
  const at = alloc(x.phiSize(maxSampleSize));
  const spans = [minStdDeviationMs * 1000, acceptableLostMs * 1000, firstHeartbeatEstimateMs * 1000] as const;
  expect(x.phiInit(at, maxSampleSize, threshold, ...spans)).toBe(0);
  return at;
}

/** Does the operations of a scenario, each an interval after the one before; `monitoring` asks at no time. */
function runScenario(path: string, build: Build, fields: ScenarioFields): void {
  for (const key of Object.keys(fields)) if (!scenarioFields.has(key) && !isNote(key)) unknownPart(path, key);
  const { x } = build;
  const at = detectorOf(build, fields);
  const intervals = elements(fields.intervals).map(Number);
  let nowUs = 0;
  for (const op of elements(fields.ops)) {
    const [, what, relation = "", value = "", , tolerance = "0"] =
      /^(\w+)(?::([<>]=?)?([\w.]+)((?:\+-|±)([\w.]+))?)?$/.exec(op) ?? unknownPart(path, op);
    const told = `${fields.name}: ${op}`;
    if (what === "monitoring") {
      expect(x.phiRead(at, 2) > 0, told).toBe(value === "true");
      continue;
    }
    const interval = intervals.shift();
    if (interval === undefined) throw new Error(`${path}: ${fields.name} has fewer intervals than operations`);
    nowUs += interval * 1000;
    if (what === "hb") x.phiHeartbeat(at, nowUs);
    else if (what === "avail") expect(x.phiAvailable(at, nowUs) === 1, told).toBe(value === "true");
    else if (what === "phi") {
      const phi = x.phiValue(at, nowUs);
      if (relation === ">") expect(phi, told).toBeGreaterThan(Number(value));
      else if (relation === "<") expect(phi, told).toBeLessThan(Number(value));
      else if (relation === "") expect(Math.abs(phi - Number(value)), told).toBeLessThanOrEqual(Number(tolerance));
      else unknownPart(path, op);
    } else unknownPart(path, op);
  }
}

/** Feeds distances to a detector of a window and looks at what it makes of them. */
class Window {
  readonly #build: Build;
  readonly #at: number;
  #nowUs = 0;

  constructor(build: Build, size: number) {
    this.#build = build;
    // No distance is too long to be remembered.
    this.#at = detectorOf(build, { maxSampleSize: size, threshold: Number.MAX_VALUE });
    build.x.phiHeartbeat(this.#at, 0);
  }

  /** The guess that a first heartbeat brings has left the window when this is full. */
  fill(distancesMs: readonly number[]): void {
    for (const distance of distancesMs) this.#build.x.phiHeartbeat(this.#at, (this.#nowUs += distance * 1000));
  }

  expect(mean: number, variance: number): void {
    const { x } = this.#build;
    // As many digits as the file has of them.
    const within = (got: number, expected: number): void =>
      expect(Math.abs(got - expected)).toBeLessThanOrEqual(Math.max(1e-6, expected * 1e-8));
    within(x.phiRead(this.#at, 0) / 1000, mean);
    within((x.phiRead(this.#at, 1) / 1000) ** 2, variance);
  }
}

type PhiPart = readonly [name: RegExp, hold: (build: Build, part: unknown, match: RegExpExecArray, path: string) => void];

/** The parts of a file of φ, by what their names look like. */
const phiParts: readonly PhiPart[] = [
  [
    /^phi\(.*cdf/,
    ({ x }, part) => {
      for (const [elapsed, mean, deviation, cdf, tolerance] of part as [number, number, number, number, number][])
        expect(Math.abs(1 - 10 ** -x.phiOf(elapsed, mean, deviation) - cdf)).toBeLessThanOrEqual(tolerance);
    },
  ],
  [
    /^outliers/,
    ({ x }, part) => {
      for (const [elapsed, mean, deviation, phi, tolerance] of part as [number, number, number, number, number][])
        expect(Math.abs(x.phiOf(elapsed, mean, deviation) - phi)).toBeLessThanOrEqual(tolerance);
    },
  ],
  [
    /^realistic phi mean=(\S+) sd=(\S+) \((?:\+-|±)(\S+)\)/,
    ({ x }, part, [, mean, deviation, tolerance]) => {
      for (const [elapsed, phi] of Object.entries(part as Record<string, number>)) {
        const got = x.phiOf(Number(elapsed), Number(mean), Number(deviation));
        expect(Math.abs(got - phi)).toBeLessThanOrEqual(Number(tolerance));
      }
    },
  ],
  [
    /^history/,
    (build, part) => {
      type History = { readonly samples: readonly number[]; readonly mean: number; readonly variance: number };
      for (const { samples, mean, variance } of Array.isArray(part) ? (part as History[]) : [part as History]) {
        const window = new Window(build, samples.length);
        window.fill(samples);
        window.expect(mean, variance);
      }
    },
  ],
  [
    /^capped(\d+)/,
    (build, part, [, size]) => {
      const full = new Window(build, Number(size));
      for (const [samples, mean, variance] of part as [number[], number, number][]) {
        const window = samples.length === Number(size) ? full : new Window(build, samples.length);
        window.fill(samples);
        window.expect(mean, variance);
      }
    },
  ],
  [
    /^scenarios$/,
    (build, part, _, path) => {
      for (const scenario of part as ScenarioFields[]) runScenario(path, build, scenario);
    },
  ],
];

const phiFiles = readVectors("gossip/phi");

describe.skipIf(phiFiles.length === 0)("phi accrual", () => {
  test.each(builds)("%s", (name) => {
    for (const { path, data } of phiFiles) {
      for (const [key, part] of Object.entries(data as Record<string, unknown>)) {
        if (isNote(key)) continue;
        const [found] = phiParts.flatMap(([pattern, hold]) => {
          const match = pattern.exec(key);
          return match === null ? [] : [{ match, hold }];
        });
        if (found === undefined) unknownPart(path, key);
        else found.hold(openBuild(name), part, found.match, path);
      }
    }
  });
});
