/** Bytes that something takes, by what the process holds before and after it was built. Needs `--expose-gc`. */

interface Held {
  readonly heap: number;
  readonly rss: number;
}

function held(): Held {
  if (globalThis.gc === undefined) throw new Error("start node with --expose-gc");
  // The second pass collects what finalisers of the first have let go of.
  globalThis.gc();
  globalThis.gc();
  const { heapUsed, rss } = process.memoryUsage();
  return { heap: heapUsed, rss };
}

/** Builds something for `keys` keys; gives it with the bytes that each key costs on the heap and in resident memory. */
export async function weigh<T>(
  keys: number,
  build: () => T | Promise<T>,
): Promise<{ built: T; figures: { heapBytesPerKey: number; rssBytesPerKey: number } }> {
  const before = held();
  const built = await build();
  const after = held();
  return {
    built,
    figures: {
      heapBytesPerKey: Math.max(0, after.heap - before.heap) / keys,
      rssBytesPerKey: Math.max(0, after.rss - before.rss) / keys,
    },
  };
}
