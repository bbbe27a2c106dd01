import type { ConformanceCase } from "./builder.js";

const histogram: ConformanceCase = {
  name: "histogram",
  write(s) {
    const most = 60_000 * 1_024_000;
    const [one, two] = [s.structure("histogramSize", 4, most), s.structure("histogramSize", 4, most)];
    for (const at of [one, two]) {
      s.call("histogramInit", at, 4, most);
      for (let step = 0; step < 60; step++) s.call("histogramRecord", at, Math.floor(2 ** (s.below(3_600) / 100)));
    }
    s.call("histogramMerge", one, two);
    for (let what = 0; what < 4; what++) s.call("histogramRead", one, what);
    const saved = s.snapshot("histogramSave", one);
    s.call("histogramLoad", two, saved);
    s.call("histogramRead", two, 1);
    s.call("histogramReset", two);
    s.call("histogramRead", two, 0);
  },
};

export const sketchCases = [histogram];
