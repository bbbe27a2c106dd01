/** Programs of the benchmark that run in processes of their own. */
import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A case that hangs must not stop all others. */
const longestMs = 180_000;

/** Everything that runs now: none of it may outlive this program, however that ends. */
const running = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(1));

/** Starts a program whose stderr is ours, or is read. */
export function startChild(
  file: string,
  args: readonly string[],
  stdout: "pipe" | "ignore",
  stderr: "pipe" | "inherit" = "inherit",
): ChildProcess {
  const child = spawn(file, args, { stdio: ["ignore", stdout, stderr] });
  running.add(child);
  child.once("close", () => running.delete(child));
  // Whoever waits for the child is told by "close"; without a listener a missing program would end ours.
  child.on("error", () => running.delete(child));
  return child;
}

/** Runs a built program to its end and parses the one line of JSON that it prints. Rejects with the end of its stderr otherwise. */
export function collectJson(file: string, args: readonly string[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const child = startChild(process.execPath, ["--expose-gc", file, ...args], "pipe", "pipe");
    let out = "";
    let err = "";
    child.stdout!.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (err = (err + text).slice(-4_000)));
    const timer = setTimeout(() => child.kill("SIGKILL"), longestMs);
    child.on("error", reject);
    child.on("close", (code, signal) => {
      clearTimeout(timer);
      if (code === 0) resolve(JSON.parse(out));
      else reject(new Error(reasonIn(err) ?? `ended with ${signal ?? code}`));
    });
  });
}

/** The line of an uncaught error's report that says what happened. */
function reasonIn(stderr: string): string | undefined {
  const lines = stderr.split("\n").map((line) => line.trim());
  return lines.find((line) => /^[A-Za-z]*Error\b/.test(line)) ?? lines.findLast((line) => line !== "");
}

/** A server in a process of its own. */
export interface Server {
  readonly url: string;
  stop(): Promise<void>;
}

/** Starts a built server, which prints its URL as its first line, and gives it. */
export async function startServer(file: string, args: readonly string[]): Promise<Server> {
  const child = startChild(process.execPath, [file, ...args], "pipe");
  const stop = (): Promise<void> => stopChild(child);
  for await (const line of createInterface({ input: child.stdout! })) {
    if (line.startsWith("http://")) return { url: line.trim(), stop };
  }
  throw new Error(`${file} ended before it listened`);
}

/** Ends a child and waits for it. */
export function stopChild(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) {
      resolve();
      return;
    }
    child.once("exit", () => resolve());
    child.kill("SIGKILL");
  });
}
