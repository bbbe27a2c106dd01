/** A server for tests, behind the port: it decides by naive twins, by a clock that is moved by hand, and fails as it is told. */

import type { ManualClock } from "../../ts/kernel/index.js";
import { gcraScript } from "../../ts/redis/gcra-meter.js";
import type { RedisCall, RedisPort, RedisScript } from "../../ts/redis/index.js";
import { resetScript } from "../../ts/redis/remote-meter.js";
import { windowScript } from "../../ts/redis/window-meter.js";
import { SlidingWindowCounterTwin } from "../twins/windows.js";

/** What a call of the port got. */
interface Asked {
  readonly script: RedisScript;
  readonly key: string;
  readonly args: readonly string[];
}

export class FakeRedis implements RedisPort {
  readonly asked: Asked[] = [];
  /** What becomes of calls: an answer, this error, or nothing at all; or a reply of its own making. */
  behaviour: "answer" | "hang" | Error | { readonly reply: unknown } = "answer";
  /** Signals of calls that hang. */
  readonly signals: RedisCall[] = [];
  /** Calls answered since {@link hold}, which wait for {@link release}. */
  #held: (() => void)[] | undefined;
  readonly #clock: ManualClock;
  readonly #arrivals = new Map<string, bigint>();
  readonly #windows = new Map<string, SlidingWindowCounterTwin>();

  constructor(clock: ManualClock) {
    this.#clock = clock;
  }

  async evaluate(script: RedisScript, key: string, args: readonly string[], call: RedisCall): Promise<unknown> {
    this.asked.push({ script, key, args });
    const { behaviour } = this;
    if (behaviour === "hang") {
      this.signals.push(call);
      return new Promise(() => {});
    }
    if (behaviour instanceof Error) throw behaviour;
    const reply = behaviour === "answer" ? this.#answer(script, key, args) : behaviour.reply;
    if (this.#held !== undefined) await new Promise<void>((resolve) => this.#held!.push(resolve));
    return reply;
  }

  /** From now on answers are made at once and given when they are released. */
  hold(): void {
    this.#held = [];
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const give of held) give();
  }

  #answer(script: RedisScript, key: string, args: readonly string[]): number[] {
    const nowUs = BigInt(Math.round(this.#clock.now() * 1000)) + 1_000_000_000n;
    if (script === resetScript) {
      this.#arrivals.delete(key);
      this.#windows.delete(key);
      return [0, 0, 0];
    }
    if (script === gcraScript) return this.#gcra(key, args.map(BigInt), nowUs);
    if (script === windowScript) return this.#window(key, args.map(Number), nowUs);
    throw new Error("no such script");
  }

  #gcra(key: string, [unit, cost, window, need]: bigint[], nowUs: bigint): number[] {
    const now = nowUs * unit!;
    const owed = [0n, (this.#arrivals.get(key) ?? 0n) - now].reduce((a, b) => (a > b ? a : b));
    let after = owed + need! > 0n ? owed + need! : 0n;
    const over = after > window! ? after - window! : 0n;
    if (over > 0n) after = owed;
    else this.#arrivals.set(key, now + after);
    return [over, (window! - after) / cost!, after].map(Number);
  }

  #window(key: string, [limit, length, weight]: number[], nowUs: bigint): number[] {
    const twin = this.#windows.get(key) ?? new SlidingWindowCounterTwin(limit!, BigInt(length!));
    this.#windows.set(key, twin);
    const wait = weight! > 0 ? twin.take(weight!, nowUs) : 0n;
    if (weight! < 0) twin.refund(-weight!, nowUs);
    return [Number(wait), twin.remaining(nowUs), Number(twin.resetAfter(nowUs))];
  }
}
