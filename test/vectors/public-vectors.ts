/** Reading public vectors of one kind: all files, counted aloud, each parsed or named as unreadable. */

import { vectorFiles } from "../../scripts/lib/vectors.mjs";

/** A vector file and what it holds. */
export interface PublicVectors {
  readonly path: string;
  readonly data: unknown;
}

/** The JSON files of a kind (the beginning of their paths); none, with a `not run` line, where there is no folder. */
export function readVectors(kind: string): PublicVectors[] {
  const files = vectorFiles(kind);
  console.log(`${kind}: ${files.length} files`);
  return files.map(({ path, text }) => {
    try {
      return { path, data: JSON.parse(text) as unknown };
    } catch (cause) {
      throw new Error(`${path} cannot be read: ${(cause as Error).message}`, { cause });
    }
  });
}
