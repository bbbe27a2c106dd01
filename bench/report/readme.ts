export const beginMarker = "<!-- bench:begin -->";
export const endMarker = "<!-- bench:end -->";

/** The document with `text` between the two markers, instead of what was there. Throws where it has not exactly one of each. */
export function withTables(document: string, text: string): string {
  const [before, middle, ...more] = document.split(beginMarker);
  const [, after, ...moreAfter] = (middle ?? "").split(endMarker);
  if (before === undefined || after === undefined || more.length + moreAfter.length > 0) {
    throw new Error(`the document needs one ${beginMarker} and, after it, one ${endMarker}`);
  }
  return `${before}${beginMarker}\n\n${text.trim()}\n\n${endMarker}${after}`;
}
