/** Bytes that something takes and what it adds to a full garbage collection, by what the process holds before and after it was built. Needs `--expose-gc`. */

/** Collections of which the shortest counts. */
const collections = 5;

interface Held {
  readonly heap: number;
  readonly rss: number;
  /** How long a full collection stops the program, in milliseconds. */
  readonly pauseMs: number;
}

function held(): Held {
  if (globalThis.gc === undefined) throw new Error("start node with --expose-gc");
  // The second pass collects what finalisers of the first have let go of.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  let pauseMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < collections; i++) {
    const startedMs = performance.now();
    globalThis.gc();
    pauseMs = Math.min(pauseMs, performance.now() - startedMs);
  }
  return { heap: heapUsed, rss, pauseMs };
}

/**
 * Builds something for `keys` keys; gives it with the bytes that each key costs on the heap and in resident memory, and with the
 * milliseconds that all of them add to a full collection. The texts of the keys are there before, and count for nobody.
 */
export async function weigh<T>(
  keys: number,
  build: () => T | Promise<T>,
): Promise<{ built: T; figures: { heapBytesPerKey: number; rssBytesPerKey: number; gcPauseMs: number } }> {
  const before = held();
  const built = await build();
  const after = held();
  return {
    built,
    figures: {
      heapBytesPerKey: Math.max(0, after.heap - before.heap) / keys,
      rssBytesPerKey: Math.max(0, after.rss - before.rss) / keys,
      gcPauseMs: Math.max(0, after.pauseMs - before.pauseMs),
    },
  };
}
