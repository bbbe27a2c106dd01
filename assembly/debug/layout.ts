/** The fields of every structure, read out of the text that the build makes of `assembly/layouts/*.json` (README.md there has the grammar). */

/** What both forms of a structure have, or only one of them. */
export const CONFIGURATION: string = "configuration";
export const STATE: string = "state";
export const MEMORY: string = "memory";
export const SNAPSHOT: string = "snapshot";

export class Field {
  unit: string = "";
  /** Count in the grammar of the layouts; empty for one value. */
  count: string = "";
  stride: string = "";
  /** Bits of a word, from and how many; empty for all. */
  from: string = "";
  width: string = "";
  /** Of a record. */
  members: Field[] = [];
  values: i64[] = [];
  meanings: string[] = [];

  constructor(public section: string, public name: string, public place: string, public type: string) {}

  /** What the value is called; empty where it has no name. */
  meaningOf(value: i64): string {
    const index = this.values.indexOf(value);
    return index < 0 ? "" : this.meanings[index];
  }

  /** Bytes of one value. */
  get size(): u32 {
    if (this.members.length > 0) {
      let sum: u32 = 0;
      for (let i = 0; i < this.members.length; i++) sum += this.members[i].size;
      return sum;
    }
    if (this.type == "secret" || this.type == "u8") return 1;
    if (this.type == "u16") return 2;
    return this.type.endsWith("32") ? 4 : 8;
  }
}

export class Layout {
  fields: Field[] = [];

  constructor(public kind: string, public version: u32, public name: string, public then: string) {}
}

/** A type as the layouts write it, with its bits or members. */
function typed(section: string, name: string, place: string, text: string): Field {
  if (text.startsWith("{")) {
    const record = new Field(section, name, place, "record");
    const parts = text.substring(1, text.length - 1).split(", ");
    for (let i = 0; i < parts.length; i++) {
      const words = parts[i].split(" ");
      record.members.push(new Field(section, words[0], "+", words[1]));
    }
    return record;
  }
  const bits = text.indexOf("[");
  if (bits < 0) return new Field(section, name, place, text);
  const field = new Field(section, name, place, text.substring(0, bits));
  const range = text.substring(bits + 1, text.length - 1).split(":");
  field.from = range[0];
  field.width = range[1];
  return field;
}

/** A field from its line: `place type [x count [by stride]]; unit; value meaning, …`. */
function fieldOf(section: string, name: string, line: string): Field {
  const parts = line.split("; ");
  const space = parts[0].indexOf(" ");
  const words = parts[0].substring(space + 1).split(" x ");
  const field = typed(section, name, parts[0].substring(0, space), words[0]);
  if (words.length > 1) {
    const counted = words[1].split(" by ");
    field.count = counted[0];
    if (counted.length > 1) field.stride = counted[1];
  }
  if (parts.length > 1) field.unit = parts[1].trim();
  if (parts.length > 2) {
    const named = parts[2].split(", ");
    for (let i = 0; i < named.length; i++) {
      const gap = named[i].indexOf(" ");
      field.values.push(I64.parseInt(named[i].substring(0, gap)));
      field.meanings.push(named[i].substring(gap + 1));
    }
  }
  return field;
}

const layouts = new Map<string, Layout>();
const accepted = new Map<string, string>();

/** Lines are `structure|kind|version|name|then`, and behind each its `section|field|text`; and `function|name|kinds`. */
function readLayouts(): void {
  const lines = layoutText().split("\n");
  for (let i = 0, layout: Layout | null = null; i < lines.length; i++) {
    const cells = lines[i].split("|");
    if (cells[0] == "structure") {
      layout = new Layout(cells[1], <u32>I32.parseInt(cells[2]), cells[3], cells[4]);
      layouts.set(layout.kind, layout);
    } else if (cells[0] == "function") accepted.set(cells[1], cells[2]);
    else if (layout) layout.fields.push(fieldOf(cells[0], cells[1], cells[2]));
  }
}

/** The layout that a magic word names; null where none has it, in this version. */
export function layoutOf(magic: u32): Layout | null {
  if (layouts.size == 0) readLayouts();
  const kind = String.fromCharCode(magic & 0xff) + String.fromCharCode((magic >> 8) & 0xff) + String.fromCharCode((magic >> 16) & 0xff);
  if (!layouts.has(kind)) return null;
  const layout = layouts.get(kind);
  return layout.version == magic >> 24 ? layout : null;
}

/** The kinds that a function takes at its first address; empty where that may be anything. */
export function acceptedBy(name: string): string {
  if (layouts.size == 0) readLayouts();
  return accepted.has(name) ? accepted.get(name) : "";
}
