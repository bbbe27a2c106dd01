/**
 * A dependency as a queue, and the clients in front of it, as a discrete-event simulation: what adaptive policies are tried
 * against. Calls arrive (a Poisson process whose rate may change), ask a gate, wait at the dependency for one of its servers,
 * are served for a time from a distribution, and come back; the client may have given up by then. All randomness comes from
 * one seed and time is simulated, so a run is the same on every machine, and a simulated hour takes a second.
 *
 * In Kendall's notation the dependency is M/G/c, and M/M/c with exponential service times. Where `backlog` bounds its queue
 * it refuses at once what does not fit, as a server that answers 503 does.
 */

import { seeded } from "../../../ts/kernel/index.js";
import { Agenda } from "./agenda.js";
import type { ServiceTime } from "./service-times.js";

/** A value that may change in the course of the simulation. */
export type OverTime = number | ((nowMs: number) => number);

/** How a call ended for its client. */
export interface Ended {
  readonly outcome: "answered" | "refused" | "timed-out";
  readonly atMs: number;
  readonly rttMs: number;
  /** Calls of the clients that were under way when this one ended, itself included. */
  readonly inFlight: number;
}

/** What is tried: it lets calls in, and hears how they ended. */
export interface Gate {
  /** Whether a call may go while `inFlight` others are under way. */
  admit(nowMs: number, inFlight: number): boolean;
  ended(call: Ended): void;
}

/** What is simulated. */
export interface Scenario {
  readonly seed: number;
  readonly durationMs: number;
  /** What is counted begins here: the time before is the gate's to settle. Default: 0. */
  readonly measureFromMs?: number;
  /** Calls a second that want to go, above 0. */
  readonly arrivals: OverTime;
  readonly service: ServiceTime;
  /** Servers of the dependency; where they become fewer, those that are busy finish first. */
  readonly servers: OverTime;
  /** Calls that may wait at the dependency; more are refused at once. Default: without bound. */
  readonly backlog?: number;
  /** When the client gives up; the dependency does the work all the same, as most do. Default: never. */
  readonly timeoutMs?: number;
  /** Default: one that lets everything through. */
  readonly gate?: Gate;
  /** Read once a simulated second for {@link Report.series}. */
  readonly probe?: () => number;
}

/** What came of it. */
export interface Report {
  readonly arrived: number;
  readonly admitted: number;
  readonly answered: number;
  readonly refused: number;
  readonly timedOut: number;
  /** Answers in time, a second. */
  readonly goodput: number;
  /** Round trips of the answered calls, in milliseconds. */
  readonly meanMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** What `probe` read, once a second from the very start. */
  readonly series: readonly number[];
}

const openGate: Gate = { admit: () => true, ended() {} };

const valueAt = (value: OverTime, nowMs: number): number => (typeof value === "number" ? value : value(nowMs));

/** A call as the dependency and its client see it. */
interface Job {
  readonly startedMs: number;
  /** Whether the client has given up. */
  abandoned: boolean;
}

/** One run. */
class Simulation {
  readonly #scenario: Scenario;
  readonly #gate: Gate;
  readonly #agenda = new Agenda();
  readonly #random;
  readonly #waiting: Job[] = [];
  readonly #rttsMs: number[] = [];
  readonly #series: number[] = [];
  readonly #counts = { arrived: 0, admitted: 0, answered: 0, refused: 0, "timed-out": 0 };
  #nowMs = 0;
  #busy = 0;
  #inFlight = 0;

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#gate = scenario.gate ?? openGate;
    this.#random = seeded(scenario.seed);
  }

  run(): Report {
    const { durationMs, probe } = this.#scenario;
    this.#planArrival();
    if (probe !== undefined) this.#planProbe(probe);
    for (let event = this.#agenda.next(); event !== undefined; event = this.#agenda.next()) {
      if (event.atMs > durationMs) break;
      this.#nowMs = event.atMs;
      event.act();
    }
    return this.#report();
  }

  get #measured(): boolean {
    return this.#nowMs >= (this.#scenario.measureFromMs ?? 0);
  }

  #planArrival(): void {
    const gapMs = (-1_000 / valueAt(this.#scenario.arrivals, this.#nowMs)) * Math.log(1 - this.#random.next());
    this.#agenda.plan(this.#nowMs + gapMs, () => {
      this.#planArrival();
      this.#arrive();
    });
  }

  #planProbe(probe: () => number): void {
    this.#agenda.plan(this.#nowMs + 1_000, () => {
      this.#series.push(probe());
      this.#planProbe(probe);
    });
  }

  #arrive(): void {
    if (this.#measured) this.#counts.arrived++;
    if (!this.#gate.admit(this.#nowMs, this.#inFlight)) return;
    if (this.#measured) this.#counts.admitted++;
    this.#inFlight++;
    const job: Job = { startedMs: this.#nowMs, abandoned: false };
    if (this.#busy < valueAt(this.#scenario.servers, this.#nowMs)) this.#serve(job);
    else if (this.#waiting.length < (this.#scenario.backlog ?? Number.POSITIVE_INFINITY)) this.#waiting.push(job);
    else {
      this.#end(job, "refused");
      return;
    }
    if (this.#scenario.timeoutMs !== undefined) this.#planTimeout(job, this.#scenario.timeoutMs);
  }

  #planTimeout(job: Job, timeoutMs: number): void {
    this.#agenda.plan(job.startedMs + timeoutMs, () => {
      if (!job.abandoned) this.#end(job, "timed-out");
    });
  }

  #serve(job: Job): void {
    this.#busy++;
    this.#agenda.plan(this.#nowMs + this.#scenario.service(this.#random, this.#nowMs), () => {
      this.#busy--;
      while (this.#waiting.length > 0 && this.#busy < valueAt(this.#scenario.servers, this.#nowMs)) {
        this.#serve(this.#waiting.shift()!);
      }
      if (!job.abandoned) this.#end(job, "answered");
    });
  }

  /** The client's end of a call; the dependency may still be at it. */
  #end(job: Job, outcome: Ended["outcome"]): void {
    job.abandoned = true;
    const rttMs = this.#nowMs - job.startedMs;
    if (this.#measured) {
      this.#counts[outcome]++;
      if (outcome === "answered") this.#rttsMs.push(rttMs);
    }
    this.#gate.ended({ outcome, atMs: this.#nowMs, rttMs, inFlight: this.#inFlight });
    this.#inFlight--;
  }

  #report(): Report {
    const { durationMs, measureFromMs = 0 } = this.#scenario;
    const { "timed-out": timedOut, ...counts } = this.#counts;
    const sorted = Float64Array.from(this.#rttsMs).sort();
    const quantile = (q: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN;
    return {
      ...counts,
      timedOut,
      goodput: (counts.answered / (durationMs - measureFromMs)) * 1_000,
      meanMs: sorted.reduce((sum, ms) => sum + ms, 0) / sorted.length,
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
      series: this.#series,
    };
  }
}

/** Runs a scenario to its end. */
export function simulate(scenario: Scenario): Report {
  return new Simulation(scenario).run();
}
