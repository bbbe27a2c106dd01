/** A full module that leaves structures out: who asks for one is told so, by an error instead of "is not a function". */

import { HoldfastError } from "../ts/kernel/index.js";
import type { FullExports } from "./exports/full.js";

/** A function of the modules that leave nothing out. */
const roomyWitness: keyof FullExports = "stampInit";

/**
 * The functions of a full module. Where it leaves some out, reading one of those throws `CORE_INCOMPLETE`: the others are the
 * object's own and never reach the proxy behind it.
 */
export function refusingWhatIsLeftOut(exports: FullExports, profile: string): FullExports {
  if (typeof exports[roomyWitness] === "function") return exports;
  const lacking = new Proxy(
    {},
    {
      get(_, name) {
        if (typeof name === "symbol") return undefined;
        throw new HoldfastError(
          "CORE_INCOMPLETE",
          `the core's module (${profile}) has no room for the structure of ${name}: docs/core.md lists what it leaves out; provide ` +
            "holdfast/wasm/browser.wasm instead where a larger module is fine",
          { details: { profile, function: name } },
        );
      },
    },
  );
  return Object.assign(Object.create(lacking) as FullExports, exports);
}
