/**
 * Rewrites a module so that each scalar access to memory becomes a call of an import: the explorer decides what a thread reads and
 * when what it writes is seen. The code between the accesses stays as it was shipped, instruction by instruction.
 *
 * An access pops an address (and operands) and has a constant offset, so `i64.store offset=8` becomes `i32.const 8; call $store`.
 * A vector instruction that reaches memory becomes `unreachable`: it is not explored, and must not go unnoticed.
 * Opcodes and encodings: WebAssembly Core Specification 2.0, §5, and the threads proposal.
 */

/** What kind of access a function of the module made, as the import is told. */
export interface AccessType {
  readonly kind:
    | "load"
    | "store"
    | "add"
    | "sub"
    | "and"
    | "or"
    | "xor"
    | "exchange"
    | "compare-exchange"
    | "notify"
    | "wait"
    | "fill"
    | "copy";
  readonly atomic: boolean;
  /** Bytes of memory. */
  readonly bytes: number;
  /** Type of the value in the code. */
  readonly type: "i32" | "i64" | "f32" | "f64";
  /** Whether a narrow value is sign-extended. */
  readonly signed: boolean;
}

const typeCodes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c } as const;

const access = (
  kind: AccessType["kind"],
  type: AccessType["type"],
  bytes: number,
  atomic = false,
  signed = false,
): AccessType => ({ kind, atomic, bytes, type, signed });

const plain: Readonly<Record<number, AccessType>> = {
  40: access("load", "i32", 4),
  41: access("load", "i64", 8),
  42: access("load", "f32", 4),
  43: access("load", "f64", 8),
  44: access("load", "i32", 1, false, true),
  45: access("load", "i32", 1),
  46: access("load", "i32", 2, false, true),
  47: access("load", "i32", 2),
  48: access("load", "i64", 1, false, true),
  49: access("load", "i64", 1),
  50: access("load", "i64", 2, false, true),
  51: access("load", "i64", 2),
  52: access("load", "i64", 4, false, true),
  53: access("load", "i64", 4),
  54: access("store", "i32", 4),
  55: access("store", "i64", 8),
  56: access("store", "f32", 4),
  57: access("store", "f64", 8),
  58: access("store", "i32", 1),
  59: access("store", "i32", 2),
  60: access("store", "i64", 1),
  61: access("store", "i64", 2),
  62: access("store", "i64", 4),
};

/** The atomic instructions behind the prefix 0xfe: groups of seven widths from 0x10 on. */
const groups: readonly AccessType["kind"][] = [
  "load",
  "store",
  "add",
  "sub",
  "and",
  "or",
  "xor",
  "exchange",
  "compare-exchange",
];
const widths: readonly (readonly [AccessType["type"], number])[] = [
  ["i32", 4],
  ["i64", 8],
  ["i32", 1],
  ["i32", 2],
  ["i64", 1],
  ["i64", 2],
  ["i64", 4],
];

function atomicType(opcode: number): AccessType {
  if (opcode === 0) return access("notify", "i32", 4, true);
  if (opcode === 1) return access("wait", "i32", 4, true);
  if (opcode === 2) return access("wait", "i64", 8, true);
  const [type, bytes] = widths[(opcode - 16) % 7]!;
  return access(groups[Math.floor((opcode - 16) / 7)]!, type, bytes, true);
}

/** Types of the operands behind the address, and of the result. */
function shapeOf({ kind, type }: AccessType): {
  readonly operands: readonly AccessType["type"][];
  readonly result?: AccessType["type"];
} {
  switch (kind) {
    case "load":
      return { operands: [], result: type };
    case "store":
      return { operands: [type] };
    case "compare-exchange":
      return { operands: [type, type], result: type };
    case "notify":
      return { operands: ["i32"], result: "i32" };
    case "wait":
      return { operands: [type, "i64"], result: "i32" };
    case "fill":
    case "copy":
      return { operands: ["i32", "i32"] };
    default:
      return { operands: [type], result: type };
  }
}

class Reader {
  at = 0;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    return this.bytes[this.at++]!;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.byte();
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  take(length: number): Uint8Array {
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }
}

function unsigned(value: number): number[] {
  const rest = Math.floor(value / 128);
  return rest === 0 ? [value] : [(value % 128) | 128, ...unsigned(rest)];
}

/** An i32 constant's operand: signed LEB128. */
function signed(value: number): number[] {
  const low = value & 127;
  const rest = value >> 7;
  return (rest === 0 && low < 64) || (rest === -1 && low >= 64) ? [low] : [low | 128, ...signed(rest)];
}

const text = (value: string): number[] => [value.length, ...new TextEncoder().encode(value)];

/** Passes over the operands of an instruction that is kept. */
function skipOperands(opcode: number, reader: Reader): void {
  if ((opcode >= 0x02 && opcode <= 0x04) || opcode === 0x0c || opcode === 0x0d) reader.number();
  else if (opcode === 0x0e) for (let left = reader.number() + 1; left > 0; left--) reader.number();
  else if (opcode === 0x11) {
    reader.number();
    reader.number();
  } else if (opcode === 0x1c) for (let left = reader.number(); left > 0; left--) reader.byte();
  else if ((opcode >= 0x20 && opcode <= 0x26) || opcode === 0x41 || opcode === 0x42) reader.number();
  else if (opcode === 0x3f || opcode === 0x40) reader.byte();
  else if (opcode === 0x43) reader.take(4);
  else if (opcode === 0x44) reader.take(8);
  else if (opcode === 0xfc) skipBulk(reader);
  else if (opcode > 0xc4) throw new Error(`the explorer does not know the instruction 0x${opcode.toString(16)}`);
}

function skipBulk(reader: Reader): void {
  const opcode = reader.number();
  if (opcode > 7) throw new Error(`the explorer does not know the instruction 0xfc ${opcode}`);
}

/** Passes over a vector instruction; true where it reaches memory. */
function skipVector(reader: Reader): boolean {
  const opcode = reader.number();
  if (opcode <= 11 || opcode === 92 || opcode === 93 || (opcode >= 84 && opcode <= 91)) {
    reader.number();
    reader.number();
    if (opcode >= 84 && opcode <= 91) reader.byte();
    return true;
  }
  if (opcode === 12 || opcode === 13) reader.take(16);
  else if (opcode >= 21 && opcode <= 34) reader.byte();
  return false;
}

/** An instrumented module: the import `access.N` is called for the access type N. */
export interface Instrumented {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly accesses: readonly AccessType[];
}

/** The access that an instruction makes, with its opcode read; undefined where it makes none that is rewritten. */
function accessOf(opcode: number, reader: Reader): AccessType | "fence" | undefined {
  if (opcode === 0xfe) {
    const atomicOpcode = reader.number();
    if (atomicOpcode !== 3) return atomicType(atomicOpcode);
    reader.byte();
    return "fence";
  }
  if (opcode === 0xfc) {
    const start = reader.at;
    const bulkOpcode = reader.number();
    if (bulkOpcode === 10 || bulkOpcode === 11) {
      reader.take(bulkOpcode === 10 ? 2 : 1);
      return access(bulkOpcode === 10 ? "copy" : "fill", "i32", 0);
    }
    reader.at = start;
  }
  return plain[opcode];
}

/** The constant offset of an access, behind its alignment. */
function offsetIn(reader: Reader): number {
  reader.number();
  return reader.number();
}

/** Rewrites the code of one function; `importOf` numbers the access types. */
function rewriteBody(body: Uint8Array, shift: number, importOf: (type: AccessType) => number): number[] {
  const reader = new Reader(body);
  for (let groupsLeft = reader.number(); groupsLeft > 0; groupsLeft--) {
    reader.number();
    reader.byte();
  }
  const out: number[] = [...body.subarray(0, reader.at)];
  while (!reader.done) {
    const start = reader.at;
    const opcode = reader.byte();
    const type = accessOf(opcode, reader);
    if (type === "fence") continue;
    if (type !== undefined) {
      const offset = type.kind === "fill" || type.kind === "copy" ? 0 : offsetIn(reader);
      out.push(0x41, ...signed(offset | 0), 0x10, ...unsigned(importOf(type)));
    } else if (opcode === 0x10) out.push(0x10, ...unsigned(reader.number() + shift));
    else if (opcode === 0xfd && skipVector(reader)) out.push(0x00);
    else {
      if (opcode !== 0xfd) skipOperands(opcode, reader);
      for (const byte of body.subarray(start, reader.at)) out.push(byte);
    }
  }
  return out;
}

const section = (id: number, content: readonly number[]): number[] => [id, ...unsigned(content.length), ...content];

/** The access types in the code of a module, found by a first pass. */
function typesIn(bodies: readonly Uint8Array[]): AccessType[] {
  const found: AccessType[] = [];
  for (const body of bodies) {
    rewriteBody(body, 0, (type) => {
      if (!found.some((each) => JSON.stringify(each) === JSON.stringify(type))) found.push(type);
      return 0;
    });
  }
  return found;
}

/** Instruments a module that imports a memory and nothing else. */
export function instrument(wasm: Uint8Array): Instrumented {
  const reader = new Reader(wasm);
  reader.at = 8;
  const sections: { id: number; content: Uint8Array }[] = [];
  while (!reader.done) {
    const id = reader.byte();
    sections.push({ id, content: reader.take(reader.number()) });
  }
  const code = new Reader(sections.find(({ id }) => id === 10)!.content);
  const bodies = Array.from({ length: code.number() }, () => code.take(code.number()));
  const accesses = typesIn(bodies);
  const importOf = (type: AccessType) => accesses.findIndex((each) => JSON.stringify(each) === JSON.stringify(type));

  const out: number[] = [...wasm.subarray(0, 8)];
  let typeCount = 0;
  for (const { id, content } of sections) {
    const inside = new Reader(content);
    if (id === 1) {
      typeCount = inside.number();
      const added = accesses.flatMap((type) => {
        const { operands, result } = shapeOf(type);
        const parameters = [0x7f, ...operands.map((each) => typeCodes[each]), 0x7f];
        const results = result === undefined ? [] : [typeCodes[result]];
        return [0x60, parameters.length, ...parameters, results.length, ...results];
      });
      out.push(...section(1, [...unsigned(typeCount + accesses.length), ...content.subarray(inside.at), ...added]));
    } else if (id === 2) {
      const count = inside.number();
      const added = accesses.flatMap((_, index) => [
        ...text("access"),
        ...text(String(index)),
        0,
        ...unsigned(typeCount + index),
      ]);
      out.push(...section(2, [...unsigned(count + accesses.length), ...content.subarray(inside.at), ...added]));
    } else if (id === 7) {
      const count = inside.number();
      const entries: number[] = [];
      for (let index = 0; index < count; index++) {
        const name = inside.take(inside.number());
        entries.push(...unsigned(name.length), ...name, inside.byte(), ...unsigned(inside.number() + accesses.length));
      }
      out.push(...section(7, [...unsigned(count), ...entries]));
    } else if (id === 10) {
      const rewritten = bodies.flatMap((body) => {
        const fresh = rewriteBody(body, accesses.length, importOf);
        return [...unsigned(fresh.length), ...fresh];
      });
      out.push(...section(10, [...unsigned(bodies.length), ...rewritten]));
    } else if (id !== 0) out.push(...section(id, [...content]));
  }
  return { bytes: Uint8Array.from(out), accesses };
}
