/** The body of the samplers that keep a number of traces a second: they watch the traffic and move their threshold. */

import type { Address, FullExports, FullRuntime } from "../../bindings/index.js";
import { invalidOption } from "../kernel/index.js";
import { duration, whole } from "./options.js";
import { thresholdOfShare } from "./sampling-state.js";
import { Structure } from "./structure.js";
import { randomHigh, randomLow, type TraceIdBatch, type TraceSampler } from "./trace-sampler.js";

/** Options of {@link AdaptiveSampler}, and what {@link RateLimitedSamplerOptions} begin with. */
export interface PacedSamplerOptions {
  /** Traces to keep in each period: a whole number from 1. */
  readonly limit: number;
  /** The period in milliseconds. Default: 1,000. */
  readonly perMs?: number | undefined;
  /** How far back the traffic is looked at, in milliseconds: what came so long ago counts half. Default: 10,000. */
  readonly halfLifeMs?: number | undefined;
}

/** Where the core keeps the length of a window, in ticks. */
const lengthOffset = 32;
const ticksPerMs = 1_024_000;

/** What {@link AdaptiveSampler} and {@link RateLimitedSampler} share. */
export abstract class PacedSampler extends Structure<FullExports> implements TraceSampler {
  /** Length of the windows in which traces are counted. @internal */
  protected windowMs!: number;

  /** @internal */
  protected constructor(options: PacedSamplerOptions, burst: number | undefined, runtime: FullRuntime) {
    const limit = whole("limit", options.limit, 1, Number.MAX_SAFE_INTEGER);
    const periodMs = duration("perMs", options.perMs ?? 1_000);
    const halfLifeMs = duration("halfLifeMs", options.halfLifeMs ?? 10_000);
    const most = burst === undefined ? 1 : whole("burst", burst, 1, 2 ** 32 - 1);
    super(runtime.core.pacerSize(), runtime);
    const limited = burst === undefined ? 0 : 1;
    if (this.core.pacerInit(this.at, limit, periodMs * 1000, most, halfLifeMs * 1000, limited) !== 0) {
      this.dispose();
      throw invalidOption(
        "limit",
        options.limit,
        "give limit, perMs and halfLifeMs such that an eighth of the half-life keeps at least 2^-16 and at most 2^20 traces",
      );
    }
    this.attached();
  }

  /** @internal */
  protected override attached(): void {
    const length = new DataView(this.runtime.memory.buffer, this.at).getBigInt64(lengthOffset, true);
    this.windowMs = Number(length) / ticksPerMs;
  }

  /**
   * Decides on a trace.
   *
   * @param trace the trace id, 32 hexadecimal digits, or explicit randomness (`rv`), 14 digits.
   * @param nowMs the time, in milliseconds of one monotonic clock.
   * @returns how many traces the kept one stands for, or 0 where it is dropped. {@link thresholdOf} makes its `th` of it.
   */
  sample(trace: string, nowMs: number): number {
    if (this.at === 0) throw this.disposed();
    const share = this.core.pacerDecide(this.at, randomLow(trace), randomHigh(trace), nowMs * 1000);
    return share === 0 ? 0 : 2 ** 56 / share;
  }

  /** Decides on the first `count` ids of a batch, all at `nowMs`; `batch.kept` says on each. Returns how many are kept. */
  sampleMany(batch: TraceIdBatch, count: number, nowMs: number): number {
    const at = this.live;
    return batch.decided(this.runtime, count, (ids, all, out) =>
      this.core.pacerDecideMany(at, ids, all, nowMs * 1000, out),
    );
  }

  /** The threshold (`th`) as it stands. */
  get threshold(): string | undefined {
    return thresholdOfShare(this.core.pacerRead(this.live, 0));
  }

  /** The share of traces that is kept as it stands, 0 to 1. */
  get ratio(): number {
    return this.core.pacerRead(this.live, 0) / 2 ** 56;
  }

  /** Traces a second that come, as the past half-lives say; 0 before the first eighth of a half-life has passed. */
  get ratePerSecond(): number {
    return (this.core.pacerRead(this.live, 1) / 65_536) * (1_000 / this.windowMs);
  }

  /** All it knows of the traffic, as bytes, with remaining times. */
  snapshot(nowMs: number): Uint8Array {
    const at = this.live;
    return this.copyOut((to: Address) => this.core.pacerSave(at, to, nowMs * 1000));
  }

  /** Goes on where {@link snapshot} was taken, at `nowMs` of this process. Throws `SNAPSHOT_INVALID`. */
  restore(bytes: Uint8Array, nowMs: number): void {
    const at = this.live;
    this.copyIn(bytes, (from) => this.core.pacerLoad(at, from, nowMs * 1000));
  }
}
