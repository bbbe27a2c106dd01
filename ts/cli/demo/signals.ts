/** The signals that end a run, as an `AbortSignal` and an exit code. */

/** Exit codes of the shell for a program that a signal ended: 128 and the signal's number. */
const signalCodes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 } as const;
type StopSignal = keyof typeof signalCodes;

/** Aborts with the first signal's exit code; a second signal ends the process at once. */
export function watchSignals(): { readonly signal: AbortSignal; readonly code: () => number; release(): void } {
  const controller = new AbortController();
  let code = 0;
  const listeners = (Object.keys(signalCodes) as StopSignal[]).map((name) => {
    const listener = () => {
      if (controller.signal.aborted) process.exit(signalCodes[name]);
      code = signalCodes[name];
      controller.abort();
    };
    process.on(name, listener);
    return { name, listener };
  });
  return {
    signal: controller.signal,
    code: () => code,
    release: () => {
      for (const { name, listener } of listeners) process.off(name, listener);
    },
  };
}
