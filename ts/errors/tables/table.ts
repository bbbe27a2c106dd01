/** How the tables of codes are written down and looked up. */

import { type Category, type Classification, classification, type RetrySafety, type Severity } from "../category.js";

/** Codes that mean the same: category, codes between spaces, and what differs from the category's usual. */
export type Row = readonly [category: Category, codes: string, retry?: RetrySafety, severity?: Severity];

/** A table whose map is made when it is first asked, so that importing it costs nothing. */
export class Table {
  readonly rows: readonly Row[];
  #byCode: Map<string, Classification> | undefined;

  constructor(rows: readonly Row[]) {
    this.rows = rows;
  }

  /** Every code and what it means. */
  get entries(): ReadonlyMap<string, Classification> {
    if (this.#byCode === undefined) {
      this.#byCode = new Map();
      for (const [category, codes, retry, severity] of this.rows) {
        for (const code of codes.split(" ")) this.#byCode.set(code, classification(code, category, retry, severity));
      }
    }
    return this.#byCode;
  }

  find(code: string): Classification | undefined {
    return this.entries.get(code);
  }
}
