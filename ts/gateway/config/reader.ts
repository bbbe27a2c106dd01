/** One reading of one configuration file: where we are in it, and every mistake found so far. */

import { type Document, isAlias, isNode, type LineCounter, type Node } from "yaml";

/** A mistake in a configuration file, in words that say what is wrong and what would be right. */
export interface Mistake {
  readonly file: string;
  /** First line is 1. */
  readonly line: number;
  /** First column is 1. */
  readonly column: number;
  /** Where in the document, such as `routes[0].timeout`; empty for the document itself. */
  readonly path: string;
  readonly message: string;
}

/** Where a value stands: its path, and the place in the text to blame when it is wrong. */
export interface Place {
  readonly path: string;
  readonly offset: number;
}

/** Hands out nodes and places, and gathers mistakes instead of stopping at the first. */
export class Reader {
  readonly file: string;
  readonly mistakes: Mistake[] = [];
  readonly #document: Document;
  readonly #lines: LineCounter;
  /** Places of values that later checks may still have to blame, by path. */
  readonly #places = new Map<string, number>();

  constructor(file: string, document: Document, lines: LineCounter) {
    this.file = file;
    this.#document = document;
    this.#lines = lines;
  }

  /** The node itself, or what an alias stands for. */
  resolve(node: unknown): Node | null {
    if (isAlias(node)) return (node.resolve(this.#document) as Node | undefined) ?? null;
    return isNode(node) ? node : null;
  }

  /** Notes where the value at `path` stands; a value without a place of its own is blamed on its parent's. */
  place(path: string, node: unknown, parent: Place): Place {
    const offset = isNode(node) && node.range != null ? node.range[0] : parent.offset;
    this.#places.set(path, offset);
    return { path, offset };
  }

  /** Reports a mistake at a place. */
  fail(place: Place, message: string): undefined {
    const { line, col } = this.#lines.linePos(place.offset);
    this.mistakes.push({
      file: this.file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      path: place.path,
      message,
    });
    return undefined;
  }

  /** Reports a mistake found after reading, at the nearest enclosing value that the text has. */
  failAt(path: string, message: string): void {
    let known = path;
    while (known !== "" && !this.#places.has(known)) known = known.replace(/(^|\.)[^.[\]]+$|\[\d+\]$/, "");
    this.fail({ path, offset: this.#places.get(known) ?? 0 }, message);
  }
}
