import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** The version in the package's own package.json: the first one above the program, built or not. */
export function version(entry: string): string {
  for (let folder = dirname(entry); ; folder = dirname(folder)) {
    const file = join(folder, "package.json");
    if (existsSync(file)) return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
    if (folder === dirname(folder)) return "unknown";
  }
}
