/**
 * Durations that follow measurements move on a grid: equal deadlines then stay in equal lists of the shared timer
 * (`kernel/deadlines.ts`), and a limit does not change with every answer.
 */

/** Neighbours on the grid differ by 4.4 %. */
const step = 2 ** (1 / 16);

/** The next duration of the grid that is not shorter. */
export function onGrid(ms: number): number {
  return step ** Math.ceil(Math.log(ms) / Math.log(step) - 1e-9);
}
