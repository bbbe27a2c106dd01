import { type FullExports, type FullRuntime, fullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { whole, within } from "./options.js";
import { Structure } from "./structure.js";

/** Options of {@link Suspicion}; `suspicionBounds` gives the first three for a cluster. */
export interface SuspicionOptions {
  /** From how many other members a confirmation is waited for: 0 to 1,024. */
  readonly confirmations: number;
  /** The timeout once all of them confirmed, at most 365 days. */
  readonly minMs: number;
  /** The timeout as long as none did, `minMs` to 365 days. */
  readonly maxMs: number;
  /** Who raised the suspicion: a number that the caller has for each member, 0 to 2^32 − 1. */
  readonly from: number;
}

const longestMs = 365 * 86_400_000;
const member = (from: number): number => whole("from", from, 0, 2 ** 32 - 1);

/**
 * The time that a suspected member has to refute the suspicion, shorter with each member that confirms it: Lifeguard's suspicion subprotocol.
 *
 * Use it in a membership protocol of the SWIM family, one for each suspected member, with a timer for `remainingMs`; begin it when the
 * suspicion is raised, `dispose` of it when the member refutes or dies. One confirmation counts for each accuser.
 *
 * Errors: `INVALID_OPTION`, `ARENA_FULL`, `DISPOSED`, `CORE_INCOMPLETE`, `SNAPSHOT_INVALID`.
 * Source: Dadgar, Phillips and Currey, "Lifeguard" (DSN-W 2018), as HashiCorp's memberlist has it.
 *
 * @see {@link suspicionBounds}
 * @example
 * ```ts
 * import { Suspicion } from "holdfast/core";
 *
 * const suspicion = new Suspicion({ confirmations: 3, minMs: 2_000, maxMs: 30_000, from: 1 }, 0);
 * suspicion.remainingMs(0); // => 30_000
 * suspicion.confirm(2); // => true
 * suspicion.confirm(2); // => false
 * suspicion.remainingMs(2_000); // => 14_000
 * ```
 */
export class Suspicion extends Structure<FullExports> {
  constructor(options: SuspicionOptions, nowMs: number, runtime: FullRuntime = fullRuntime()) {
    const expected = whole("confirmations", options.confirmations, 0, 1_024);
    const minMs = within("minMs", options.minMs, 0, longestMs);
    const maxMs = within("maxMs", options.maxMs, 0, longestMs);
    if (maxMs < minMs) throw invalidOption("maxMs", maxMs, `give at least minMs (${minMs})`);
    const from = member(options.from);
    super(runtime.core.suspicionSize(expected), runtime);
    this.core.suspicionInit(this.at, expected, minMs * 1000, maxMs * 1000, from, nowMs * 1000);
  }

  /**
   * Notes that `from` suspects the member too. Whether that is news, which is when it is gossiped on: not from an accuser that is known,
   * and not once all that were waited for have confirmed.
   */
  confirm(from: number): boolean {
    if (this.at === 0) throw this.disposed();
    return this.core.suspicionConfirm(this.at, member(from)) === 1;
  }

  /** Confirmations so far. */
  get confirmations(): number {
    return this.core.suspicionConfirmations(this.live);
  }

  /** Milliseconds from `nowMs` until the member counts as dead: 0 or less where it does. */
  remainingMs(nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    return this.core.suspicionRemaining(this.at, nowMs * 1000) / 1000;
  }

  /** The suspicion as bytes, as of `nowMs`. */
  snapshot(nowMs: number): Uint8Array {
    const at = this.live;
    return this.copyOut((to) => this.core.suspicionSave(at, to, nowMs * 1000));
  }

  /** Goes on where {@link snapshot} was taken, at `nowMs` of this process. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.suspicionLoad(at, from, nowMs * 1000));
  }
}
