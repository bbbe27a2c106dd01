import type { ConformanceCase, Script } from "./builder.js";

const us = 1_024;
const startUs = 1_764_000_000_000_000;

/** A 64-bit number as the program passes it: signed. */
const long = (value: bigint): bigint => BigInt.asIntN(64, value);

const hybrid: ConformanceCase = {
  name: "hybrid",
  write(s) {
    const [at, other] = [s.structure("hybridSize"), s.structure("hybridSize")];
    const to = s.block(8);
    for (const [bits, offsetMaxUs] of [
      [12, 500],
      [4, 0],
      [9, 100],
    ] as const) {
      for (const each of [at, other]) s.call("hybridInit", each, bits, offsetMaxUs * us);
      let now = startUs;
      for (let step = 0; step < 60; step++) {
        now += s.below(6) === 0 ? s.below(600) - 200 : s.below(3);
        const remote = long((BigInt(now + s.below(800) - 200) << BigInt(bits)) + BigInt(s.below(16)));
        const what = s.below(12);
        if (what < 6) s.call("hybridNow", at, now * us, 1 + s.below(20), to);
        else if (what < 9) s.call("hybridUpdate", at, remote, now * us, to);
        else if (what === 9) s.call("hybridForward", at, remote);
        else if (what === 10) s.call("hybridArm", at, s.below(2), now * us);
        else s.call("hybridObserve", at, now * us);
        s.foldMemory(to, 8);
        if (step === 50) s.call("hybridSetBound", at, (now + 300) * us);
      }
      s.call("hybridStepsBack", at);
      const saved = s.snapshot("hybridSave", at);
      s.call("hybridLoad", other, saved);
      s.call("hybridLast", other, to);
      s.foldMemory(to, 8);
    }
    s.call("hybridForward", at, -2);
    for (let call = 0; call < 2; call++) s.call("hybridNow", at, 0, 1, to);
    s.call("hybridInit", at, 0, 0);
    s.call("hybridInit", at, 33, 0);
  },
};

/** Clocks of one length with counters close to each other. */
function vectors(s: Script, count: number, entries: number): number[] {
  return Array.from({ length: count }, () => {
    const at = s.structure("vectorSize", entries);
    s.call("vectorInit", at, entries);
    for (let index = 0; index < entries; index++) s.call("vectorRaise", at, index, s.below(3));
    return at;
  });
}

const vector: ConformanceCase = {
  name: "vector",
  write(s) {
    for (const entries of [1, 2, 5, 8]) {
      const clocks = vectors(s, 4, entries);
      for (let step = 0; step < 20; step++) {
        const [one, other] = [clocks[s.below(4)]!, clocks[s.below(4)]!];
        s.call("vectorCompare", one, other);
        if (s.below(3) === 0) s.call("vectorMerge", one, other);
        else s.call("vectorIncrement", one, s.below(entries + 1));
        s.call("vectorGet", one, s.below(entries + 1));
      }
      const saved = s.snapshot("vectorSave", clocks[0]!);
      s.call("vectorLoad", clocks[1]!, saved);
      s.call("vectorCompare", clocks[0]!, clocks[1]!);
      s.call("vectorRaise", clocks[0]!, 0, 2 ** 53);
      s.call("vectorIncrement", clocks[0]!, 0);
      s.call("vectorCompare", clocks[0]!, clocks[1]!);
    }
    const [short, long] = [vectors(s, 1, 2)[0]!, vectors(s, 1, 3)[0]!];
    s.call("vectorCompare", short, long);
    s.call("vectorMerge", short, long);
    s.call("vectorInit", short, 0);
  },
};

const vectorMany: ConformanceCase = {
  name: "vectorMany",
  write(s) {
    const clocks = vectors(s, 8, 3);
    const [list, out] = [s.block(32), s.block(8)];
    s.write(list, new Uint8Array(Int32Array.from(clocks, (at) => at - clocks[0]!).buffer));
    s.call("vectorCompareMany", clocks[0]!, list, 8, out);
    s.foldMemory(out, 8);
  },
};

/** Writes a context and gives its place and length. */
function context(s: Script, rows: readonly (readonly [id: number, counter: number])[]): readonly [number, number] {
  const at = s.block(rows.length * 16 + 8);
  const bytes = new Uint8Array(rows.length * 16);
  const view = new DataView(bytes.buffer);
  for (const [index, [id, counter]] of rows.entries()) {
    view.setUint32(index * 16, id, true);
    view.setBigUint64(index * 16 + 8, BigInt(counter), true);
  }
  s.write(at, bytes);
  return [at, rows.length];
}

const someRows = (s: Script): (readonly [number, number])[] =>
  [1, 2, 3].flatMap((id) => (s.below(3) === 0 ? [] : [[id, 1 + s.below(3)] as const]));

const dotted: ConformanceCase = {
  name: "dotted",
  write(s) {
    const [one, other] = [s.structure("dottedSize", 3), s.structure("dottedSize", 3)];
    const to = s.block(64);
    for (const at of [one, other]) s.call("dottedInit", at, 3);
    for (let step = 0; step < 20; step++) {
      const at = s.below(2) === 0 ? one : other;
      s.call("dottedWrite", at, ...context(s, someRows(s)), 1 + s.below(3), 1 + s.below(5));
      s.call("dottedCompare", one, other);
      s.call("dottedCounter", at, 1 + s.below(3));
      s.call("dottedContext", at, to);
      s.foldMemory(to, 64);
    }
    s.call("dottedLoad", other, s.snapshot("dottedSave", one));
    s.call("dottedCompare", one, other);
    s.call("dottedInit", one, 0);
  },
};

const dottedSet: ConformanceCase = {
  name: "dottedSet",
  write(s) {
    const sets = [0, 1, 2].map(() => s.structure("dottedSetSize", 3, 8));
    const scratch = s.structure("dottedSetSize", 3, 8);
    const known = s.block(48);
    for (const at of sets) s.call("dottedSetInit", at, 3, 8);
    for (let step = 0; step < 40; step++) {
      const server = s.below(3);
      const at = sets[server]!;
      const what = s.below(10);
      if (what < 4) {
        // What the server itself knows: its client has read all.
        const rows = Number(s.call("dottedSetJoin", at, known));
        s.foldMemory(known, rows * 16);
        s.call("dottedSetUpdate", at, known, rows, server + 1, step, scratch);
      } else if (what < 6) s.call("dottedSetUpdate", at, ...context(s, someRows(s)), server + 1, step, scratch);
      else if (what < 9) s.call("dottedSetSync", at, sets[s.below(3)]!, scratch);
      else s.call("dottedSetDiscard", at, ...context(s, someRows(s)));
      s.call("dottedSetCompare", at, sets[0]!);
      for (let what = 0; what < 3; what++) {
        s.call("dottedSetRead", at, what);
        s.call("dottedSetRow", at, s.below(4), what);
      }
      s.call("dottedSetValue", at, s.below(4));
    }
    s.call("dottedSetLoad", sets[1]!, s.snapshot("dottedSetSave", sets[0]!));
    s.call("dottedSetInit", scratch, 3, 8);
    for (const [id, counter, values] of [
      [5, 2, 1],
      [5, 2, 0],
      [9, 1, 2],
      [9, 7, 0],
    ] as const)
      s.call("dottedSetAppendRow", scratch, id, counter, values);
    for (const value of [1, -1, 7]) s.call("dottedSetAppend", scratch, value);
    s.foldMemory(scratch, 24 + 3 * 16 + 8 * 8);
    s.call("dottedSetInit", scratch, 0, 1);
  },
};

const intervalTree: ConformanceCase = {
  name: "intervalTree",
  write(s) {
    // So small that some operations find no room.
    const capacity = 16;
    const stamps = Array.from({ length: 5 }, () => s.structure("stampSize", capacity));
    const [code, scratch] = [s.block(capacity + 8), s.block(Number(s.call("stampScratch", 2 * 8 * capacity)))];
    const message = s.structure("stampSize", capacity);
    for (const at of [...stamps, message]) s.call("stampInit", at, capacity);
    for (let other = 1; other < 5; other++) s.call("stampFork", stamps[s.below(other)]!, stamps[other]!, scratch);
    for (let step = 0; step < 50; step++) {
      const [at, other] = [stamps[s.below(5)]!, stamps[s.below(5)]!];
      const what = s.below(6);
      if (what < 4) s.call("stampEvent", at, scratch);
      else {
        s.call("stampPeek", at, message, scratch);
        s.call("stampJoin", other, message, scratch);
      }
      s.call("stampCompare", at, other, scratch);
      const bits = Number(s.call("stampEncode", at, code));
      s.foldMemory(code, Math.ceil(bits / 64) * 8);
      s.call("stampDecode", message, code, Math.ceil(bits / 8), scratch);
      s.call("stampBits", message);
    }
    s.call("stampJoin", stamps[0]!, stamps[0]!, scratch);
    s.call("stampJoin", stamps[0]!, stamps[1]!, scratch);
    s.call("stampLoad", stamps[1]!, s.snapshot("stampSave", stamps[0]!));
    s.call("stampDecode", message, code, 0, scratch);
    s.call("stampPeek", message, message, scratch);
    s.call("stampEvent", message, scratch);
    s.call("stampInit", message, 0);
  },
};

export const clockCases = [hybrid, vector, vectorMany, dotted, dottedSet, intervalTree];
