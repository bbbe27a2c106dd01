/**
 * The skeleton of every policy that refuses some calls so that others are served: it has the chance of a refusal computed, counts who came,
 * draws, and hears how the admitted calls ended.
 */

import { outcome } from "../../core/index.js";
import { type Random, type RejectedError, systemRandom } from "../../kernel/index.js";
import type { Call } from "../call.js";
import { defaultCriticality, rankOf } from "../criticality.js";
import type { FailureTest } from "../handle.js";
import { judge } from "../judgement.js";
import { done, type LoneLayer } from "../layer.js";
import { LayerPolicy } from "../layer-policy.js";
import type { PolicyEvents, PolicyOptions } from "../policy.js";

/** Options that all of these policies take. */
export interface ShedderOptions extends PolicyOptions {
  /** Where the draws come from. Default: the process's own random source. */
  readonly random?: Random;
}

const usualRank = rankOf(defaultCriticality);

/** See the head of the file. A ticket is whatever number, of at least 0, the policy wants to see again when the call ends. */
export abstract class Shedder<Options extends ShedderOptions>
  extends LayerPolicy<PolicyEvents, Options>
  implements LoneLayer
{
  /** @internal */
  readonly timed = true;

  /** The chance, from 0 to 1, that a call of this rank is refused at `nowMs`. */
  protected abstract chance(rank: number, nowMs: number): number;

  /** Counts one who came and will be refused with the chance that was just told. Gives the ticket. */
  protected abstract arrived(rank: number): number;

  /** Hears of one who was not refused. */
  protected admitted(): void {}

  /** @internal Hears how one who was not refused has ended. */
  protected abstract ended(rank: number, ticket: number, result: number): void;

  /** Which outcomes speak against the dependency. Default: every error but bugs. */
  protected get isFailure(): FailureTest | undefined {
    return undefined;
  }

  /** Why one of this rank is refused. */
  protected abstract rejection(rank: number): RejectedError;

  /** Counts a call; the refusal of one who must go. */
  #draw(call: Call, index: number): RejectedError | undefined {
    const rank = rankOf(call.options.priority);
    const chance = this.chance(rank, call.nowMs());
    const ticket = this.arrived(rank);
    if (chance > 0 && (this.options.random ?? systemRandom).next() < chance) return this.rejection(rank);
    this.admitted();
    call.keep(index, ticket);
    return undefined;
  }

  /** @internal */
  enter(call: Call, index: number): undefined {
    const rejection = this.#draw(call, index);
    if (rejection !== undefined) call.fail(this.refusal(rejection), this.name);
    return undefined;
  }

  /** @internal */
  leave(call: Call, index: number): typeof done {
    let result: number = outcome.failure;
    try {
      result = judge(call, index, this.isFailure);
    } finally {
      this.ended(rankOf(call.options.priority), call.slot(index) as number, result);
    }
    return done;
  }

  /** @internal One who would have been refused goes on, and is counted as one who was. */
  enterShadow(call: Call, index: number): void {
    call.keep(index, undefined);
    const rejection = this.#draw(call, index);
    if (rejection !== undefined) this.shadow("reject", rejection);
  }

  /** @internal */
  leaveShadow(call: Call, index: number): void {
    if (call.slot(index) !== undefined) this.leave(call, index);
  }

  /** @internal Where anybody may be refused, it is drawn on the way that refuses. */
  admit(startedMs: number): number {
    if (this.chance(usualRank, startedMs) > 0) return -1;
    const ticket = this.arrived(usualRank);
    this.admitted();
    return ticket;
  }

  /** @internal */
  pass(ticket: number): boolean {
    if (this.isFailure !== undefined) return false;
    this.ended(usualRank, ticket, outcome.success);
    return true;
  }

  /** @internal */
  resume(call: Call, ticket: number): void {
    call.keep(0, ticket);
  }
}
