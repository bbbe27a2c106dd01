/**
 * A policy's part in a call, and the one function that runs every composition of policies.
 *
 * Layers are entered from the outside in; then the user's function runs; then they are left from the inside out, each
 * seeing (and perhaps changing) the outcome. A layer that says `again` sends the call back inwards from its own place:
 * that is all a retry is. The whole composition is ONE async function, because each further promise layer would cost
 * about 45 ns and 400 bytes, and because an `await` keeps the caller's asynchronous context (AsyncLocalStorage) across
 * timers and queues that are shared by many calls.
 */

import type { Signal } from "../kernel/index.js";
import { type Call, caller, failed, pending } from "./call.js";

/** Leave the layer with the outcome as it is now. */
export const done = 0;
/** Enter again from this layer inwards. */
export const again = 1;
/** What a layer says on a call's way out. */
export type Verdict = typeof done | typeof again;

/** @internal What a policy does on a call's way in and out. */
export interface Layer {
  /**
   * Lets the call in: takes a permit, sets a deadline. To refuse, it calls `call.fail`; then it is not left, so it must
   * hold nothing. A promise means that the call has to wait first: it never rejects, and says whether the layer was
   * entered (an interruption may come after the permit was handed over, and the permit must still be given back).
   */
  enter(call: Call, index: number): Promise<boolean> | undefined;
  /** Gives back what it holds and judges the outcome. Called exactly once for each successful `enter`. */
  leave(call: Call, index: number): Verdict | Promise<Verdict>;
}

/** Attaches the call to its caller's signal; one listener a call, removed by {@link detach}. */
function attach(call: Call, signal: Signal): () => void {
  const onAbort = () => call.interrupt(caller, signal.reason);
  if (signal.aborted) onAbort();
  else signal.addEventListener("abort", onAbort, { once: true });
  return onAbort;
}

/** Enters a layer; one that throws (it was disposed, say) refuses the call with what it threw. */
function enter(layer: Layer, call: Call, index: number): Promise<boolean> | undefined {
  try {
    return layer.enter(call, index);
  } catch (error) {
    call.fail(error);
    return undefined;
  }
}

/** Leaves a layer; one that throws fails the call, and the layers outside are left all the same. */
function leave(layer: Layer, call: Call, index: number): Verdict | Promise<Verdict> {
  try {
    return layer.leave(call, index);
  } catch (error) {
    call.fail(error);
    return done;
  }
}

/**
 * Runs a call through its layers. Resolves with the value, or rejects; with `asOutcome` it never rejects and resolves
 * with an `Outcome`.
 */
export async function run(layers: readonly Layer[], call: Call, asOutcome: boolean): Promise<unknown> {
  const signal = call.options.signal;
  const onAbort = signal === undefined ? undefined : attach(call, signal);
  const count = layers.length;
  let depth = 0;
  do {
    while (depth < count && call.status === pending) {
      const wait = enter(layers[depth]!, call, depth);
      if (wait !== undefined) {
        const entered = await wait;
        call.waited();
        if (entered) depth++;
      } else if (call.status === pending) depth++;
    }
    if (call.status === pending) {
      try {
        const work = call.fn(call.context);
        const value = await (call.interruptible ? call.outcomeOf(work) : work);
        if (call.status === pending) call.succeed(value);
      } catch (error) {
        if (call.status === pending) call.fail(error);
      }
      call.waited();
    }
    while (depth > 0) {
      let verdict = leave(layers[depth - 1]!, call, depth - 1);
      if (typeof verdict !== "number") {
        verdict = await verdict;
        call.waited();
      }
      if (verdict === again) break;
      depth--;
    }
  } while (depth > 0);
  if (onAbort !== undefined) signal!.removeEventListener("abort", onAbort);
  if (asOutcome) return call.outcome;
  if (call.status === failed) throw call.result;
  return call.result;
}
