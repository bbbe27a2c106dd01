/** A policy with a probe before and behind each of its layers: they tell when a call goes on, in whatever way it was held up. */

import type { CallOwner } from "../call.js";
import { done, type Layer } from "../layer.js";
import type { Policy } from "../policy.js";

/** What a probe tells: a call comes in past it, or goes out. */
export type Passing = "enter" | "leave";

/** The policy as the owner of calls; `onPassing` must not throw. */
export function probed(policy: Policy, onPassing: (passing: Passing) => void): CallOwner {
  const probe: Layer = {
    enter() {
      onPassing("enter");
      return undefined;
    },
    leave() {
      onPassing("leave");
      return done;
    },
  };
  return {
    clock: policy.clock,
    get layers() {
      return [probe, ...policy.layersIn("enforce").flatMap((layer) => [layer, probe])];
    },
    get interrupts() {
      return policy.interruptsIn("enforce");
    },
  };
}
