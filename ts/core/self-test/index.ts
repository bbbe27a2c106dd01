/** The core's own test: one program of calls, and the digests that every build on every host must reach. */

import type { FullRuntime, Runtime } from "../../../bindings/index.js";
import { fullRuntime } from "../../../bindings/index.js";
import type { Functions } from "./face.js";
import { digests as expected, common as expectedCommon, program } from "./program.js";
import { runConformance } from "./run.js";

/** What {@link selfTest} found. */
export interface SelfTestReport {
  /** Whether every structure that the build has reached its digest. */
  readonly ok: boolean;
  /** Hardware profile of the build. */
  readonly profile: string;
  /** Digest of each structure that the build has: 16 hexadecimal digits. */
  readonly digests: Readonly<Record<string, string>>;
  /** Structures whose digest is not the expected one. */
  readonly wrong: readonly string[];
  /** Structures that the build lacks. */
  readonly absent: readonly string[];
  /** The digest of all structures that every full profile has; undefined on a build that lacks one of them. */
  readonly common: string | undefined;
}

function decoded(base64: string): Uint8Array {
  const binary = atob(base64);
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

/**
 * Runs the conformance program on a build of the core: some thousand calls of every structure, whose answers are folded into
 * a digest for each. Use it where the core runs on a host that nobody tried before: equal digests mean that it decides there
 * exactly as everywhere else.
 *
 * @param runtime the runtime to test. Default: the full one, {@link fullRuntime}. It takes some kilobytes of its memory for the time of the test.
 *
 * Errors: `CORE_BLOCKED`, `CORE_INCOMPLETE`, `ARENA_FULL`.
 *
 * @example
 * ```ts
 * import { selfTest } from "holdfast/core/self-test";
 *
 * const { ok, wrong } = selfTest();
 * ok; // => true
 * wrong; // => []
 * ```
 */
export function selfTest(runtime: Runtime | FullRuntime = fullRuntime()): SelfTestReport {
  let free = () => {};
  try {
    const { digests, absent, common } = runConformance(decoded(program), {
      functions: runtime.core as unknown as Functions,
      allocate(bytes) {
        const block = runtime.allocate(bytes);
        free = () => block.free();
        return { at: block.at, bytes: runtime.view(block.at, bytes) };
      },
    });
    const wrong = Object.keys(digests).filter((name) => digests[name] !== expected[name]);
    const ok = wrong.length === 0 && (common === undefined || common === expectedCommon);
    return { ok, profile: runtime.profile, digests, wrong, absent, common };
  } finally {
    free();
  }
}
