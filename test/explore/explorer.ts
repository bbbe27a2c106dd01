/**
 * Every schedule of a few threads over the shipped code: README.md in this folder says what is searched, what is found, and
 * what bounds the search.
 */

import { linearization, type Model, type Operation } from "./linearizability.js";
import { type Access, type Calls, footprintsOf, type Machine } from "./machine.js";
import { SharedMemory, structureStart } from "./memory.js";

/** One call of a thread, and what it asks of the model. */
export interface Call<Input> {
  readonly input: Input;
  /** Runs it; `earlier` are the results of the thread's calls before it. */
  run(calls: Calls, earlier: readonly number[]): number;
  /**
   * What the model is told in place of the result, where the call left the rest of its answer in memory that nobody else writes
   * before the thread's next call.
   */
  tell?(memory: SharedMemory, result: number): number;
  /** Whether it is made at all, where that depends on the thread's results before. One that is not counts as 0 in them. */
  when?(earlier: readonly number[]): boolean;
}

/** A mistake that a scenario must find: `search`, which stands so many `times` in `file` (default: once), becomes `replace`. */
export interface Mutant {
  readonly file: string;
  readonly search: string;
  readonly replace: string;
  readonly times?: number;
}

/** What is explored. */
export interface Scenario<Input, State> {
  readonly name: string;
  /** What is explored, by its name in the conformance program; `test/matrix.test.ts` looks for it. */
  readonly structure: string;
  /** Takes minutes: left to `npm run explore`. */
  readonly large?: boolean;
  /** Bytes of shared memory, the first 64 included. */
  readonly bytes: number;
  /** Sources that export what it calls, for builds with a mistake in them. */
  readonly entries: readonly string[];
  readonly mutants: readonly Mutant[];
  /** Lays the structures out; `at` is where there is room. What no call writes is written by way of `view`. */
  setUp(calls: Calls, at: number, view: DataView): void;
  /** The calls of each thread, in order. */
  readonly threads: readonly (readonly Call<Input>[])[];
  /**
   * Threads, from 0, that may die between any two accesses: what the others come to is judged without them too. The model must
   * be content whether a call that was cut off had an effect or not.
   */
  readonly mortal?: readonly number[];
  readonly model: Model<Input, State>;
  /** What must hold when all have ended, beyond the model: undefined, or what is wrong. */
  atEnd?(calls: Calls, results: readonly (readonly number[])[]): string | undefined;
}

/** What the search found. */
export interface Exploration {
  /** Distinct states that were reached. */
  readonly states: number;
  /** Distinct histories that were judged. */
  readonly histories: number;
  /** What went wrong, and the schedule that led there; undefined where nothing did. */
  readonly failure: { readonly what: string; readonly schedule: readonly string[] } | undefined;
  /** Whether every schedule was searched; false where the search was stopped by its limit. */
  readonly complete: boolean;
}

interface Thread {
  /** Which call it is in, or comes next. */
  readonly call: number;
  /** What the call has read so far. */
  readonly read: readonly bigint[];
  /** What it did, to see that it spins. */
  readonly made: readonly Access[];
  /** The access that comes next; undefined where the thread has ended. */
  readonly next: Access | undefined;
  /** How many calls of each thread had ended when the call began; undefined before its first access. */
  readonly after: readonly number[] | undefined;
  readonly results: readonly number[];
  /** Whether it waits to be notified, or was and has yet to go on. */
  readonly rest: "none" | "parked" | "woken";
}

interface State<Input> {
  readonly memory: SharedMemory;
  readonly threads: readonly Thread[];
  readonly operations: readonly Operation<Input>[];
  readonly last: Step<Input> | undefined;
}

/** A step and the ones before it, for the transcript of a failure. */
interface Step<Input> {
  readonly text: string;
  readonly before: Step<Input> | undefined;
}

class Found extends Error {}

/** Most states of one scenario; a search that reaches it is not complete. */
const defaultMaxStates = 2_000_000;
/** A spinning thread is seen by so many accesses that repeat. */
const longestSpin = 6;

/** Makes a call at once, on its own, against a memory. */
function alone(machine: Machine, memory: SharedMemory, call: (calls: Calls) => number): number {
  const read: bigint[] = [];
  for (;;) {
    const progress = machine.run(call, read);
    if ("result" in progress) return progress.result;
    const { kind } = progress.access;
    if (kind === "wait") throw new Error("a call of the set-up or of the end would wait");
    read.push(kind === "notify" ? 0n : memory.perform(progress.access));
  }
}

/** The exported functions, each made at once against a memory. */
function callsAlone(machine: Machine, memory: SharedMemory): Calls {
  return new Proxy({} as Calls, {
    get:
      (_, name: string) =>
      (...args: number[]) =>
        alone(machine, memory, (calls) => calls[name]!(...args)),
  });
}

/** Two 32-bit hashes side by side: 2^53 values, so that a million states collide once in ten thousand searches. */
class Hash {
  #a = 0x811c9dc5;
  #b = 0x9e3779b9;

  number(value: number): void {
    this.#a = Math.imul(this.#a ^ value, 0x01000193);
    this.#b = Math.imul(this.#b ^ value, 0x85ebca6b);
    this.#b ^= this.#b >>> 15;
  }

  wide(value: bigint): void {
    this.number(Number(value & 0xffffffffn));
    this.number(Number(value >> 32n));
  }

  get value(): number {
    return (this.#a >>> 0) * 2 ** 21 + ((this.#b >>> 0) & (2 ** 21 - 1));
  }
}

/** The explorer of one scenario. */
class Search<Input, ModelState> {
  readonly #machine: Machine;
  readonly #scenario: Scenario<Input, ModelState>;
  readonly #maxStates: number;
  readonly #visited = new Set<number>();
  readonly #histories = new Set<string>();
  /** Bytes that some thread wrote: reading others is the same whenever it is done, and so is no step. */
  readonly #written: Uint8Array;
  states = 0;

  constructor(machine: Machine, scenario: Scenario<Input, ModelState>, written: Uint8Array, maxStates: number) {
    this.#machine = machine;
    this.#scenario = scenario;
    this.#written = written;
    this.#maxStates = maxStates;
  }

  get histories(): number {
    return this.#histories.size;
  }

  /** Searches all schedules; true where it was complete. Throws {@link Found}, or {@link Learnt} where it must begin anew. */
  run(): boolean {
    const memory = new SharedMemory(new Uint8Array(this.#scenario.bytes));
    const { buffer, byteOffset } = memory.bytes;
    this.#scenario.setUp(callsAlone(this.#machine, memory), structureStart, new DataView(buffer, byteOffset));
    const idle: Thread = { call: 0, read: [], made: [], next: undefined, after: undefined, results: [], rest: "none" };
    const start: State<Input> = {
      memory,
      threads: this.#scenario.threads.map((_, thread) => this.#advance(idle, thread, memory)),
      operations: [],
      last: undefined,
    };
    const waiting = [start];
    for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
      if (this.states >= this.#maxStates) return false;
      const key = this.#keyOf(state);
      if (this.#visited.has(key)) continue;
      this.#visited.add(key);
      this.states++;
      this.#refuseRaces(state);
      const able = state.threads.flatMap((thread, index) => (this.#isAble(thread, state.memory) ? [index] : []));
      // Where only mortal threads could go on, they may have died.
      if (able.every((index) => this.#isMortal(index))) this.#judge(state);
      for (const index of able) waiting.push(this.#step(state, index));
    }
    return true;
  }

  /** Runs a thread up to its next access that others can notice; calls that make none end at once. */
  #advance(thread: Thread, index: number, memory: SharedMemory): Thread {
    const call = this.#scenario.threads[index]![thread.call];
    if (call === undefined) return { ...thread, next: undefined };
    if (call.when?.(thread.results) === false) {
      return this.#advance({ ...thread, call: thread.call + 1, results: [...thread.results, 0] }, index, memory);
    }
    const read = [...thread.read];
    const made = [...thread.made];
    for (;;) {
      const progress = this.#machine.run((calls) => call.run(calls, thread.results), read);
      if ("result" in progress) {
        // No access is left: the call ended with the one before. One without any access would never begin.
        if (read.length === 0) throw new Error(`${this.#scenario.name}: a call makes no access to shared memory`);
        const result = call.tell?.(memory, progress.result) ?? progress.result;
        return { ...thread, read, made, next: undefined, results: [...thread.results, result] };
      }
      const { access } = progress;
      // The first access is always a step: it is when the call begins.
      const isStep = read.length === 0 || access.kind !== "load" || this.#noticeable(access);
      if (isStep) return { ...thread, read, made, next: access };
      read.push(memory.read(access.address, access.bytes));
      made.push(access);
    }
  }

  /** Whether any thread ever writes what an access reads. Writes mark what they touch. */
  #noticeable(access: Access): boolean {
    const from = access.address;
    for (let at = from; at < from + access.bytes; at++) if (this.#written[at] === 1) return true;
    return false;
  }

  #mark(access: Access): void {
    let learnt = false;
    for (const { address, bytes, writes } of footprintsOf(access)) {
      for (let at = address; writes && at < address + bytes; at++) {
        if (this.#written[at] === 0) learnt = true;
        this.#written[at] = 1;
      }
    }
    if (learnt) throw new Learnt();
  }

  /** Lets one thread make its next access. */
  #step(state: State<Input>, index: number): State<Input> {
    const thread = state.threads[index]!;
    const access = thread.next!;
    this.#mark(access);
    const memory = state.memory.copy();
    const threads = [...state.threads];
    const after = thread.after ?? state.threads.map(({ call }) => call);
    const last = { text: this.#describe(index, thread.call, access, state.memory), before: state.last };
    const fail = (what: string): never => this.#fail(what, last);

    let seen: bigint;
    if (access.kind === "wait") {
      if (thread.rest === "none" && memory.read(access.address, access.bytes) === access.operands[0]) {
        threads[index] = { ...thread, after, rest: "parked" };
        return { ...state, threads, last };
      }
      seen = thread.rest === "woken" ? 0n : 1n;
    } else if (access.kind === "notify") {
      let woken = 0n;
      threads.forEach((other, place) => {
        if (other.rest !== "parked" || other.next!.address !== access.address || woken >= access.operands[0]!) return;
        woken++;
        threads[place] = { ...other, rest: "woken" };
      });
      seen = woken;
    } else {
      try {
        seen = memory.perform(access);
      } catch (error) {
        return fail((error as Error).message);
      }
    }
    const moved = this.#goOn({ ...thread, after, rest: "none" }, index, seen, memory);
    if (moved.results.length === thread.results.length) {
      threads[index] = moved;
      return { ...state, memory, threads, last };
    }
    const operation: Operation<Input> = {
      input: this.#scenario.threads[index]![thread.call]!.input,
      result: moved.results.at(-1)!,
      after,
      thread: index,
      index: thread.call,
    };
    const text = `thread ${index + 1}: ${JSON.stringify(operation.input)} = ${operation.result}`;
    const rested: Thread = { ...moved, call: thread.call + 1, read: [], made: [], after: undefined };
    threads[index] = this.#advance(rested, index, memory);
    return { memory, threads, operations: [...state.operations, operation], last: { text, before: last } };
  }

  #goOn(thread: Thread, index: number, seen: bigint, memory: SharedMemory): Thread {
    const moved = { ...thread, read: [...thread.read, seen], made: [...thread.made, thread.next!] };
    return this.#advance(moved, index, memory);
  }

  /**
   * Whether a step of the thread can change anything. One that repeats the same reads with the same answers spins: it is
   * able again when one of them would be answered differently.
   */
  #isAble({ next, rest, read, made }: Thread, memory: SharedMemory): boolean {
    if (next === undefined || rest === "parked") return false;
    for (let period = 1; period <= longestSpin && 2 * period <= made.length; period++) {
      const turn = made.slice(-period);
      const answers = read.slice(-period);
      const repeats = turn.every((access, place) => {
        const earlier = made.length - 2 * period + place;
        return (
          readsOnly(access, answers[place]!) &&
          access.address === made[earlier]!.address &&
          access.kind === made[earlier]!.kind &&
          answers[place] === read[earlier]
        );
      });
      if (repeats && next.address === turn[0]!.address && next.kind === turn[0]!.kind) {
        return turn.some(({ address, bytes }, place) => memory.read(address, bytes) !== answers[place]);
      }
    }
    return true;
  }

  #isMortal(thread: number): boolean {
    return this.#scenario.mortal?.includes(thread) === true;
  }

  /** All threads rest: they have ended, or died, and the history must be explained; or some wait for what will not come. */
  #judge(state: State<Input>): void {
    const stuck = state.threads.flatMap(({ next, rest }, index) =>
      next === undefined || this.#isMortal(index)
        ? []
        : [`thread ${index + 1} ${rest === "parked" ? "is parked" : "spins"} at ${next.address}`],
    );
    if (stuck.length > 0) this.#fail(`nobody can go on: ${stuck.join(", ")}`, state.last);
    const history = JSON.stringify([...state.operations].sort((a, b) => a.thread - b.thread || a.index - b.index));
    const atEnd = this.#scenario.atEnd?.(
      callsAlone(this.#machine, state.memory.copy()),
      state.threads.map(({ results }) => results),
    );
    if (atEnd !== undefined) this.#fail(atEnd, state.last);
    if (this.#histories.has(history)) return;
    this.#histories.add(history);
    if (linearization(state.operations, this.#scenario.model) === undefined)
      this.#fail("no order of the calls explains their results", state.last);
  }

  /** Two accesses that could be made side by side, to the same bytes, one of them a write and one of them plain. */
  #refuseRaces(state: State<Input>): void {
    const { threads } = state;
    for (let one = 0; one < threads.length; one++) {
      for (let two = one + 1; two < threads.length; two++) {
        const [a, b] = [threads[one]!.next, threads[two]!.next];
        if (a === undefined || b === undefined || (a.atomic && b.atomic)) continue;
        for (const x of footprintsOf(a)) {
          for (const y of footprintsOf(b)) {
            const meet = x.address < y.address + y.bytes && y.address < x.address + x.bytes;
            if (meet && (x.writes || y.writes)) {
              const text = [a, b]
                .map(({ atomic, kind }) => `${atomic ? "an atomic" : "a plain"} ${kind}`)
                .join(" and ");
              this.#fail(`a race at ${Math.max(x.address, y.address)}: ${text}`, state.last);
            }
          }
        }
      }
    }
  }

  #describe(index: number, call: number, access: Access, memory: SharedMemory): string {
    const { kind, atomic, address, bytes, operands } = access;
    const name = JSON.stringify(this.#scenario.threads[index]![call]!.input);
    const held = kind === "fill" || kind === "copy" ? "" : `, holding ${memory.read(address, bytes)}`;
    return `thread ${index + 1}, ${name}: ${atomic ? "" : "plain "}${kind} ${address} (${operands.join(", ")})${held}`;
  }

  #fail(what: string, last: Step<Input> | undefined): never {
    const schedule: string[] = [];
    for (let step = last; step !== undefined; step = step.before) schedule.unshift(step.text);
    throw Object.assign(new Found(what), { schedule });
  }

  #keyOf({ memory, threads, operations }: State<Input>): number {
    const hash = new Hash();
    const words = new Uint32Array(memory.bytes.buffer, memory.bytes.byteOffset, memory.bytes.length >> 2);
    for (const word of words) hash.number(word);
    for (const { call, read, rest, after } of threads) {
      hash.number(call * 8 + rests.indexOf(rest) * 2 + (after === undefined ? 1 : 0));
      hash.number(read.length);
      for (const value of read) hash.wide(value);
      for (const count of after ?? []) hash.number(count);
    }
    // The order in which calls ended matters only by what each was after.
    for (const { thread, index, result, after } of [...operations].sort(
      (a, b) => a.thread - b.thread || a.index - b.index,
    )) {
      hash.number(thread * 64 + index);
      hash.number(result | 0);
      for (const count of after) hash.number(count);
    }
    return hash.value;
  }
}

const rests: readonly Thread["rest"][] = ["none", "parked", "woken"];

class Learnt extends Error {}

function readsOnly({ kind, operands }: Access, seen: bigint): boolean {
  return kind === "load" || (kind === "compare-exchange" && seen !== operands[0]);
}

/** Searches every schedule of a scenario. */
export function explore<Input, State>(
  machine: Machine,
  scenario: Scenario<Input, State>,
  maxStates: number = defaultMaxStates,
): Exploration {
  const written = new Uint8Array(scenario.bytes);
  for (;;) {
    const search = new Search(machine, scenario, written, maxStates);
    try {
      const complete = search.run();
      return { states: search.states, histories: search.histories, failure: undefined, complete };
    } catch (error) {
      if (error instanceof Learnt) continue;
      if (!(error instanceof Found)) throw error;
      const { schedule } = error as Found & { readonly schedule: readonly string[] };
      const failure = { what: error.message, schedule };
      return { states: search.states, histories: search.histories, failure, complete: false };
    }
  }
}
