/** The table of peers in other languages: beside each, the row of ours that does the nearest. */
import { caseId, type OtherLanguage } from "../harness/case.js";
import { formatNs, formatSpread, markdownTable } from "./markdown.js";
import type { Results, Row } from "./results.js";

const languages: readonly OtherLanguage[] = ["Go", "Java"];

const titles = ["what", "Holdfast, JavaScript", "time", "elsewhere", "language", "time", "spread"];
const numeric = new Set(["time", "spread"]);

const foreign = ({ rows }: Results): readonly Row[] => rows.filter(({ elsewhere }) => elsewhere !== undefined);

/** `Go 1.25.0`, where the version is known. */
const named = (language: string, version: string | undefined): string =>
  version === undefined ? language : `${language} ${version}`;

/** What must be known before two cells of the table are compared. */
function caveat(results: Results): string {
  const missing = languages.filter((language) => foreign(results).every((row) => row.elsewhere?.language !== language));
  const notRun = missing.length === 0 ? "" : ` Not run: ${missing.join(", ")}.`;
  return (
    "Peers in other languages, each in a process and a loop of its own. The languages differ, so the rows are no race and there is no ratio to be won: there a call is a " +
    "plain call on the caller's thread (see its row under references), here it is a promise that is awaited; there a policy takes locks or atomics, because other " +
    `threads may call it at the same time, in these rows of ours it need not.${notRun}`
  );
}

/** One line a peer; where our own row was not measured, a dash. */
function table(results: Results): string {
  let group = "";
  const rows = foreign(results).map((row) => {
    const { language, nearest } = row.elsewhere!;
    const first = row.group === group ? "" : row.group;
    group = row.group;
    const ours = results.rows.find(({ id }) => id === caseId({ group, subject: nearest }));
    const theirs = row.version === undefined ? row.subject : `${row.subject} (${row.version})`;
    const figures = row.error === undefined ? [formatNs(row.ns), formatSpread(row.spread)] : ["failed", row.error];
    const runtime = named(language, results.versions[language]);
    return [first, nearest, formatNs(ours?.ns ?? Number.NaN), theirs, runtime, ...figures];
  });
  const columns = titles.map((title) => ({
    title,
    align: numeric.has(title) ? ("right" as const) : ("left" as const),
  }));
  return markdownTable(columns, rows);
}

/** The caveat and the table; nothing where no such peer was measured. */
export const elsewhereParts = (results: Results): string[] =>
  foreign(results).length === 0 ? [] : [caveat(results), table(results)];
