/** Finds the fields of one structure, and reads their values as JSON. */

import { headBytes } from "../memory/snapshot";
import { CONFIGURATION, Field, Layout, STATE } from "./layout";

/** Largest whole number that JSON readers keep exactly, 2^53 - 1. */
const WHOLE_MAX: u64 = 9007199254740991;

/** A number as JSON, and as text where a reader of JSON would round it. */
function signed(value: i64): string {
  const magnitude = value < 0 ? <u64>0 - <u64>value : <u64>value;
  return magnitude <= WHOLE_MAX ? value.toString() : `"${value}"`;
}

function unsigned(value: u64): string {
  return value <= WHOLE_MAX ? value.toString() : `"${value}"`;
}

function hexadecimal(value: u64, digits: i32): string {
  return `"0x${value.toString(16).padStart(digits, "0")}"`;
}

/** JSON has neither NaN nor the infinities. */
function real(value: f64): string {
  if (!isFinite(value)) return `"${value}"`;
  return trunc(value) == value && abs(value) <= <f64>WHOLE_MAX ? (<i64>value).toString() : value.toString();
}

const STEPS: string = "+-*/%^";

/** The fields of one structure. */
export class Reader {
  /** Where each field begins, in bytes from the start of the structure. */
  private starts: Map<string, u64> = new Map();
  private fields: Map<string, Field> = new Map();
  /** Where the last of them ends. */
  end: u64 = 0;

  /** Looks at the structure at `at`, of which `bytes` may be read, as it is in memory or as a snapshot (`own` names the section). */
  constructor(public layout: Layout, public at: usize, public bytes: u32, public own: string) {
    for (let i = 0; i < layout.fields.length; i++) {
      const field = layout.fields[i];
      if (field.section != CONFIGURATION && field.section != STATE && field.section != own) continue;
      const start = field.place == "+" ? this.end : <u64>I32.parseInt(field.place);
      this.starts.set(field.name, start);
      this.fields.set(field.name, field);
      this.end = start + this.countOf(field) * this.strideOf(field);
    }
  }

  has(field: Field): bool {
    return this.starts.has(field.name);
  }

  /** Where the structure ends that the head speaks of. */
  get headEnd(): u32 {
    return headBytes(this.at);
  }

  strideOf(field: Field): u64 {
    return field.stride == "" ? field.size : this.operand(field.stride);
  }

  /** How many values a field has. */
  countOf(field: Field): u64 {
    if (field.count == "") return 1;
    if (field.count == "rest") return (<u64>this.bytes - min<u64>(this.bytes, this.starts.get(field.name))) / field.size;
    const condition = field.count.split("?");
    if (condition.length > 1) {
      const sides = condition[1].split("=");
      if (this.operand(sides[0]) != this.operand(sides[1])) return 0;
    }
    return this.evaluate(condition[0]);
  }

  /** A number, or the value of a field; 0 where that cannot be read. */
  private operand(text: string): u64 {
    if (text.charCodeAt(0) <= 57) return U64.parseInt(text);
    if (!this.fields.has(text)) return 0;
    const place = this.starts.get(text);
    const field = this.fields.get(text);
    return place + field.size <= this.bytes ? this.word(field.type, this.at + <usize>place) : 0;
  }

  /** Steps from left to right. */
  private evaluate(text: string): u64 {
    let from = 0;
    let step: i32 = 43;
    let value: u64 = 0;
    for (let i = 0; i <= text.length; i++) {
      if (i < text.length && STEPS.indexOf(text.charAt(i)) < 0) continue;
      const next = this.operand(text.substring(from, i));
      if (step == 43) value += next;
      else if (step == 45) value = value > next ? value - next : 0;
      else if (step == 42) value *= next;
      else if (next == 0) value = 0;
      else if (step == 47) value /= next;
      else if (step == 37) value %= next;
      else value = ((value + next - 1) / next) * next;
      step = i < text.length ? text.charCodeAt(i) : 0;
      from = i + 1;
    }
    return value;
  }

  /** The bits of a whole number. */
  private word(type: string, at: usize): u64 {
    if (type == "u8") return load<u8>(at);
    if (type == "u16") return load<u16>(at);
    if (type == "i32") return <u64>(<i64>load<i32>(at));
    return type.endsWith("32") ? load<u32>(at) : load<u64>(at);
  }

  /** A value without its name. */
  private plain(field: Field, at: usize): string {
    const type = field.type;
    if (type == "f64") return real(load<f64>(at));
    let word = this.word(type, at);
    if (field.width != "") {
      const width = this.evaluate(field.width);
      word = width == 0 ? 0 : (word >> this.evaluate(field.from)) & (width < 64 ? (<u64>1 << width) - 1 : u64.MAX_VALUE);
    }
    if (type.startsWith("x")) return hexadecimal(word, type == "x32" ? 8 : 16);
    return type.startsWith("i") ? signed(<i64>word) : unsigned(word);
  }

  private one(field: Field, at: usize): string {
    if (field.members.length == 0) return this.plain(field, at);
    const parts: string[] = [];
    for (let i = 0; i < field.members.length; i++) {
      const member = field.members[i];
      if (!member.name.startsWith("unused")) parts.push(`"${member.name}":${this.plain(member, at)}`);
      at += member.size;
    }
    return `{${parts.join(",")}}`;
  }

  /** A field as JSON: its value and what that is called, or the first `most` of its values and how many there are. */
  json(field: Field, most: u32): string {
    const unit = field.unit == "" ? "" : `,"unit":"${field.unit}"`;
    if (field.type == "secret") return `{"value":"secret"}`;
    let place = this.starts.get(field.name);
    const size = field.size;
    if (field.count == "") {
      if (place + size > this.bytes) return `{"value":"cut off"}`;
      const at = this.at + <usize>place;
      const meaning = field.values.length == 0 ? "" : field.meaningOf(<i64>this.word(field.type, at));
      return `{"value":${this.one(field, at)}${unit}${meaning == "" ? "" : `,"meaning":"${meaning}"`}}`;
    }
    const count = this.countOf(field);
    const stride = this.strideOf(field);
    const values: string[] = [];
    for (let i: u64 = 0; i < count && i < most && place + size <= this.bytes; i++, place += stride) {
      values.push(this.one(field, this.at + <usize>place));
    }
    return `{"values":[${values.join(",")}],"count":${count}${unit}}`;
  }
}
