import type { ConformanceCase } from "./builder.js";

const jump: ConformanceCase = {
  name: "jump",
  write(s) {
    for (let step = 0; step < 60; step++)
      s.call("jumpHash", s.word() | 0, s.word() | 0, 1 + s.below(2 ** (1 + s.below(30))));
    const [keys, out] = [s.block(128), s.block(64)];
    s.write(
      keys,
      Uint8Array.from({ length: 128 }, () => s.below(256)),
    );
    s.call("jumpHashMany", keys, 16, 1_000, out);
    s.foldMemory(out, 64);
    for (const buckets of [0, 1]) s.call("jumpHash", 12_345, 678, buckets);
  },
};

export const hashingCases = [jump];
