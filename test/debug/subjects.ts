/** One structure of each kind, with something in it, for tests that look into them. */

import {
  AdaptiveBreakerMachine,
  AdaptiveSampler,
  AnchorHash,
  AttemptLimit,
  BackoffMachine,
  BoundedLoads,
  BreakerMachine,
  ConcurrentHashMap,
  ConcurrentQueue,
  ConcurrentStack,
  DDSketch,
  DottedVersionVector,
  DottedVersionVectorSet,
  ErrorBiasedSampler,
  Ewma,
  ExponentialHistogram,
  type FullRuntime,
  HashRing,
  HybridClock,
  IntervalTreeClock,
  KeyedLimiter,
  KeyedWindowLimiter,
  LatencyHistogram,
  LocalHealth,
  Maglev,
  MpmcRing,
  P2Quantile,
  PhiAccrual,
  RecordRing,
  Rendezvous,
  Reservoir,
  RetryBudgetMachine,
  RetryThrottle,
  Semaphore,
  SendRate,
  SharedBreakerMachine,
  SharedSemaphore,
  SlidingWindowCounter,
  SlidingWindowLog,
  SpscRing,
  type Structure,
  Suspicion,
  TDigest,
  TokenBucket,
  VectorClock,
  WarmUpLimiter,
  WorkStealingDeque,
} from "../../ts/core/index.js";

/** A structure, and what its snapshot is where it has one. */
export interface Inspected {
  readonly structure: Structure;
  readonly snapshot?: Uint8Array;
}

const rate = { limit: 10, perMs: 1_000 };
const nodes = ["a", "b", { name: "c", weight: 2 }];
const seed = [1, 2, 3, 4] as const;

/** Uses a structure that tells its snapshot without a time. */
function timeless<S extends Structure & { snapshot(): Uint8Array }>(structure: S, use: (it: S) => void): Inspected {
  use(structure);
  return { structure, snapshot: structure.snapshot() };
}

/** The same, for one that wants the time: 5 ms. */
function timed<S extends Structure & { snapshot(nowMs: number): Uint8Array }>(
  structure: S,
  use: (it: S) => void,
): Inspected {
  use(structure);
  return { structure, snapshot: structure.snapshot(5) };
}

function bare<S extends Structure>(structure: S, use: (it: S) => void = () => {}): Inspected {
  use(structure);
  return { structure };
}

const values = [-3, 0, 1.5, 7, 7, 1_000];
const breakerOptions = { kind: "time", windowMs: 1_000, seed: 7 } as const;

const failOnce = (it: BreakerMachine): void => void it.settle(it.tryAcquire(0), 1, 3, 2);

/** By the letters of their magic words. */
export const subjects: Readonly<Record<string, (runtime: FullRuntime) => Inspected>> = {
  ANC: (runtime) => timeless(new AnchorHash({ capacity: 8, working: 5 }, runtime), (it) => it.remove(2)),
  ATL: (runtime) => timeless(new AttemptLimit({ maxAttempts: 4 }, runtime), (it) => it.record(false)),
  BDG: (runtime) => timed(new RetryBudgetMachine({}, runtime), (it) => it.deposit(1)),
  BIA: (runtime) =>
    timeless(new ErrorBiasedSampler({ ratio: 0.5, slowAfterMs: 100 }, runtime), (it) =>
      it.sample("0af7651916cd43dd8448eb211c80319c", true, 3),
    ),
  BKF: (runtime) =>
    timeless(new BackoffMachine({ kind: "exponential", baseMs: 100, seed: 3 }, runtime), (it) => it.nextDelayMs(1)),
  BRA: (runtime) => timed(new AdaptiveBreakerMachine(breakerOptions, runtime), failOnce),
  BRK: (runtime) => timed(new BreakerMachine({ kind: "count", calls: 100, seed: 7 }, runtime), failOnce),
  BRS: (runtime) => bare(new SharedBreakerMachine({ ...breakerOptions, thread: 3 }, runtime), failOnce),
  DDS: (runtime) => timeless(new DDSketch({ maxBuckets: 1_024 }, runtime), (it) => it.recordMany(values)),
  DEQ: (runtime) => bare(new WorkStealingDeque({ capacity: 4 }, runtime), (it) => it.push(9)),
  DVS: (runtime) => timeless(new DottedVersionVectorSet({}, runtime), (it) => it.add(17)),
  DVV: (runtime) => timeless(new DottedVersionVector({ id: 3, counter: 5, context: [[2, 9]] }, runtime), () => {}),
  EWM: (runtime) => timed(new Ewma({ halfLifeMs: 1_000 }, runtime), (it) => it.record(3, 4)),
  EXP: (runtime) => timeless(new ExponentialHistogram({ maxSize: 16 }, runtime), (it) => it.recordMany(values)),
  GCR: (runtime) => timed(new TokenBucket(rate, runtime), (it) => it.tryAcquire(3, 4)),
  HLC: (runtime) => timeless(new HybridClock({}, runtime), (it) => it.now(1_700_000_000_000)),
  HRW: (runtime) => bare(new Rendezvous({ nodes: ["a", "b", "c", "d", "e"] }, runtime)),
  HST: (runtime) => timeless(new LatencyHistogram({}, runtime), (it) => it.record(3)),
  ITC: (runtime) => timeless(new IntervalTreeClock({}, runtime), (it) => it.event()),
  KEY: (runtime) =>
    timed(new KeyedLimiter({ ...rate, maxKeys: 20, seed }, runtime), (it) => it.tryAcquire("ada", 2, 4)),
  KWN: (runtime) =>
    timed(new KeyedWindowLimiter({ ...rate, algorithm: "fixed-window", maxKeys: 20, seed }, runtime), (it) =>
      it.tryAcquire("ada", 2, 4),
    ),
  LHM: (runtime) => bare(new LocalHealth({}, runtime), (it) => it.note(2)),
  LDS: (runtime) =>
    timeless(new BoundedLoads({ placement: new HashRing({ nodes }, runtime) }), (it) => it.acquire("ada")),
  LOG: (runtime) => timed(new SlidingWindowLog({ limit: 3, perMs: 1_000 }, runtime), (it) => it.tryAcquire(2, 4)),
  MAG: (runtime) => bare(new Maglev({ nodes, tableSize: 101 }, runtime)),
  MAP: (runtime) => bare(new ConcurrentHashMap({ capacity: 4, seed }, runtime), (it) => it.set(1, 2)),
  MPM: (runtime) => bare(new MpmcRing({ capacity: 4, messageBytes: 16 }, runtime)),
  P2Q: (runtime) => timeless(new P2Quantile({ q: 0.9 }, runtime), (it) => it.recordMany(values)),
  PAC: (runtime) => timed(new AdaptiveSampler(rate, runtime), (it) => it.sample("0af7651916cd43dd8448eb211c80319c", 3)),
  PHI: (runtime) => timed(new PhiAccrual({ window: 5 }, runtime), (it) => it.heartbeat(4)),
  PRM: (runtime) => bare(new SharedSemaphore({ permits: 3 }, runtime)),
  QUE: (runtime) => bare(new ConcurrentQueue({ capacity: 4, messageBytes: 16 }, runtime)),
  REC: (runtime) => bare(new RecordRing({ capacityBytes: 256 }, runtime)),
  RES: (runtime) => timeless(new Reservoir<number>({ capacity: 4, seed: 1 }, runtime), (it) => it.offer(9)),
  RNG: (runtime) => bare(new HashRing({ nodes }, runtime)),
  RTH: (runtime) =>
    timeless(new RetryThrottle({ maxTokens: 10, tokenRatio: 0.1 }, runtime), (it) => it.recordFailure()),
  SEM: (runtime) => bare(new Semaphore({ permits: 3 }, runtime), (it) => it.tryAcquire()),
  SND: (runtime) => timed(new SendRate(runtime), (it) => it.record(true, 3)),
  SPS: (runtime) => bare(new SpscRing({ capacity: 4, messageBytes: 16 }, runtime)),
  STK: (runtime) => bare(new ConcurrentStack({ capacity: 4, messageBytes: 16 }, runtime)),
  SUS: (runtime) =>
    timed(new Suspicion({ confirmations: 3, minMs: 2_000, maxMs: 30_000, from: 1 }, 0, runtime), (it) => it.confirm(2)),
  TDG: (runtime) => timeless(new TDigest({ compression: 20 }, runtime), (it) => it.recordMany(values)),
  VCL: (runtime) => timeless(new VectorClock({ entries: 3 }, runtime), (it) => it.increment(1)),
  WIN: (runtime) => timed(new SlidingWindowCounter(rate, runtime), (it) => it.tryAcquire(3, 4)),
  WRH: (runtime) => bare(new Rendezvous({ nodes }, runtime)),
  WRM: (runtime) => timed(new WarmUpLimiter({ ...rate, warmUpMs: 1_000 }, runtime), (it) => it.tryAcquire(3, 4)),
};
