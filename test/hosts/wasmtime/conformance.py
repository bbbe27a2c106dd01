"""Runs a conformance program (ts/core/self-test/README.md has its format) on a core module by wasmtime.

    python conformance.py PROGRAM MODULE

Prints one line of JSON: the digest of each structure, the structures that the module lacks, and the common digest.
"""

import json
import sys
from dataclasses import dataclass

from wasmtime import Func, Instance, Limits, Memory, MemoryType, Module, Store, ValType

WORD = (1 << 64) - 1
DIGEST_START = 0xCBF29CE484222325
# Address 0 means "none" to the core.
BLOCK = 8


class Reader:
    """Reads the numbers, texts and bytes of a program."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    @property
    def done(self) -> bool:
        return self.at >= len(self.data)

    def take(self, length: int) -> bytes:
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self) -> int:
        value, shift = 0, 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    def signed(self) -> int:
        start = self.at
        value = self.number()
        bits = 7 * (self.at - start)
        return signed(value, bits)

    def text(self) -> str:
        return self.take(self.number()).decode("ascii")


def signed(value: int, bits: int) -> int:
    """The number that the lowest `bits` bits stand for, in two's complement."""
    value &= (1 << bits) - 1
    return value - (1 << bits) if value >> (bits - 1) else value


def fold(digest: int, word: int) -> int:
    digest = (digest ^ (word & WORD)) * 0x100000001B3 & WORD
    return (digest ^ (signed(digest, 64) >> 29)) & WORD


@dataclass
class Function:
    kinds: str
    result: str
    call: Func | None
    bits: list[int]

    def arguments(self, reader: Reader) -> list[int]:
        """Reads what a step gives; a float, which no function of the C face takes, is passed over."""
        return [
            int.from_bytes(reader.take(8), "little") if kind == "f" else reader.signed() + (BLOCK if kind == "a" else 0)
            for kind in self.kinds
        ]


def folded(kind: str, word: int | None) -> int | None:
    """A result as the digest takes it: "never" is -1, addresses count from the block; 0 and 1 are answers, not addresses."""
    if kind == "d":
        return max(word, -1)
    if kind == "a" and word & 0xFFFFFFFF > 1:
        return (word & 0xFFFFFFFF) - BLOCK
    return word


class Host:
    """A module, and the block of its memory that the program writes to."""

    def __init__(self, wasm: bytes, block_bytes: int) -> None:
        self.store = Store()
        self.block_bytes = block_bytes
        self.memory = Memory(self.store, MemoryType(Limits(1, 1)))
        self.exports = Instance(self.store, Module(self.store.engine, wasm), [self.memory]).exports(self.store)

    def find(self, name: str, kinds: str, result: str) -> Function:
        call = self.exports.get(name)
        if not isinstance(call, Func):
            return Function(kinds, result, None, [])
        bits = [32 if kind == ValType.i32() else 64 for kind in call.type(self.store).params]
        return Function(kinds, result, call, bits)

    def call(self, function: Function, arguments: list[int]) -> int | None:
        given = [signed(value, bits) for value, bits in zip(arguments, function.bits, strict=True)]
        return folded(function.result, function.call(self.store, *given))

    def clear(self) -> None:
        self.memory.write(self.store, bytes(self.block_bytes), BLOCK)

    def write(self, at: int, data: bytes) -> None:
        self.memory.write(self.store, data, BLOCK + at)

    def words(self, at: int, length: int) -> list[int]:
        data = self.memory.read(self.store, BLOCK + at, BLOCK + at + length)
        return [int.from_bytes(data[i : i + 8], "little") for i in range(0, length, 8)]


def calls_of(steps: bytes, functions: list[Function]) -> list[Function]:
    """The functions that the steps call, without running them."""
    reader, called = Reader(steps), []
    while not reader.done:
        step = reader.number()
        if step < 2:
            _, length = reader.number(), reader.number()
            reader.take(length if step == 0 else 0)
        else:
            called.append(functions[step - 2])
            functions[step - 2].arguments(reader)
    return called


def run_steps(steps: bytes, functions: list[Function], host: Host) -> int:
    reader, digest = Reader(steps), DIGEST_START
    host.clear()
    while not reader.done:
        step = reader.number()
        if step == 0:
            at = reader.number()
            host.write(at, reader.take(reader.number()))
        elif step == 1:
            for word in host.words(reader.number(), reader.number()):
                digest = fold(digest, word)
        else:
            function = functions[step - 2]
            word = host.call(function, function.arguments(reader))
            if word is not None:
                digest = fold(digest, word)
    return digest


def run(program: bytes, wasm: bytes) -> dict[str, object]:
    reader = Reader(program)
    if reader.take(4) != b"HFC1":
        raise ValueError("these bytes are no conformance program")
    host = Host(wasm, reader.number())
    functions = [host.find(reader.text(), reader.text(), reader.text()) for _ in range(reader.number())]
    digests, absent, common, whole = {}, [], DIGEST_START, True
    while not reader.done:
        name, is_common = reader.text(), reader.number() == 1
        steps = reader.take(reader.number())
        if any(function.call is None for function in calls_of(steps, functions)):
            absent.append(name)
            whole = whole and not is_common
            continue
        digest = run_steps(steps, functions, host)
        digests[name] = f"{digest:016x}"
        if is_common:
            common = fold(common, digest)
    return {"digests": digests, "absent": absent, "common": f"{common:016x}" if whole else None}


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as program, open(sys.argv[2], "rb") as module:
        print(json.dumps(run(program.read(), module.read())))
