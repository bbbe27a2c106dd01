/** Axes and step outlines: pure geometry, without the page. */

/** A labelled line across a chart. */
export interface Tick {
  readonly value: number;
  /** Height in the chart: 0 at the bottom, 1 at the top. */
  readonly at: number;
}

/** A vertical axis. */
export interface Axis {
  readonly ticks: readonly Tick[];
  /** Height of a value in the chart, 0 to 1, held inside. */
  at(value: number): number;
}

/** One second of a stacked chart. */
export interface Step {
  /** End of the second. */
  readonly atMs: number;
  readonly low: number;
  readonly high: number;
}

export type Scales = ReturnType<typeof makeScales>;

/** Makes the axis builders. */
export function makeScales() {
  const clamp = (value: number) => Math.min(1, Math.max(0, value));

  /** From zero to a round number at or above `max`, with two to four even ticks. */
  function linear(max: number): Axis {
    const wanted = Math.max(max, 4);
    const power = 10 ** Math.floor(Math.log10(wanted / 2));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((size) => wanted / size <= 3) ?? 10 * power;
    const top = Math.ceil(wanted / step) * step;
    const ticks: Tick[] = [];
    for (let value = step; value <= top + step / 2; value += step) ticks.push({ value, at: value / top });
    return { ticks, at: (value) => clamp(value / top) };
  }

  /** Whole decades around the values, at least two of them: a second and a millisecond are both readable. */
  function logarithmic(min: number, max: number): Axis {
    const floor = Math.floor(Math.log10(Math.max(min, 0.01)) + 1e-9);
    const ceiling = Math.max(floor + 2, Math.ceil(Math.log10(Math.max(max, 0.01)) - 1e-9));
    const at = (value: number) => clamp((Math.log10(Math.max(value, 1e-6)) - floor) / (ceiling - floor));
    const ticks: Tick[] = [];
    for (let power = floor; power <= ceiling; power++) ticks.push({ value: 10 ** power, at: at(10 ** power) });
    return { ticks, at };
  }

  /** Splits samples where more than a second and a half is missing, so that a gap stays a gap. */
  function runs<Sample extends { readonly atMs: number }>(samples: readonly Sample[]): Sample[][] {
    const all: Sample[][] = [];
    for (const sample of samples) {
      const last = all.at(-1);
      if (last !== undefined && sample.atMs - last.at(-1)!.atMs <= 1_500) last.push(sample);
      else all.push([sample]);
    }
    return all;
  }

  const point = (x: number, y: number) => `${x.toFixed(1)} ${y.toFixed(1)}`;

  /** SVG path of the area between two step curves. `x` places a time, `y` a value. */
  function stepArea(steps: readonly Step[], x: (atMs: number) => number, y: (value: number) => number): string {
    let path = "";
    for (const run of runs(steps)) {
      let startMs = run[0]!.atMs - 1_000;
      const upper: string[] = [];
      const lower: string[] = [];
      for (const step of run) {
        upper.push(point(x(startMs), y(step.high)), point(x(step.atMs), y(step.high)));
        lower.push(point(x(startMs), y(step.low)), point(x(step.atMs), y(step.low)));
        startMs = step.atMs;
      }
      path += `M${upper.join("L")}L${lower.reverse().join("L")}Z`;
    }
    return path;
  }

  /** SVG path of a line through samples, broken at gaps. */
  function line(
    samples: readonly { readonly atMs: number; readonly value: number }[],
    x: (atMs: number) => number,
    y: (value: number) => number,
  ): string {
    return runs(samples)
      .map((run) => `M${run.map((sample) => point(x(sample.atMs), y(sample.value))).join("L")}`)
      .join("");
  }

  return { linear, logarithmic, stepArea, line };
}
