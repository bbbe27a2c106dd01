/**
 * Typed events between a part and those who watch it. An emitter that nobody watches costs one length check.
 * Listeners run synchronously, after the state that they hear about is consistent; one that throws never breaks the
 * call in whose course it runs: its error is rethrown in a microtask of its own, where the host reports it.
 */

import { disposable } from "./disposal.js";

type Listener<Payload> = (payload: Payload) => void;

/** The face that watchers see. */
export interface Observable<Events extends object> {
  /** Calls `listener` for each event named `type` until the result is disposed. */
  on<Type extends keyof Events>(type: Type, listener: (payload: Events[Type]) => void): Disposable;
}

/** The face that the owner sees. */
export class Emitter<Events extends object> implements Observable<Events> {
  #listeners: { [Type in keyof Events]?: Listener<Events[Type]>[] } = {};

  on<Type extends keyof Events>(type: Type, listener: Listener<Events[Type]>): Disposable {
    // Arrays are replaced, never edited, so a listener may add or remove listeners while it runs.
    this.#listeners[type] = [...(this.#listeners[type] ?? []), listener];
    return disposable(() => {
      const left = (this.#listeners[type] ?? []).filter((other) => other !== listener);
      if (left.length === 0) delete this.#listeners[type];
      else this.#listeners[type] = left;
    });
  }

  /** Whether anybody listens; ask before building a payload on a hot path. */
  has(type: keyof Events): boolean {
    return this.#listeners[type] !== undefined;
  }

  emit<Type extends keyof Events>(type: Type, payload: Events[Type]): void {
    const listeners = this.#listeners[type];
    if (listeners === undefined) return;
    for (const listener of listeners) {
      try {
        listener(payload);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
