/** Markdown tables that can be read as plain text too: columns are padded. */

/** How a column is aligned. */
export interface Column {
  readonly title: string;
  readonly align: "left" | "right";
}

/** A `|` would end the cell. */
const escaped = (cell: string): string => cell.replaceAll("|", "\\|");

/** One table; every row has a cell for each column. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(escaped));
  const widths = columns.map(({ title }, index) =>
    Math.max(3, title.length, ...cells.map((row) => row[index]?.length ?? 0)),
  );
  const line = (texts: readonly string[]): string =>
    `| ${columns
      .map(({ align }, index) => {
        const text = texts[index] ?? "";
        return align === "right" ? text.padStart(widths[index]!) : text.padEnd(widths[index]!);
      })
      .join(" | ")} |`;
  const rule = `|${columns
    .map(({ align }, index) =>
      align === "right" ? `${"-".repeat(widths[index]! + 1)}:` : "-".repeat(widths[index]! + 2),
    )
    .join("|")}|`;
  return [line(columns.map(({ title }) => title)), rule, ...cells.map(line)].join("\n");
}

/** Three significant digits and a unit that fits: `4.63 ns`, `92.9 ns`, `1.23 µs`, `4.55 ms`. */
export function formatNs(ns: number): string {
  if (!Number.isFinite(ns)) return "–";
  const [value, unit] = ns < 1_000 ? [ns, "ns"] : ns < 1e6 ? [ns / 1e3, "µs"] : [ns / 1e6, "ms"];
  return `${threeDigits(value)} ${unit}`;
}

/** Three significant digits without an exponent. */
export function threeDigits(value: number): string {
  if (!Number.isFinite(value)) return "–";
  const size = Math.abs(value);
  return value.toFixed(size >= 99.95 ? 0 : size >= 9.995 ? 1 : 2);
}

/** `±7 %`. */
export const formatSpread = (share: number): string => (Number.isFinite(share) ? `${Math.round(share * 100)} %` : "–");
