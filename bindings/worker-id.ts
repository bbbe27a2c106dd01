/** How the host numbers its threads, where it does. */

interface ThreadsModule {
  readonly threadId?: number;
}

interface BuiltinProcess {
  getBuiltinModule?(name: string): unknown;
}

/** `threadId` of Node, Deno and Bun, found without an import that other hosts would stumble over; 0 elsewhere. */
export function thisWorkerId(): number {
  const host = (globalThis as { process?: BuiltinProcess }).process;
  const threads = host?.getBuiltinModule?.("node:worker_threads") as ThreadsModule | undefined;
  return threads?.threadId ?? 0;
}
