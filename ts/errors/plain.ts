/**
 * Any value as plain data: what JSON can say, and `structuredClone` can copy, and nothing else, so that the JSON round trip
 * gives an equal value. Bounded in depth and size, safe with cycles, proxies and getters that throw.
 */

import { isError, read, readText } from "./read.js";

/** What JSON can say. */
export type Plain = null | boolean | number | string | readonly Plain[] | { readonly [key: string]: Plain };

/** Bounds of one value, and what is done with its texts and members. */
export interface PlainForm {
  readonly maxDepth: number;
  /** Members of one object or list. */
  readonly maxWidth: number;
  /** Values in all. */
  readonly maxNodes: number;
  readonly maxText: number;
  text(text: string): string;
  /** Whether the value of a member is kept to oneself. */
  hides(key: string, value: unknown): boolean;
  readonly mark: string;
}

/** One value on its way: what it is inside of, and how many values may still come. */
class Copier {
  readonly #form: PlainForm;
  readonly #within: object[] = [];
  #left: number;

  constructor(form: PlainForm) {
    this.#form = form;
    this.#left = form.maxNodes;
  }

  copy(value: unknown): Plain {
    if (--this.#left < 0) return "[cut off]";
    switch (typeof value) {
      case "string":
        return this.#text(value);
      case "boolean":
        return value;
      case "number":
        // JSON has neither NaN nor infinities nor a negative zero.
        return Number.isFinite(value) ? value + 0 : String(value);
      case "bigint":
        return String(value);
      case "undefined":
        return null;
      case "object":
        return value === null ? null : this.#object(value);
      default:
        return `[${typeof value}]`;
    }
  }

  #text(text: string): string {
    const { maxText } = this.#form;
    return this.#form.text(text.length > maxText ? `${text.slice(0, maxText)}…` : text);
  }

  #object(value: object): Plain {
    if (this.#within.includes(value)) return "[circular]";
    if (this.#within.length >= this.#form.maxDepth) return "[too deep]";
    this.#within.push(value);
    try {
      return this.#special(value) ?? this.#members(value);
    } catch {
      return "[unreadable]";
    } finally {
      this.#within.pop();
    }
  }

  /** Objects whose own members say little of them. */
  #special(value: object): Plain | undefined {
    if (Array.isArray(value)) return this.#list(value);
    if (isError(value)) return this.#error(value);
    if (value instanceof Date) return Number.isNaN(value.getTime()) ? "Invalid Date" : value.toISOString();
    if (value instanceof URL) return this.#text(value.href);
    if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
    if (value instanceof Map || value instanceof Set) return `[${value.size} entries]`;
    return undefined;
  }

  #list(value: readonly unknown[]): Plain {
    const { maxWidth } = this.#form;
    const copied: Plain[] = [];
    // The note on what was left out is the last of the members, so that a copy of a copy is the same.
    const shown = value.length > maxWidth ? maxWidth - 1 : value.length;
    for (let index = 0; index < shown; index++) copied.push(this.copy(value[index]));
    if (shown < value.length) copied.push(`[${value.length - shown} more]`);
    return copied;
  }

  #error(error: Error): Plain {
    const code = read(error, "code");
    return {
      name: readText(error, "name", 128) ?? "Error",
      message: this.#text(readText(error, "message") ?? ""),
      ...(typeof code === "string" || typeof code === "number" ? { code: this.copy(code) } : {}),
    };
  }

  #members(value: object): Plain {
    const { maxWidth, mark } = this.#form;
    const copied: Record<string, Plain> = {};
    let width = 0;
    for (const key of Object.keys(value)) {
      if (width++ >= maxWidth) break;
      const member = this.#member(value, key);
      // A member of this name would set the prototype of whoever copies it by assignment.
      if (member === undefined || key === "__proto__") continue;
      copied[this.#text(key)] = this.#form.hides(key, member) ? mark : this.copy(member);
    }
    return copied;
  }

  #member(value: object, key: string): unknown {
    try {
      return (value as Record<string, unknown>)[key];
    } catch {
      return "[unreadable]";
    }
  }
}

/** The value as plain data, in the given form. */
export function plain(value: unknown, form: PlainForm): Plain {
  return new Copier(form).copy(value);
}
