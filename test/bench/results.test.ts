import { describe, expect, test } from "vitest";
import type { Case } from "../../bench/harness/case.js";
import { fullPace, type ProcessResult } from "../../bench/harness/process-result.js";
import { judged, type Results, rowOf } from "../../bench/report/results.js";
import { readmeReport, report } from "../../bench/report/tables.js";

const caseOf = (group: string, subject: string, form: Case["form"] = "async"): Case => ({
  group,
  subject,
  form,
  package: "holdfast",
  prepare: async () => ({ run: () => 0 }),
});

const round = (ns: number, references: ProcessResult["references"] = { floor: 100, clockRead: 40 }): ProcessResult => ({
  ns,
  meanNs: ns + 5,
  references,
});

describe("a row", () => {
  const row = rowOf(caseOf("retry, no failure", "holdfast"), [round(110), round(90), round(130)], "0.1.0");

  test("has the median over rounds, and how far they lie apart", () => {
    expect(row.ns).toBe(110);
    expect(row.meanNs).toBe(115);
    expect(row.spread).toBeCloseTo(40 / 110);
  });

  test("has ratios that are taken in each process, before the median", () => {
    const rounds = [round(100, { floor: 100 }), round(300, { floor: 200 }), round(110, { floor: 100 })];
    expect(rowOf(caseOf("g", "s"), rounds, undefined).ratios.floor).toBeCloseTo(1.1);
  });
});

describe("a target", () => {
  const verdict = (group: string, subject: string, rounds: readonly ProcessResult[]) =>
    judged([rowOf(caseOf(group, subject), rounds, undefined)])[0]!.verdict;

  test("over the floor is reached at equality and missed above", () => {
    expect(verdict("retry, no failure", "holdfast", [round(120)])).toMatchObject({ hit: true, ratio: 1 });
    expect(verdict("retry, no failure", "holdfast", [round(132)])).toMatchObject({ hit: false });
  });

  test("may add references and nanoseconds up", () => {
    // 1.1 (100 + 2 · 40) = 198
    const rounds = [round(198 * 1.5)];
    expect(verdict("breaker, closed", "holdfast time(10 s) and slow calls", rounds)?.ratio).toBeCloseTo(1.5);
    // 2 · 40 + 25 = 105
    expect(verdict("breaker, two-step permit", "holdfast time(10 s) and slow calls", [round(105)])?.ratio).toBe(1);
  });

  test("may be a share of a peer in the same round", () => {
    const rows = judged([
      rowOf(caseOf("keyed limiter, 1M keys", "holdfast tryAcquire"), [round(200), round(500)], undefined),
      rowOf(caseOf("keyed limiter, 1M keys", "rate-limiter-flexible"), [round(800), round(2_000)], undefined),
    ]);
    expect(rows[0]!.verdict).toMatchObject({ ratio: 1, hit: true });
    expect(rows[1]!.verdict).toBeUndefined();
  });

  test("gives no verdict where its peer was not measured", () => {
    expect(verdict("keyed limiter, 1M keys", "holdfast tryAcquire", [round(200)])).toBeUndefined();
  });
});

const someResults: Results = {
  startedAt: "2026-01-02T03:04:05.000Z",
  machine: {
    node: "20.19.0",
    v8: "11",
    system: "Linux",
    architecture: "x64",
    processor: "Some CPU",
    cores: 2,
    memoryGiB: 8,
  },
  versions: { holdfast: "0.1.0", "p-retry": "7.1.1" },
  pace: fullPace,
  quick: false,
  only: undefined,
  rows: judged([
    rowOf(caseOf("retry, no failure", "holdfast"), [round(150)], "0.1.0"),
    rowOf(caseOf("retry, no failure", "p-retry"), [round(6_400)], "7.1.1"),
    rowOf(caseOf("retry, no failure", "broken"), [], undefined, "Error: it broke"),
  ]),
  gateway: {
    upstream: "nginx/1",
    load: "wrk",
    rows: [
      {
        proxy: "holdfast gateway, full chain",
        version: "0.1.0",
        requestsPerSecond: 9_000,
        spread: 0.1,
        p50Ms: 1.5,
        p99Ms: 12,
        errors: 3,
        ofPlain: 0.9,
        ofFastify: 1.3,
        verdict: { target: "≥ 0.7 of plain forwarding", ratio: 1.28, hit: true },
        error: undefined,
        rounds: [],
      },
    ],
  },
};

describe("the report", () => {
  const text = report(someResults);

  test("says where and how it was measured", () => {
    expect(text).toContain("Node 20.19.0, Some CPU, 2 cores, Linux x64; 2026-01-02, 5 interleaved rounds.");
  });

  test("keeps what was missed, what failed, and who erred", () => {
    expect(text).toContain("1 of 2 targets reached; missed: retry, no failure: holdfast.");
    expect(text).toMatch(/holdfast +\| +150 ns \| 1\.50 floor .*≤ 1\.2 floor: \*\*missed\*\* \(1\.25 of it\)/);
    expect(text).toMatch(/broken +\| +failed .*Error: it broke/);
    expect(text).toContain("≥ 0.7 of plain forwarding: reached; 3 errors");
  });

  test("names peers with their versions", () => {
    expect(text).toContain("p-retry (7.1.1)");
  });

  test("begins in a README with the rows that most people ask for", () => {
    const readme = readmeReport(someResults);
    expect(readme).toMatch(
      /\| retry, no failure +\| +150 ns \| p-retry: 6\.40 µs +\| ≤ 1\.2 floor: \*\*missed\*\* +\|/,
    );
    expect(readme).toMatch(/\| gateway, full chain +\| 9000 requests\/s \| 0\.90 of plain .*: reached/);
    expect(readme.indexOf("<details>")).toBeGreaterThan(readme.indexOf("gateway, full chain"));
    for (const line of text.trim().split("\n")) expect(readme).toContain(line);
  });

  test("reads the same after its data were kept as JSON", () => {
    expect(report(JSON.parse(JSON.stringify(someResults)) as Results)).toBe(text);
  });
});

describe("a peer in another language", () => {
  const abroad = (subject: string): Case => ({
    ...caseOf("retry, no failure", subject, "sync"),
    elsewhere: { language: "Go", nearest: "holdfast" },
  });
  const rows = [
    rowOf(caseOf("retry, no failure", "holdfast"), [round(150)], "0.1.0"),
    rowOf(abroad("failsafe-go"), [round(430), round(410)], "0.9.8"),
    rowOf(abroad("broken"), [], undefined, "Error: it broke"),
  ];
  const [cases, elsewhere] = report({ ...someResults, versions: { holdfast: "0.1.0", Go: "1.25.0" }, rows }).split(
    "Peers in other languages",
  );

  test("is in a table of its own, beside the row of ours that does the nearest", () => {
    expect(cases).not.toContain("failsafe-go");
    expect(elsewhere).toMatch(
      /retry, no failure \| holdfast +\| 150 ns \| failsafe-go \(0\.9\.8\) \| Go 1\.25\.0 \| 420 ns \| +5 % \|/,
    );
  });

  test("stays in it where it failed", () => {
    expect(elsewhere).toMatch(/broken +\| Go 1\.25\.0 \| +failed \| Error: it broke/);
  });

  test("is named as not run where its language was not", () => {
    expect(elsewhere).toContain("Not run: Java.");
    expect(report({ ...someResults, rows: rows.slice(0, 1) })).not.toContain("Peers in other languages");
  });

  test("is no ratio to be won", () => {
    expect(elsewhere).toContain("no ratio to be won");
    expect(elsewhere!.split("\n").slice(2, 4).join()).not.toContain("ratio");
  });

  test("stands beside a dash where ours was not measured", () => {
    expect(report({ ...someResults, rows: rows.slice(1, 2) })).toMatch(/\| holdfast +\| +– \| failsafe-go/);
  });
});
