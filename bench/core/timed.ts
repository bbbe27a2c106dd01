/** How a structure of the core is measured: many operations in one call, the time passed in. */

/** A case: `setup` makes a function that does `perOp` operations and returns a number, so that nothing is optimised away. */
export interface CoreCase {
  readonly name: string;
  readonly perOp: number;
  setup(): (i: number) => number;
}

/** Operations in one call of a case: the call itself and the loop around it cost nothing then. */
export const perOp = 1_000;

/** Time passes by two microseconds an operation, in a local variable: a captured one would be a new heap number each time. */
export const stepMs = 0.002;

export const timed = (name: string, make: () => (nowMs: number) => number): CoreCase => ({
  name,
  perOp,
  setup() {
    const operation = make();
    let startMs = 1_000;
    return () => {
      let nowMs = startMs;
      let sum = 0;
      for (let n = 0; n < perOp; n++) {
        sum += operation(nowMs);
        nowMs += stepMs;
      }
      startMs = nowMs;
      return sum;
    };
  },
});
