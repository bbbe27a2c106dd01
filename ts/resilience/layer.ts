/**
 * A policy's part in a call, and the one function that runs every composition of policies.
 *
 * Layers are entered from the outside in; then the user's function runs; then they are left from the inside out, each
 * seeing (and perhaps changing) the outcome. A layer that says `again` sends the call back inwards from its own place:
 * that is all a retry is. The whole composition is ONE promise, because each further promise layer would cost about 45 ns
 * and 400 bytes; and whatever a call waits for is awaited by a promise that was made in the call itself, which keeps the
 * caller's asynchronous context (AsyncLocalStorage) across timers and queues that are shared by many calls.
 */

import type { Clock } from "../kernel/index.js";
import { Call, type CallOwner, failed, type Guarded, LoneAttempt, nudged, pending, succeeded } from "./call.js";
import { hear } from "./signal-hub.js";

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
  /**
   * Gives back what it holds and judges the outcome. Called exactly once for each successful `enter`, and once more each
   * time that it answered `again`, which takes a promise: nothing is tried again in the same breath.
   */
  leave(call: Call, index: number): typeof done | Promise<Verdict>;
}

/**
 * @internal A layer that can also stand alone on a shorter way: most calls of a lone policy are admitted at once and
 * succeed, and for them the whole machinery would cost as much again as the policy. Whatever else happens, the call goes
 * on by {@link run}, so that no rule is written twice.
 */
export interface LoneLayer {
  readonly clock: Clock;
  /** The layer as the owner of a call that goes on by {@link run}. */
  readonly whole: CallOwner;
  /** Whether `startedMs` must be a clock reading; if not it is NaN. */
  readonly timed: boolean;
  /** Lets a call in at once and gives a ticket of at least 0; below 0 where it must go by `run`, with nothing held. */
  admit(startedMs: number): number;
  /**
   * Lines a call up that `admit` refused, and gives its ticket when its turn has come; rejects with the refusal. `undefined`
   * where it must go by `run`. Absent where nobody waits.
   */
  turn?(): Promise<number> | undefined;
  /** Leaves after success and says true; false, with nothing done, where the value has to be judged first. */
  pass(ticket: number, startedMs: number, value: unknown): boolean;
  /** Leaves after an error that it does not change and says true; false, with nothing done, where the call has to go by `run`. */
  fail?(ticket: number, startedMs: number, error: unknown): boolean;
  /** Makes a call hold what `admit` gave, as if `enter` had let it in. */
  resume(call: Call, ticket: number, startedMs: number): void;
}

/**
 * What a promise's reaction gives to have the derived promise rejected. A throw costs 250 ns there, for a message that nobody reads,
 * and a rejected promise 600, since the host is told of it twice; this costs 80 (measured on Node 20).
 */
class Rejection {
  readonly #error: unknown;

  constructor(error: unknown) {
    this.#error = error;
  }

  // biome-ignore lint/suspicious/noThenProperty: to be taken for a promise is what it is for
  then(_resolve: unknown, reject: (error: unknown) => void): void {
    reject(this.#error);
  }
}

/**
 * Runs a call without options through one layer. It goes on by `then` and not in an async function: two closures cost less
 * than an async function's frame, and the derived promise is the answer itself.
 */
export function runAlone(layer: LoneLayer, fn: Guarded<unknown>): Promise<unknown> {
  let startedMs = Number.NaN;
  let ticket: number;
  let turn: Promise<number> | undefined;
  try {
    if (layer.timed) startedMs = layer.clock.now();
    ticket = layer.admit(startedMs);
    if (ticket < 0) turn = layer.turn?.();
  } catch (error) {
    return Promise.reject(error);
  }
  if (turn !== undefined) return turn.then((given) => runAdmitted(layer, fn, given, Number.NaN));
  if (ticket < 0) return run(new Call(layer.whole, fn, undefined, false));
  return runAdmitted(layer, fn, ticket, startedMs);
}

/** The rest of it, for a call that has its ticket. */
function runAdmitted(layer: LoneLayer, fn: Guarded<unknown>, ticket: number, startedMs: number): Promise<unknown> {
  let work: Promise<unknown>;
  try {
    work = Promise.resolve(fn(new LoneAttempt()));
  } catch (error) {
    return judge(layer, fn, ticket, startedMs, failed, error);
  }
  return work.then(
    (value) => (layer.pass(ticket, startedMs, value) ? value : judge(layer, fn, ticket, startedMs, succeeded, value)),
    (error: unknown) => {
      if (layer.fail?.(ticket, startedMs, error) === true) return new Rejection(error);
      return judge(layer, fn, ticket, startedMs, failed, error);
    },
  );
}

/** Hands a call that was admitted and has ended to the general way. */
function judge(
  layer: LoneLayer,
  fn: Guarded<unknown>,
  ticket: number,
  startedMs: number,
  status: typeof succeeded | typeof failed,
  result: unknown,
): Promise<unknown> {
  const call = new Call(layer.whole, fn, undefined, false);
  if (status === succeeded) call.succeed(result);
  else call.fail(result);
  call.depth = 1;
  layer.resume(call, ticket, startedMs);
  return run(call);
}

/**
 * Runs a call through its layers, from where it stands. Resolves with the value, or rejects; a call that is
 * wanted as an outcome never rejects. The usual call waits for nothing but its function, and needs no async function; nor
 * does a refusal, the commonest failure.
 */
export function run(call: Call): Promise<unknown> {
  if (call.options.signal !== undefined) return proceed(call, undefined, undefined);
  if (call.status === pending) {
    const wait = goIn(call);
    if (wait !== undefined) return proceed(call, wait, undefined);
    if (call.status === pending) return attempt(call);
  }
  const verdict = goOut(call);
  if (verdict !== undefined) return proceed(call, undefined, verdict);
  if (call.asOutcome) return Promise.resolve(call.outcome);
  return call.status === failed ? Promise.reject(call.result) : Promise.resolve(call.result);
}

/** Calls the function; what it returns, or the race between that and an interruption. */
function begin(call: Call): unknown {
  const work = call.fn(call.context);
  return call.interruptible ? call.outcomeOf(work) : work;
}

/** Calls the function of a call that is through all layers, and leaves them when it has ended. */
function attempt(call: Call): Promise<unknown> {
  let work: Promise<unknown>;
  try {
    work = Promise.resolve(begin(call));
  } catch (error) {
    work = Promise.reject(error);
  }
  return whenEnded(call, work);
}

/** Waits for the function, and does on the way what a layer wants done meanwhile. */
function whenEnded(call: Call, work: Promise<unknown>): Promise<unknown> {
  return work.then(
    (value) => {
      if (value === nudged) return whenEnded(call, Promise.resolve(call.goOn()));
      if (call.status === pending) call.succeed(value);
      return afterAttempt(call);
    },
    (error: unknown) => {
      if (call.status === pending) call.fail(error);
      return afterAttempt(call);
    },
  );
}

/** What the promise of a call is settled with when its function has ended. */
function afterAttempt(call: Call): unknown {
  call.waited();
  const verdict = goOut(call);
  if (verdict !== undefined) return proceed(call, undefined, verdict);
  return call.status === failed && !call.asOutcome ? new Rejection(call.result) : answer(call);
}

/** What the caller gets. */
function answer(call: Call): unknown {
  if (call.asOutcome) return call.outcome;
  if (call.status === failed) throw call.result;
  return call.result;
}

/**
 * Enters layers until one refuses or makes the call wait. A layer that throws (it was disposed, say) refuses with what it
 * threw.
 *
 * The first four layers have a place of call each, here and in {@link goOut}: an engine remembers for each place which
 * functions it has seen there, and one place that sees every policy costs 9 ns a layer more (measured on Node 20).
 */
function goIn(call: Call): Promise<boolean> | undefined {
  const { layers } = call;
  const count = layers.length;
  let wait: Promise<boolean> | undefined;
  try {
    if (call.depth === 0 && count > 0) {
      wait = layers[0]!.enter(call, 0);
      if (wait !== undefined || call.status !== pending) return wait;
      call.depth = 1;
    }
    if (call.depth === 1 && count > 1) {
      wait = layers[1]!.enter(call, 1);
      if (wait !== undefined || call.status !== pending) return wait;
      call.depth = 2;
    }
    if (call.depth === 2 && count > 2) {
      wait = layers[2]!.enter(call, 2);
      if (wait !== undefined || call.status !== pending) return wait;
      call.depth = 3;
    }
    if (call.depth === 3 && count > 3) {
      wait = layers[3]!.enter(call, 3);
      if (wait !== undefined || call.status !== pending) return wait;
      call.depth = 4;
    }
    while (call.depth < count) {
      wait = layers[call.depth]!.enter(call, call.depth);
      if (wait !== undefined || call.status !== pending) return wait;
      call.depth++;
    }
  } catch (error) {
    call.fail(error);
  }
  return undefined;
}

/**
 * Leaves layers until one needs time to decide. A layer that throws fails the call; the layers outside are left all the
 * same.
 */
function goOut(call: Call): Promise<Verdict> | undefined {
  const { layers } = call;
  while (call.depth > 0) {
    try {
      let verdict: typeof done | Promise<Verdict>;
      for (; call.depth > 4; call.depth--) {
        verdict = layers[call.depth - 1]!.leave(call, call.depth - 1);
        if (verdict !== done) return verdict;
      }
      if (call.depth === 4) {
        verdict = layers[3]!.leave(call, 3);
        if (verdict !== done) return verdict;
        call.depth = 3;
      }
      if (call.depth === 3) {
        verdict = layers[2]!.leave(call, 2);
        if (verdict !== done) return verdict;
        call.depth = 2;
      }
      if (call.depth === 2) {
        verdict = layers[1]!.leave(call, 1);
        if (verdict !== done) return verdict;
        call.depth = 1;
      }
      verdict = layers[0]!.leave(call, 0);
      if (verdict !== done) return verdict;
      call.depth = 0;
    } catch (error) {
      call.fail(error);
      call.depth--;
    }
  }
  return undefined;
}

/**
 * The whole of {@link run}, for a call that somebody may abort, or that a layer makes `wait` on the way in or out (there for
 * a `verdict`). What it knows is in the call and not in variables: each variable that lives across an `await` is saved and
 * restored there.
 */
async function proceed(
  call: Call,
  wait: Promise<boolean> | undefined,
  verdict: Promise<Verdict> | undefined,
): Promise<unknown> {
  const hearing = call.options.signal === undefined ? undefined : hear(call, call.options.signal);
  do {
    if (verdict === undefined) {
      if (call.status === pending) wait ??= goIn(call);
      while (wait !== undefined) {
        if (await wait) call.depth++;
        call.waited();
        wait = call.status === pending ? goIn(call) : undefined;
      }
      if (call.status === pending) {
        try {
          let value = await begin(call);
          while (value === nudged) value = await call.goOn();
          if (call.status === pending) call.succeed(value);
        } catch (error) {
          if (call.status === pending) call.fail(error);
        }
        call.waited();
      }
      verdict = goOut(call);
    }
    while (verdict !== undefined) {
      const settled = await verdict;
      call.waited();
      verdict = undefined;
      if (settled === again) break;
      call.depth--;
      verdict = goOut(call);
    }
  } while (call.depth > 0);
  hearing?.hub.remove(hearing);
  return answer(call);
}
