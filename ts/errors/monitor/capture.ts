/**
 * Hears of errors that nobody caught, and changes nothing about what the process does then.
 *
 * In node that leaves one way: `uncaughtExceptionMonitor`. A listener for `uncaughtException` or `unhandledRejection` would keep
 * the process alive that was to end. A rejection comes there too, where node makes an exception of it (its default); where the
 * application listens for `unhandledRejection` itself, it records there. Elsewhere the events of the global scope only tell.
 */

import { disposable } from "../../kernel/index.js";
import { isObject, read } from "../read.js";
import type { ErrorMonitor } from "./error-monitor.js";

type Listener = (...given: readonly unknown[]) => void;

/** Somebody's `on`/`off` or `addEventListener`/`removeEventListener`. */
function listen(
  target: object,
  [add, remove]: readonly [string, string],
  type: string,
  listener: Listener,
): () => void {
  const methods = target as Record<string, (type: string, listener: Listener) => void>;
  methods[add]!(type, listener);
  return () => methods[remove]!(type, listener);
}

/** Node's process; Deno has one as well, but tells by events of the global scope. */
function nodeProcess(host: unknown): object | undefined {
  const found = read(host, "process");
  const versions = read(found, "versions");
  const node = typeof read(versions, "node") === "string" && typeof read(found, "on") === "function";
  return node && read(host, "Deno") === undefined && isObject(found) ? found : undefined;
}

/**
 * Records errors that nobody catches, under the components `uncaught` and `unhandled-rejection`, until the result is disposed.
 * The process ends, or does not, exactly as without it.
 *
 * @param host the global scope; another in tests.
 *
 * @example
 * ```ts
 * import { captureUncaught, processMonitor } from "holdfast/errors";
 *
 * const capture = captureUncaught(processMonitor());
 * capture[Symbol.dispose]();
 * processMonitor().count({ component: "uncaught" }); // => 0
 * ```
 */
export function captureUncaught(monitor: ErrorMonitor, host: unknown = globalThis): Disposable {
  const record = (error: unknown, rejection: boolean) => {
    monitor.record(error, { component: rejection ? "unhandled-rejection" : "uncaught" });
  };
  const node = nodeProcess(host);
  if (node !== undefined) {
    const onUncaught: Listener = (error, origin) => record(error, origin === "unhandledRejection");
    return disposable(listen(node, ["on", "off"], "uncaughtExceptionMonitor", onUncaught));
  }
  if (!isObject(host) || typeof read(host, "addEventListener") !== "function") return disposable(() => {});
  const methods = ["addEventListener", "removeEventListener"] as const;
  const forgetErrors = listen(host, methods, "error", (event) => record(read(event, "error"), false));
  const forgetRejections = listen(host, methods, "unhandledrejection", (event) => record(read(event, "reason"), true));
  return disposable(() => {
    forgetErrors();
    forgetRejections();
  });
}
