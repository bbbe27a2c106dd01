/**
 * The vocabulary in which the configuration is described. One description serves twice: `read` checks a file and gives
 * the value with units resolved, `schema` gives the JSON Schema that editors use. Both come from the same data, so they
 * cannot drift; a test mutates every example and asks both.
 */

import { isMap, isScalar, isSeq, type Node } from "yaml";
import { formatDuration, parseDuration, quote } from "../../kernel/index.js";
import { nearest } from "./nearest.js";
import type { Place, Reader } from "./reader.js";

/** A JSON Schema (2020-12), as plain data. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** How one kind of value is read and described. `read` gives undefined where it reported a mistake. */
export interface Spec<T> {
  read(node: Node | null, at: Place, reader: Reader): T | undefined;
  readonly schema: JsonSchema;
  /** What a reader of a message should write: "a duration such as 250ms". */
  readonly wanted: string;
  /** Whether the YAML type of the node is one that this spec reads; lets `either` choose whose mistakes to tell. */
  accepts(node: Node | null): boolean;
}

function shown(node: Node | null): string {
  if (node === null) return "nothing";
  if (isScalar(node)) return node.value === null ? "nothing" : quote(node.value);
  return isMap(node) ? "a mapping" : "a list";
}

function scalar<T>(
  wanted: string,
  schema: JsonSchema,
  type: "string" | "number" | "boolean",
  convert: (value: never) => T | undefined,
): Spec<T> {
  const accepts = (node: Node | null): boolean => isScalar(node) && typeof node.value === type;
  return {
    wanted,
    schema,
    accepts,
    read(node, at, reader) {
      const value = accepts(node) ? convert((node as { value?: unknown } | null)?.value as never) : undefined;
      return value === undefined ? reader.fail(at, `${shown(node)} is wrong here; write ${wanted}`) : value;
    },
  };
}

/** Text that matches `pattern` as a whole. */
export function text(pattern: string, wanted: string): Spec<string> {
  const regex = new RegExp(`^(?:${pattern})$`, "u");
  return scalar(wanted, { type: "string", pattern: `^(?:${pattern})$` }, "string", (value: string) =>
    regex.test(value) ? value : undefined,
  );
}

/** One of a few words. */
export function choice<const W extends string>(...words: readonly W[]): Spec<W> {
  const wanted = words.length === 1 ? words[0]! : `one of ${words.join(", ")}`;
  return scalar(wanted, { enum: [...words] }, "string", (value: string) => words.find((word) => word === value));
}

/** `true` or `false`. */
export const flag: Spec<boolean> = scalar("true or false", { type: "boolean" }, "boolean", (value: boolean) => value);

/** A whole number within bounds, both inclusive. */
export function integer(minimum: number, maximum: number): Spec<number> {
  return scalar(
    `a whole number from ${minimum} to ${maximum}`,
    { type: "integer", minimum, maximum },
    "number",
    (value: number) => (Number.isInteger(value) && value >= minimum && value <= maximum ? value : undefined),
  );
}

/** A number within bounds, both inclusive. */
export function real(minimum: number, maximum: number): Spec<number> {
  return scalar(
    `a number from ${minimum} to ${maximum}`,
    { type: "number", minimum, maximum },
    "number",
    (value: number) => (value >= minimum && value <= maximum ? value : undefined),
  );
}

/** A duration; JSON Schema can check its spelling only, so the bounds are the parser's alone. */
export function duration(minMs: number, maxMs: number): Spec<number> {
  const range = `from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  const spelling = text("(?:\\d+(?:\\.\\d+)?(?:us|µs|ms|s|m|h|d))+", `a duration ${range}, such as 250ms or 1m30s`);
  return {
    ...spelling,
    read(node, at, reader) {
      const written = spelling.read(node, at, reader);
      if (written === undefined) return undefined;
      let ms = Number.NaN;
      try {
        ms = parseDuration(written);
      } catch {
        // Only the sum can be wrong after the spelling matched; NaN fails the bounds below with the better message.
      }
      return ms >= minMs && ms <= maxMs
        ? ms
        : reader.fail(at, `${quote(written)} is out of range; write ${spelling.wanted}`);
    },
  };
}

const sizeUnits: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

/** A number of bytes with a unit; the bounds are the parser's alone, as with durations. */
export function size(minBytes: number, maxBytes: number): Spec<number> {
  const spelling = text(
    "\\d+(?:B|kB|MB|GB|KiB|MiB|GiB)",
    "a size with a unit (B, kB, MB, GB, KiB, MiB, GiB), such as 64KiB",
  );
  return {
    ...spelling,
    read(node, at, reader) {
      const written = spelling.read(node, at, reader);
      if (written === undefined) return undefined;
      const digits = Number.parseInt(written, 10);
      const bytes = digits * sizeUnits[written.replace(/^\d+/, "")]!;
      if (bytes >= minBytes && bytes <= maxBytes) return bytes;
      return reader.fail(at, `${quote(written)} is out of range; write from ${minBytes} to ${maxBytes} bytes`);
    },
  };
}

/** A list. */
export function list<T>(of: Spec<T>, bounds: { min: number; max: number }): Spec<readonly T[]> {
  const wanted = `a list with each entry ${of.wanted}`;
  return {
    wanted,
    schema: { type: "array", items: of.schema, minItems: bounds.min, maxItems: bounds.max },
    accepts: (node) => isSeq(node),
    read(node, at, reader) {
      if (!isSeq(node)) return reader.fail(at, `${shown(node)} is wrong here; write ${wanted}`);
      const values = node.items.map((item, index) =>
        of.read(reader.resolve(item), reader.place(`${at.path}[${index}]`, item, at), reader),
      );
      if (values.length < bounds.min)
        return reader.fail(at, `the list has ${values.length} entries; give at least ${bounds.min}`);
      if (values.length > bounds.max)
        return reader.fail(at, `the list has ${values.length} entries; give at most ${bounds.max}`);
      return values.includes(undefined) ? undefined : (values as T[]);
    },
  };
}

/** A mapping from names that the user chooses. */
export function record<T>(
  of: Spec<T>,
  names: { pattern: string; wanted: string; min: number },
): Spec<ReadonlyMap<string, T>> {
  const regex = new RegExp(`^(?:${names.pattern})$`, "u");
  const wanted = `a mapping from names to ${of.wanted}`;
  return {
    wanted,
    schema: {
      type: "object",
      additionalProperties: of.schema,
      propertyNames: { pattern: `^(?:${names.pattern})$` },
      minProperties: names.min,
    },
    accepts: (node) => isMap(node),
    read(node, at, reader) {
      if (!isMap(node)) return reader.fail(at, `${shown(node)} is wrong here; write ${wanted}`);
      const values = new Map<string, T>();
      let sound = true;
      for (const { key, value } of node.items) {
        const name = String((key as { value?: unknown })?.value ?? key);
        const path = at.path === "" ? name : `${at.path}.${name}`;
        if (!regex.test(name)) {
          reader.fail(reader.place(path, key, at), `${quote(name)} is not a good name; write ${names.wanted}`);
          sound = false;
        }
        const read = of.read(reader.resolve(value), reader.place(path, value ?? key, at), reader);
        if (read === undefined) sound = false;
        else values.set(name, read);
      }
      if (node.items.length < names.min) {
        return reader.fail(at, `the mapping has ${node.items.length} entries; give at least ${names.min}`);
      }
      return sound ? values : undefined;
    },
  };
}

/** A value in one of two forms, told apart by their YAML type or, where both are texts, by what each accepts. */
export function either<A, B>(first: Spec<A>, second: Spec<B>): Spec<A | B> {
  const wanted = `${first.wanted}, or ${second.wanted}`;
  const firstIsWord = Array.isArray(first.schema["enum"]);
  return {
    wanted,
    schema: { anyOf: [first.schema, second.schema] },
    accepts: (node) => first.accepts(node) || second.accepts(node),
    read(node, at, reader) {
      const isWord = firstIsWord && isScalar(node) && (first.schema["enum"] as unknown[]).includes(node.value);
      if (isWord || (!firstIsWord && first.accepts(node))) return first.read(node, at, reader);
      if (second.accepts(node)) return second.read(node, at, reader);
      return reader.fail(at, `${shown(node)} is wrong here; write ${wanted}`);
    },
  };
}

/** Reads with `of`, then turns the value into another; for forms that only differ in spelling. */
export function map<A, B>(of: Spec<A>, convert: (value: A) => B): Spec<B> {
  return {
    ...of,
    read(node, at, reader) {
      const value = of.read(node, at, reader);
      return value === undefined ? undefined : convert(value);
    },
  };
}

/** One key of an object: its name in the program, its value, what it means, and what holds where it is absent. */
export interface Field<As extends string, T> {
  readonly as: As;
  readonly spec: Spec<unknown>;
  readonly doc: string;
  readonly required: boolean;
  /** What stands in the documentation as the default; the value itself comes from `fallback`. */
  readonly shownDefault: unknown;
  readonly fallback: () => T;
}

/** A default that is told in words, since no value in a file spells it. */
export class InWords {
  readonly words: string;

  constructor(words: string) {
    this.words = words;
  }
}

/** See {@link InWords}. */
export const words = (text: string): InWords => new InWords(text);

/** A key that must be there. */
export function required<As extends string, T>(as: As, spec: Spec<T>, doc: string): Field<As, T> {
  return { as, spec, doc, required: true, shownDefault: undefined, fallback: () => undefined as never };
}

/** A key that may be absent, with what it stands for then, spelled as in a file. */
export function optional<As extends string, T>(
  as: As,
  spec: Spec<T>,
  doc: string,
  shownDefault: unknown,
  fallback: T,
): Field<As, T> {
  return { as, spec, doc, required: false, shownDefault, fallback: () => fallback };
}

/** A key that may be absent and then means that the feature is not used. */
export function absent<As extends string, T>(as: As, spec: Spec<T>, doc: string): Field<As, T | undefined> {
  return { as, spec, doc, required: false, shownDefault: undefined, fallback: () => undefined };
}

/** What an object spec reads into. */
export type Fields<F> = {
  readonly [K in keyof F as F[K] extends Field<infer As, unknown> ? As : never]: F[K] extends Field<string, infer T>
    ? T
    : never;
};

/** A value read by a spec. */
export type Read<S> = S extends Spec<infer T> ? T : never;

/** An object with known keys. */
export interface ObjectSpec<T> extends Spec<T> {
  readonly fields: Readonly<Record<string, Field<string, unknown>>>;
  /** What holds where the whole object is absent; undefined where a key is required. */
  readonly defaults: () => T;
}

/** A mapping with known keys; an unknown one is a mistake, with the nearest known key as advice. */
export function object<const F extends Record<string, Field<string, unknown>>>(
  wanted: string,
  fields: F,
): ObjectSpec<Fields<F>> {
  const keys = Object.keys(fields);
  const properties = Object.fromEntries(
    keys.map((key) => {
      const field = fields[key]!;
      const described = { ...field.spec.schema, description: field.doc };
      const hasValue = field.shownDefault !== undefined && !(field.shownDefault instanceof InWords);
      return [key, hasValue ? { ...described, default: field.shownDefault } : described];
    }),
  );
  const requiredKeys = keys.filter((key) => fields[key]!.required);
  const defaults = (): Fields<F> =>
    Object.fromEntries(keys.map((key) => [fields[key]!.as, fields[key]!.fallback()])) as Fields<F>;
  return {
    wanted,
    fields,
    defaults,
    schema: {
      type: "object",
      properties,
      additionalProperties: false,
      ...(requiredKeys.length > 0 ? { required: requiredKeys } : {}),
    },
    accepts: (node) => isMap(node),
    read(node, at, reader) {
      if (!isMap(node)) return reader.fail(at, `${shown(node)} is wrong here; write ${wanted}`);
      const result = defaults() as Record<string, unknown>;
      const seen = new Set<string>();
      let sound = true;
      for (const { key, value } of node.items) {
        const name = String((key as { value?: unknown })?.value ?? key);
        const path = at.path === "" ? name : `${at.path}.${name}`;
        const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
        if (field === undefined) {
          const guess = nearest(name, keys);
          const advice = guess === undefined ? `the keys here are ${keys.join(", ")}` : `did you mean ${guess}?`;
          reader.fail(reader.place(path, key, at), `unknown key ${quote(name)}; ${advice}`);
          sound = false;
          continue;
        }
        seen.add(name);
        const read = field.spec.read(reader.resolve(value), reader.place(path, value ?? key, at), reader);
        if (read === undefined) sound = false;
        else result[field.as] = read;
      }
      for (const name of requiredKeys) {
        if (seen.has(name)) continue;
        reader.fail(at, `${name} is missing; write ${name}: ${fields[name]!.spec.wanted}`);
        sound = false;
      }
      return sound ? (result as Fields<F>) : undefined;
    },
  };
}
