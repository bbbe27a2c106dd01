/** A reader for the sections of a WebAssembly module, after "WebAssembly Core Specification" §5.5. */

const sectionNames = [
  "custom",
  "type",
  "import",
  "function",
  "table",
  "memory",
  "global",
  "export",
  "start",
  "element",
  "code",
  "data",
];
const kinds = ["function", "table", "memory", "global"];

export interface Sections {
  readonly imports: { readonly module: string; readonly name: string; readonly kind: string }[];
  readonly exports: { readonly name: string; readonly kind: string }[];
  /** Number of entries of each section that is there. */
  readonly counts: Readonly<Record<string, number>>;
}

class Reader {
  at = 8;
  readonly #bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    return this.#bytes[this.at++]!;
  }

  /** An unsigned number in LEB128. */
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      value += (byte & 127) * 2 ** shift;
      if (byte < 128) return value;
    }
  }

  text(): string {
    const length = this.number();
    this.at += length;
    return new TextDecoder().decode(this.#bytes.subarray(this.at - length, this.at));
  }
}

/** The sections of a module whose only import is a memory. */
export function sectionsOf(bytes: Uint8Array): Sections {
  const reader = new Reader(bytes);
  const sections: { imports: Sections["imports"]; exports: Sections["exports"]; counts: Record<string, number> } = {
    imports: [],
    exports: [],
    counts: {},
  };
  while (!reader.done) {
    const name = sectionNames[reader.byte()] ?? "other";
    const length = reader.number();
    const end = reader.at + length;
    const count = name === "custom" ? 1 : reader.number();
    sections.counts[name] = count;
    for (let entry = 0; name === "import" && entry < count; entry++) {
      const module = reader.text();
      const field = reader.text();
      const kind = kinds[reader.byte()]!;
      sections.imports.push({ module, name: field, kind });
      if (kind !== "memory") throw new Error(`${module}.${field} is a ${kind}; this reader knows memories only`);
      const flags = reader.byte();
      reader.number();
      if ((flags & 1) === 1) reader.number();
    }
    for (let entry = 0; name === "export" && entry < count; entry++) {
      const field = reader.text();
      sections.exports.push({ name: field, kind: kinds[reader.byte()]! });
      reader.number();
    }
    reader.at = end;
  }
  return sections;
}
