/** The tables of a run, in Markdown. */
import type { ReferenceName } from "../harness/references.js";
import { elsewhereParts } from "./elsewhere.js";
import { highlightTable } from "./highlights.js";
import { type Column, formatNs, formatSpread, markdownTable, threeDigits } from "./markdown.js";
import type { GatewayResults, Results, Row, Verdict } from "./results.js";

const left = (title: string): Column => ({ title, align: "left" });
const right = (title: string): Column => ({ title, align: "right" });

/** Which reference a row's ratio is shown against, in words. */
const shownReference: Readonly<Record<Row["form"], readonly [ReferenceName, string]>> = {
  sync: ["clockRead", "clock"],
  async: ["floor", "floor"],
  refused: ["rejection", "reject"],
};

function ratioOf(row: Row): string {
  const [name, word] = shownReference[row.form];
  const ratio = row.ratios[name];
  return ratio === undefined ? "" : `${threeDigits(ratio)} ${word}`;
}

function verdictOf(verdict: Verdict | undefined): string {
  if (verdict === undefined) return "";
  return `${verdict.target}: ${verdict.hit ? "reached" : `**missed** (${threeDigits(verdict.ratio)} of it)`}`;
}

function bytesOf(row: Row): string {
  const { tableBytesPerKey, heapBytesPerKey } = row.figures;
  const bytes = tableBytesPerKey ?? heapBytesPerKey;
  return bytes === undefined ? "" : `${Math.round(bytes)} B`;
}

function pauseOf(row: Row): string {
  const { gcPauseMs } = row.figures;
  return gcPauseMs === undefined ? "" : `${threeDigits(gcPauseMs)} ms`;
}

const versioned = (name: string, version: string | undefined, own: string | undefined): string =>
  version === undefined || version === own ? name : `${name} (${version})`;

const caseRows = ({ rows }: Results): readonly Row[] => rows.filter(({ elsewhere }) => elsewhere === undefined);

/** All cases, a group after another, without those of other languages. */
export function caseTable(results: Results): string {
  const columns = [
    left("what"),
    left("who"),
    right("time"),
    right("ratio"),
    right("spread"),
    right("`benchmark`"),
    right("a key"),
    right("of a GC"),
    left("to reach"),
  ];
  let group = "";
  const rows = caseRows(results).map((row) => {
    const first = row.group === group ? "" : row.group;
    group = row.group;
    const who = versioned(row.subject, row.version, results.versions["holdfast"]);
    if (row.error !== undefined) return [first, who, "failed", "", "", "", "", "", row.error];
    return [
      first,
      who,
      formatNs(row.ns),
      ratioOf(row),
      formatSpread(row.spread),
      row.benchmarkNs === undefined ? "" : formatNs(row.benchmarkNs),
      bytesOf(row),
      pauseOf(row),
      verdictOf(row.verdict),
    ];
  });
  return markdownTable(columns, rows);
}

/** The proxies under load. */
export function gatewayTable(gateway: GatewayResults, own: string | undefined): string {
  const columns = [
    left("proxy"),
    right("requests/s"),
    right("spread"),
    right("p50"),
    right("p99"),
    right("of plain"),
    right("of fastify"),
    left("to reach"),
  ];
  const ms = (value: number): string => (Number.isFinite(value) ? `${threeDigits(value)} ms` : "–");
  return markdownTable(
    columns,
    gateway.rows.map((row) => [
      versioned(row.proxy, row.version, own),
      row.error === undefined ? String(Math.round(row.requestsPerSecond)) : "failed",
      formatSpread(row.spread),
      ms(row.p50Ms),
      ms(row.p99Ms),
      threeDigits(row.ofPlain),
      threeDigits(row.ofFastify),
      [verdictOf(row.verdict), row.errors > 0 ? `${row.errors} errors` : "", row.error ?? ""]
        .filter((part) => part !== "")
        .join("; "),
    ]),
  );
}

/** How many targets there were, and which were missed. */
function summary(results: Results): string {
  const verdicts = [
    ...results.rows.flatMap(({ group, subject, verdict }) =>
      verdict ? [{ name: `${group}: ${subject}`, verdict }] : [],
    ),
    ...(results.gateway?.rows ?? []).flatMap(({ proxy, verdict }) => (verdict ? [{ name: proxy, verdict }] : [])),
  ];
  const missed = verdicts.filter(({ verdict }) => !verdict.hit).map(({ name }) => name);
  const reached = `${verdicts.length - missed.length} of ${verdicts.length} targets reached`;
  return missed.length === 0 ? `${reached}.` : `${reached}; missed: ${missed.join("; ")}.`;
}

/** Where and how it was measured, and what came of the targets. */
function heading(results: Results): string {
  const { machine, pace, quick } = results;
  const where = `Node ${machine.node}, ${machine.processor}, ${machine.cores} cores, ${machine.system} ${machine.architecture}`;
  const how = `${results.startedAt.slice(0, 10)}, ${pace.rounds} interleaved ${pace.rounds === 1 ? "round" : "rounds"}`;
  return `${where}; ${how}${quick ? ", quick: too noisy to quote" : ""}. ${summary(results)}`;
}

function allTables(results: Results): string[] {
  const parts: string[] = [];
  if (caseRows(results).length > 0) {
    parts.push(
      "Time is the median over rounds of each process's median; ratios are to a reference of the same process (floor: `await` of an async function with " +
        "try/catch; clock: `performance.now()`; reject: `Promise.reject(sharedError)`, caught). Spread is (largest - smallest) / median over rounds. " +
        '"of a GC" is what all keys together add to a full garbage collection.',
      caseTable(results),
    );
  }
  parts.push(...elsewhereParts(results));
  if (results.gateway !== undefined) {
    parts.push(
      `Proxies, each in a process of its own; upstream: ${results.gateway.upstream}; load: ${results.gateway.load}.`,
      gatewayTable(results.gateway, results.versions["holdfast"]),
    );
  }
  return parts;
}

/** Everything that a run has to say. */
export const report = (results: Results): string => `${[heading(results), ...allTables(results)].join("\n\n")}\n`;

/** The same for a README: first what most people ask, then everything, folded. */
export function readmeReport(results: Results): string {
  const parts = [
    heading(results),
    highlightTable(results),
    "<details>\n<summary>All rows</summary>",
    ...allTables(results),
    "</details>",
    "How it is measured: [docs/benchmarks.md](docs/benchmarks.md).",
  ];
  return `${parts.join("\n\n")}\n`;
}
