/** Which files are opened, which are refused, and which are made anew. */

import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { describe, expect, it } from "vitest";
import { TokenBucket } from "../../ts/core/index.js";
import { processRuntime } from "../../ts/native/index.js";
import { freshFile } from "./peers.js";

const options = { memoryBytes: 1 << 20, maxStructures: 64 } as const;

/** A file that was made and left. */
function made(): string {
  const file = freshFile();
  const host = processRuntime({ file, ...options });
  host.structure("limit", TokenBucket, { limit: 5, perMs: 1_000 }).tryAcquire(3, 0);
  host.leave();
  return file;
}

/** CRC-32C, by the definition. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffff_ffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f6_3b78 : 0);
  }
  return ~crc >>> 0;
}

/** Changes bytes of the header; `seal` makes its checksum right again. */
function patch(file: string, at: number, bytes: readonly number[], seal: boolean): void {
  const header = readFileSync(file).subarray(0, 128);
  header.set(bytes, at);
  if (seal) header.writeUInt32LE(crc32c(header.subarray(0, 124)), 124);
  const opened = openSync(file, "r+");
  writeSync(opened, header, 0, 128, 0);
  closeSync(opened);
}

const remaining = (file: string): number => {
  const host = processRuntime({ file, ...options });
  try {
    return host.structure("limit", TokenBucket, { limit: 5, perMs: 1_000 }).remaining(0);
  } finally {
    host.leave();
  }
};

const refusal = (file: string): unknown => {
  try {
    processRuntime({ file, ...options }).leave();
    return undefined;
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe("a file", () => {
  it("keeps what is in it, is its owner's alone, and leaves none beside it", () => {
    const file = made();
    expect(remaining(file)).toBe(2);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(file).size).toBe((1 << 20) + 65_536);
    expect(readdirSync(dirname(file)).filter((name) => name.endsWith(".new"))).toEqual([]);
  });

  it("of another boot is made anew", () => {
    const file = made();
    patch(file, 40, [1, 2, 3, 4], true);
    expect(remaining(file)).toBe(5);
    expect(remaining(file)).toBe(5);
  });

  it("of another make is refused and not touched", () => {
    const texts = ["", "hello", "HOLDFAS", `${"x".repeat(100_000)}`];
    for (const text of texts) {
      const file = freshFile();
      writeFileSync(file, text);
      expect(refusal(file)).toBe("FILE_FOREIGN");
      expect(readFileSync(file, "utf8")).toBe(text);
    }
    const folder = freshFile();
    mkdirSync(folder);
    expect(refusal(folder)).toBe("FILE_UNUSABLE");
  });

  it("that is damaged is refused", () => {
    for (const at of [9, 13, 17, 45, 70, 97, 101, 110, 125]) {
      const file = made();
      const byte = readFileSync(file)[at]!;
      patch(file, at, [byte ^ 1], false);
      expect(refusal(file), `byte ${at}`).toBe("FILE_TORN");
    }
  });

  it("that was cut off or grew is refused, at every length", () => {
    const file = made();
    truncateSync(file, (1 << 20) + 65_537);
    expect(refusal(file)).toBe("FILE_TORN");
    for (const bytes of [(1 << 20) + 65_535, 65_536, 4_096, 128, 127, 8]) {
      truncateSync(file, bytes);
      expect(refusal(file), `${bytes} bytes`).toBe("FILE_TORN");
    }
  });

  it("of another version, or another core, is refused", () => {
    const [version, core] = [made(), made()];
    patch(version, 8, [2], true);
    patch(core, 24, [0, 0, 0, 0], true);
    expect([refusal(version), refusal(core)]).toEqual(["FILE_OTHER_BUILD", "FILE_OTHER_BUILD"]);
  });

  it("that anybody may write to, or that is a link, is refused", () => {
    const file = made();
    chmodSync(file, 0o606);
    expect(refusal(file)).toBe("FILE_UNSAFE");
    chmodSync(file, 0o660);
    expect(refusal(file)).toBeUndefined();
    const link = freshFile();
    symlinkSync(file, link);
    expect(refusal(link)).toBe("FILE_UNUSABLE");
  });

  it("in a folder that is not there says so", () => {
    expect(() => processRuntime({ file: `${freshFile()}/deeper/file` })).toThrow(/No such file or directory/);
  });

  it("with too little memory for its structures is refused", () => {
    const file = freshFile();
    expect(() => processRuntime({ file, memoryBytes: 65_536, maxStructures: 65_536 })).toThrow(
      expect.objectContaining({ code: "INVALID_OPTION" }),
    );
    expect(refusal(file)).toBeUndefined();
  });

  it("wants sensible options", () => {
    const file = freshFile();
    const bad = [
      { file: "" },
      { file: "a\0b" },
      { file, memoryBytes: 0 },
      { file, maxStructures: 65_537 },
      { file, sweepMs: 9 },
    ];
    for (const each of bad) {
      expect(() => processRuntime(each)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
    }
  });

  it("whose state cannot be makes calls throw, and the process goes on", () => {
    const file = freshFile();
    const host = processRuntime({ file, ...options });
    try {
      // An address far outside, as a damaged file might hold it.
      expect(() => host.core.gcraTryAcquire(0xfff0_0000, 1, 0)).toThrow(
        expect.objectContaining({ code: "FILE_DAMAGED" }),
      );
      expect(() => host.core.eventWait(6, 0, 0)).toThrow(expect.objectContaining({ code: "FILE_DAMAGED" }));
      expect(host.structure("limit", TokenBucket, { limit: 1, perMs: 1 }).tryAcquire(1, 0)).toBe(0);
    } finally {
      host.leave();
    }
  });
});
