/** The addon's face, and finding it: it is one file for each system, and a package without it works. */

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { HoldfastError } from "../kernel/index.js";

/** An open file, as native/src/face.rs has it. */
export interface SharedFile {
  readonly id: string;
  readonly registry: number;
  readonly structures: number;
  memory(): ArrayBuffer;
  header(): ArrayBuffer;
  exports(): object;
  lock(patienceMs: number): boolean;
  unlock(): void;
  claim(owner: number): void;
  disclaim(owner: number): void;
  isDead(owner: number, thread: number): boolean;
  identity(owner: number): { readonly process: number; readonly thread: number };
  sleep(at: number, expected: number, limitMs: number): Promise<number> | null;
}

/** Processor time of one thread. */
export interface ThreadTime {
  /** Milliseconds in its own code. */
  readonly userMs: number;
  /** Milliseconds in the operating system's. */
  readonly systemMs: number;
  /** How often it gave the processor away, to wait for something. */
  readonly waited: number;
  /** How often the processor was taken from it. */
  readonly preempted: number;
}

/** For what share of time tasks stood still for want of a resource. */
export interface Stall {
  /** Share from 0 to 1 of the last 10 seconds. */
  readonly share10s: number;
  /** Share from 0 to 1 of the last 60 seconds. */
  readonly share60s: number;
  /** Share from 0 to 1 of the last 300 seconds. */
  readonly share300s: number;
  /** Milliseconds since the machine was started. */
  readonly totalMs: number;
}

/** Pressure on one resource. */
export interface Pressure {
  /** At least one task stood still. */
  readonly some: Stall;
  /** All tasks did; undefined where the kernel does not tell. */
  readonly full?: Stall;
}

/** A core over memory of its own. */
interface OwnMemory {
  memory(): ArrayBuffer;
  exports(): object;
}

/** What the addon exports. */
interface Addon {
  readonly OwnMemory: new (bytes: number) => OwnMemory;
  openFile(path: string, sizes: { readonly memoryBytes: number; readonly structures: number }): SharedFile;
  threadNumber(): number;
  threadTime(): ThreadTime;
  pressure(resource: string, group?: string): Pressure | null;
}

/** Whether the addon is here, and if not, why. */
export type NativeInfo =
  | { readonly available: true; readonly file: string }
  | { readonly available: false; readonly reason: string };

const require = createRequire(import.meta.url);

let found: { readonly info: NativeInfo; readonly addon?: Addon } | undefined;

/** The addon's files for this system, the likelier first: a C library cannot be told from another but by trying. */
const fileNames = ["gnu", "musl"].map((library) => `holdfast.${process.platform}-${process.arch}-${library}.node`);

/** Looks for the addon in a folder. For tests; not part of the package's face. @internal */
export function lookIn(folder: string): { readonly info: NativeInfo; readonly addon?: Addon } {
  const unavailable = (reason: string) => ({ info: { available: false as const, reason } });
  if (process.platform !== "linux") return unavailable(`it is made for Linux, and this is ${process.platform}`);
  let reason = `it is not built for ${process.platform}-${process.arch}; \`npm run build:native\` in the package's sources builds it, with Rust and a C compiler`;
  for (const file of fileNames.map((name) => join(folder, name)).filter((each) => existsSync(each))) {
    try {
      return { info: { available: true, file }, addon: require(file) as Addon };
    } catch (error) {
      reason = `${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  return unavailable(reason);
}

/**
 * Says whether the native addon is here, and if not, why.
 *
 * Use it before {@link processRuntime} where a program also runs without: then each process has limits of its own.
 *
 * @example
 * ```ts
 * import { nativeInfo } from "holdfast/native";
 *
 * const info = nativeInfo();
 * info.available ? info.file.endsWith(".node") : info.reason.length > 0; // => true
 * ```
 */
export function nativeInfo(): NativeInfo {
  found ??= lookIn(join(dirname(require.resolve("holdfast/package.json")), "dist", "native"));
  return found.info;
}

/** The addon. Throws `NATIVE_UNAVAILABLE`, with the reason. */
export function addon(): Addon {
  const info = nativeInfo();
  if (found?.addon !== undefined) return found.addon;
  throw new HoldfastError("NATIVE_UNAVAILABLE", `the native addon is not here: ${"reason" in info ? info.reason : ""}`);
}

/** Calls the addon; its errors become the package's, with their code. */
export function calling<T>(use: () => T): T {
  try {
    return use();
  } catch (error) {
    const { code, message } = error as { code?: string; message: string };
    if (error instanceof HoldfastError || code === undefined) throw error;
    throw new HoldfastError(code, message, { retryable: code === "FILE_BUSY" });
  }
}
