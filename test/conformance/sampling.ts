import type { ConformanceCase, Script } from "./builder.js";

const tick = 1_024;

/** 16 trace ids, and room for what is decided on them. */
function batch(s: Script): readonly [ids: number, out: number] {
  const [ids, out] = [s.block(256), s.block(16)];
  s.write(
    ids,
    Uint8Array.from({ length: 256 }, () => s.below(256)),
  );
  return [ids, out];
}

const ratio: ConformanceCase = {
  name: "sampling",
  write(s) {
    for (let step = 0; step < 40; step++) s.call("samplingShare", s.below(2 ** 20) - 1, s.below(2 ** 21), s.below(14));
    for (let step = 0; step < 20; step++)
      s.call("samplingDecide", s.word() | 0, s.word() | 0, s.word() | 0, s.below(2 ** 24 + 1));
    const [ids, out] = batch(s);
    s.call("samplingDecideMany", ids, 16, 0, 0x80_0000, out);
    s.foldMemory(out, 16);
  },
};

const biased: ConformanceCase = {
  name: "biased",
  write(s) {
    const at = s.structure("biasedSize");
    s.call("biasedInit", at, 0, 0xf0_0000, 0, 0x80_0000, 0, 0, 500 * tick);
    for (let step = 0; step < 60; step++)
      s.call(
        "biasedDecide",
        at,
        s.word() | 0,
        s.word() | 0,
        s.below(2),
        (s.below(1_000) - 10) * tick,
        0,
        s.below(2) * s.below(2 ** 24),
      );
    for (let group = 0; group < 3; group++) for (let what = 0; what < 2; what++) s.call("biasedRead", at, group, what);
    s.call("biasedLoad", at, s.snapshot("biasedSave", at));
    s.call("biasedInit", at, 1, 2 ** 24, 0, 0, 0, 0, 0);
  },
};

const probability: ConformanceCase = {
  name: "probability",
  write(s) {
    for (let step = 0; step < 40; step++)
      s.call("samplingShareOf", s.below(2 ** 30) / 2 ** (30 + s.below(28)), s.below(14));
    for (const odd of [Number.NaN, -1, 0, 1, 2]) s.call("samplingShareOf", odd, 4);
  },
};

const pacer: ConformanceCase = {
  name: "pacer",
  write(s) {
    const at = s.structure("pacerSize");
    s.call("pacerInit", at, 100, 1_000_000 * tick, 5, 800_000 * tick, 1);
    let now = 1_000_000 * tick;
    for (let step = 0; step < 150; step++) {
      now += step === 120 ? 9_000_000 * tick : s.below(step > 60 && step < 100 ? 2_000 : 20_000) * tick;
      s.call("pacerDecide", at, s.word() | 0, s.word() | 0, step === 130 ? 0 : now);
    }
    const [ids, out] = batch(s);
    s.call("pacerDecideMany", at, ids, 16, now, out);
    s.foldMemory(out, 16);
    for (let what = 0; what < 3; what++) s.call("pacerRead", at, what);
    s.call("pacerLoad", at, s.snapshot("pacerSave", at, now), 5_000 * tick);
    s.call("pacerDecide", at, -1, -1, 900_000 * tick);
    s.call("pacerInit", at, 0, 1, 1, 1, 0);
  },
};

const reservoir: ConformanceCase = {
  name: "reservoir",
  write(s) {
    const [one, two] = [s.structure("reservoirSize", 6), s.structure("reservoirSize", 6)];
    for (const at of [one, two]) {
      s.call("reservoirInit", at, 6, 1_234);
      for (let step = 0; step < 100; step++) s.call("reservoirOffer", at, s.below(1_000) / 64);
    }
    for (let index = 0; index < 7; index++) {
      s.call("reservoirAbsorb", one, two, index);
      s.call("reservoirSlot", two, index);
    }
    s.call("reservoirAddOffered", one, two);
    for (let what = 0; what < 2; what++) s.call("reservoirRead", one, what);
    s.call("reservoirLoad", two, s.snapshot("reservoirSave", one));
  },
};

const ewma: ConformanceCase = {
  name: "ewma",
  write(s) {
    const [one, two] = [s.structure("ewmaSize"), s.structure("ewmaSize")];
    let now = 5_000 * tick;
    for (const at of [one, two]) s.call("ewmaInit", at, 1_000_000 * tick);
    for (let step = 0; step < 60; step++) {
      now += s.below(2_000_000) * tick;
      s.call("ewmaRecord", step % 2 === 0 ? one : two, (s.below(2 ** 30) - 2 ** 29) / 1_024, now);
      for (let what = 0; what < 3; what++) s.call("ewmaRead", one, what, now);
    }
    s.call("ewmaMerge", one, two, now + 7_000);
    for (let what = 0; what < 3; what++) s.call("ewmaRead", one, what, now + 9_000_000 * tick);
    s.call("ewmaLoad", two, s.snapshot("ewmaSave", one, now + 9_000_000 * tick), 0);
  },
};

export const samplingCases = [ratio, biased, probability, pacer, reservoir, ewma];
