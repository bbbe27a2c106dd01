/** A shedding policy as the gate of the queueing simulator. */

import type { ManualClock } from "../../../ts/kernel/index.js";
import { Call, type CallOptions, pending } from "../../../ts/resilience/call.js";
import type { Shedder } from "../../../ts/resilience/shedding/shedder.js";
import type { Ended, Gate } from "../simulation/queueing.js";

const nothing = () => undefined;

/**
 * Takes each call through the policy's layer by hand: the simulator knows no promises. `options` are drawn for each call, and `tally` hears
 * what became of it.
 */
export function gateOf(
  policy: Pick<Shedder<never>, "whole" | "enter" | "leave">,
  clock: ManualClock,
  options: () => CallOptions = () => ({}),
  tally: (options: CallOptions, outcome: Ended["outcome"] | "shed") => void = nothing,
): Gate {
  /** The simulator does not say which of the calls has ended; the one that is longest under way stands for it. */
  const open: Call[] = [];
  const at = (nowMs: number) => clock.advanceSync(Math.max(0, nowMs - clock.now()));
  return {
    admit(nowMs) {
      at(nowMs);
      const call = new Call(policy.whole, nothing, options(), true);
      policy.enter(call, 0);
      if (call.status === pending) open.push(call);
      else tally(call.options, "shed");
      return call.status === pending;
    },
    ended({ outcome, atMs }) {
      at(atMs);
      const call = open.shift()!;
      call.waited();
      if (outcome === "answered") call.succeed(undefined);
      else call.fail(new Error(outcome));
      policy.leave(call, 0);
      tally(call.options, outcome);
    },
  };
}
