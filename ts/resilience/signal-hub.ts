/**
 * The calls that hear of one caller's signal: one listener for all of them.
 *
 * A signal that outlives its calls (a server's shutdown, a page's end) is often given to hundreds at once. Node takes more than
 * ten listeners on one signal for a leak and prints a warning, and adding and removing one costs 0.4 µs. So the first call on
 * a signal adds a listener, further ones join, and the last takes it away. Calls are a ring of links: each leaves in constant time.
 */

import type { Signal } from "../kernel/index.js";
import { type Call, caller } from "./call.js";

/** A call that hears of a signal, between two others in a ring. */
export class Hearing {
  readonly call: Call;
  readonly hub: SignalHub;
  /** @internal */ before: Hearing = this;
  /** @internal */ after: Hearing = this;

  constructor(call: Call, hub: SignalHub) {
    this.call = call;
    this.hub = hub;
  }
}

class SignalHub {
  readonly signal: Signal;
  /** The call that came first; undefined once there is none. */
  #first: Hearing | undefined = undefined;

  constructor(signal: Signal) {
    this.signal = signal;
    signal.addEventListener("abort", this.#onAbort, { once: true });
  }

  readonly #onAbort = (): void => {
    // In the order in which they came; a call that is cut off may end others, and so take them out of the ring.
    for (let hearing = this.#first; hearing !== undefined; hearing = this.#first) {
      this.remove(hearing);
      hearing.call.interrupt(caller, this.signal.reason);
    }
  };

  add(hearing: Hearing): void {
    const first = this.#first;
    if (first === undefined) {
      this.#first = hearing;
      return;
    }
    hearing.before = first.before;
    hearing.after = first;
    first.before.after = hearing;
    first.before = hearing;
  }

  /** Takes a call out, once or again. */
  remove(hearing: Hearing): void {
    if (hearing.after === hearing) {
      if (this.#first !== hearing) return;
      this.#first = undefined;
      hubs.delete(this.signal);
      this.signal.removeEventListener("abort", this.#onAbort);
      return;
    }
    if (this.#first === hearing) this.#first = hearing.after;
    hearing.before.after = hearing.after;
    hearing.after.before = hearing.before;
    hearing.before = hearing.after = hearing;
  }
}

const hubs = /* @__PURE__ */ new WeakMap<Signal, SignalHub>();

/** Lets a call be interrupted by its caller's signal; `undefined` where it has gone off already. */
export function hear(call: Call, signal: Signal): Hearing | undefined {
  if (signal.aborted) {
    call.interrupt(caller, signal.reason);
    return undefined;
  }
  let hub = hubs.get(signal);
  if (hub === undefined) {
    hub = new SignalHub(signal);
    hubs.set(signal, hub);
  }
  const hearing = new Hearing(call, hub);
  hub.add(hearing);
  return hearing;
}
