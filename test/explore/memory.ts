/** The memory that explored threads share, small enough to be copied at every step. */

import type { Access } from "./machine.js";

/** Where scenarios lay out their structures: 0 means "none", and the arena's own words come first. */
export const structureStart = 64;

const mask = (bytes: number): bigint => (1n << BigInt(bytes * 8)) - 1n;

export class SharedMemory {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  copy(): SharedMemory {
    return new SharedMemory(this.bytes.slice());
  }

  read(address: number, bytes: number): bigint {
    const at = this.#place(address, bytes);
    let value = 0n;
    for (let index = bytes - 1; index >= 0; index--) value = (value << 8n) | BigInt(this.bytes[at + index]!);
    return value;
  }

  #write(address: number, bytes: number, value: bigint): void {
    const at = this.#place(address, bytes);
    let rest = value;
    for (let index = 0; index < bytes; index++) {
      this.bytes[at + index] = Number(rest & 255n);
      rest >>= 8n;
    }
  }

  #place(address: number, bytes: number): number {
    if (address + bytes > this.bytes.length) {
      throw new Error(`an access of ${bytes} bytes at ${address} is outside of the explored memory`);
    }
    return address;
  }

  #bulk(kind: "fill" | "copy", address: number, [first, second]: readonly bigint[]): bigint {
    const length = Number(second!);
    const at = this.#place(address, length);
    if (kind === "fill") this.bytes.fill(Number(first! & 255n), at, at + length);
    else {
      const from = this.#place(Number(first!), length);
      this.bytes.copyWithin(at, from, from + length);
    }
    return 0n;
  }

  /** Makes an access that neither waits nor notifies, and gives what was there before. */
  perform({ kind, address, bytes, operands, atomic }: Access): bigint {
    if (atomic && address % bytes !== 0)
      throw new Error(`an atomic access of ${bytes} bytes at ${address} is not aligned`);
    if (kind === "fill" || kind === "copy") return this.#bulk(kind, address, operands);
    const before = this.read(address, bytes);
    const operand = (operands[0] ?? 0n) & mask(bytes);
    switch (kind) {
      case "load":
        break;
      case "store":
      case "exchange":
        this.#write(address, bytes, operand);
        break;
      case "add":
        this.#write(address, bytes, (before + operand) & mask(bytes));
        break;
      case "sub":
        this.#write(address, bytes, (before - operand) & mask(bytes));
        break;
      case "and":
        this.#write(address, bytes, before & operand);
        break;
      case "or":
        this.#write(address, bytes, before | operand);
        break;
      case "xor":
        this.#write(address, bytes, before ^ operand);
        break;
      case "compare-exchange":
        if (before === operand) this.#write(address, bytes, operands[1]! & mask(bytes));
        break;
      default:
        throw new Error(`${kind} is no access that a memory performs`);
    }
    return before;
  }
}
