/**
 * Names of structures, in the header of a file that processes share. An entry has 128 bytes:
 *
 *     0 state u32: 0 free, 1 used | 4 entry in the registry u32 | 8 address u32 | 12 generation u32
 *     16 digest of the options, 16 bytes | 32 class, 32 bytes | 64 name, 64 bytes
 *
 * Texts are UTF-8, filled up with zeros. All is changed under the file's lock, the state last: who dies in between leaves a free entry.
 */

import { createHash } from "node:crypto";
import { invalidOption } from "../kernel/index.js";

const directoryAt = 4096;
const entryBytes = 128;
const fields = { state: 0, entry: 4, address: 8, generation: 12, digest: 16, kind: 32, name: 64 } as const;
const digestBytes = 16;
const kindBytes = 32;
const nameBytes = 64;

/** A named structure. */
export interface NamedStructure {
  readonly name: string;
  /** Its class. */
  readonly kind: string;
  readonly entry: number;
  readonly address: number;
  readonly generation: number;
  /** Of the options that it was made with. */
  readonly digest: string;
}

/** The names in a file's header; every call but the constructor under its lock. */
export class Directory {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #length: number;

  constructor(header: ArrayBuffer, length: number) {
    this.#bytes = new Uint8Array(header, directoryAt, length * entryBytes);
    this.#view = new DataView(header, directoryAt, length * entryBytes);
    this.#length = length;
  }

  /** All that are there. */
  list(): NamedStructure[] {
    return this.#places((state) => state === 1).map((at) => this.#read(at));
  }

  find(name: string): NamedStructure | undefined {
    return this.list().find((each) => each.name === name);
  }

  /** Whether there is room for another name. */
  get full(): boolean {
    return this.#places((state) => state !== 1).length === 0;
  }

  add({ name, kind, entry, address, generation, digest }: NamedStructure): void {
    const at = this.#places((state) => state !== 1)[0]!;
    this.#bytes.fill(0, at, at + entryBytes);
    this.#view.setUint32(at + fields.entry, entry, true);
    this.#view.setUint32(at + fields.address, address, true);
    this.#view.setUint32(at + fields.generation, generation, true);
    this.#bytes.set(Buffer.from(digest, "hex"), at + fields.digest);
    this.#bytes.set(Buffer.from(kind), at + fields.kind);
    this.#bytes.set(Buffer.from(name), at + fields.name);
    this.#view.setUint32(at + fields.state, 1, true);
  }

  remove(name: string): void {
    for (const at of this.#places((state) => state === 1)) {
      if (this.#read(at).name === name) this.#view.setUint32(at + fields.state, 0, true);
    }
  }

  #places(accept: (state: number) => boolean): number[] {
    const places = Array.from({ length: this.#length }, (_, index) => index * entryBytes);
    return places.filter((at) => accept(this.#view.getUint32(at + fields.state, true)));
  }

  #read(at: number): NamedStructure {
    const number = (field: number) => this.#view.getUint32(at + field, true);
    const bytes = (field: number, length: number) => Buffer.from(this.#bytes.subarray(at + field, at + field + length));
    const text = (field: number, length: number) => bytes(field, length).toString("utf8").replace(/\0+$/, "");
    return {
      name: text(fields.name, nameBytes),
      kind: text(fields.kind, kindBytes),
      entry: number(fields.entry),
      address: number(fields.address),
      generation: number(fields.generation),
      digest: bytes(fields.digest, digestBytes).toString("hex"),
    };
  }
}

/** Checks a name. */
export function checkedName(name: string): string {
  const length = typeof name === "string" ? Buffer.byteLength(name) : 0;
  if (length > 0 && length <= nameBytes && !name.includes("\0")) return name;
  throw invalidOption("name", name, `give a text of 1 to ${nameBytes} bytes in UTF-8, without the character 0`);
}

/** Tells options from others, whatever the order that they are given in. */
export function digestOf(options: unknown): string {
  const ordered = (_: string, value: unknown): unknown => {
    if (typeof value === "bigint") return `${value}n`;
    if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
    return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
  };
  return createHash("sha256")
    .update(JSON.stringify(options, ordered) ?? "")
    .digest("hex")
    .slice(0, 2 * digestBytes);
}
