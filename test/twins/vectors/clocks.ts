/** The vectors of clocks. Timestamps are hexadecimal, since they have 64 bits; orders are numbered as in `assembly/clocks/order.ts`. */

import { HybridTwin } from "../hybrid-clock.js";
import * as interval from "../interval-tree.js";
import { numbers } from "../numbers.js";
import { joinOfClocks, orderOfClocks } from "../vector-clock.js";
import { type Counters, DottedSetTwin, DottedTwin, order } from "../version-vectors.js";

/** A timestamp in hexadecimal, or why there is none. */
const told = (answer: bigint | number): string | number => (typeof answer === "bigint" ? answer.toString(16) : answer);

export type HybridStep =
  | readonly ["now", us: number, count: number, first: string | number]
  /** 0, or why not; text where the remote clock is too far ahead, by how many microseconds in hexadecimal. */
  | readonly ["update", us: number, remote: string, answer: string | number]
  | readonly ["arm", us: number, armed: boolean]
  | readonly ["bound", us: number]
  | readonly ["look", last: string, stepsBack: number];

export interface HybridVectors {
  readonly cases: readonly {
    readonly logicalBits: number;
    readonly offsetMaxUs: number;
    readonly steps: readonly HybridStep[];
  }[];
}

function hybridVectors(): HybridVectors {
  const shapes = [
    { logicalBits: 12, offsetMaxUs: 500 },
    { logicalBits: 4, offsetMaxUs: 0 },
    { logicalBits: 8, offsetMaxUs: 100 },
  ];
  return {
    cases: shapes.map((shape, index) => {
      const below = numbers(400 + index);
      const twin = new HybridTwin(shape.logicalBits, BigInt(shape.offsetMaxUs));
      let us = 1_764_000_000_000_000;
      const steps = Array.from({ length: 150 }, (): HybridStep => {
        us += below(8) === 0 ? below(700) - 200 : below(3);
        const what = below(20);
        if (what < 10) {
          const count = 1 + below(20);
          const given = twin.now(BigInt(us), count);
          return ["now", us, count, told(typeof given === "number" ? given : given[0]!)];
        }
        if (what < 15) {
          const [wall, logical] = [BigInt(us + below(900) - 200), BigInt(below(16))];
          const remote = told(twin.pack(wall, logical)) as string;
          return ["update", us, remote, told(twin.update(wall, logical, BigInt(us)))];
        }
        if (what < 17) return ["look", twin.pack().toString(16), twin.stepsBack];
        if (what < 19) {
          twin.arm(what === 17, BigInt(us));
          return ["arm", us, what === 17];
        }
        const bound = below(2) === 0 ? 0 : us + below(3_000);
        twin.bound = BigInt(bound);
        return ["bound", bound];
      });
      return { ...shape, steps };
    }),
  };
}

export interface VectorClockVectors {
  readonly cases: readonly {
    readonly one: readonly number[];
    readonly other: readonly number[];
    readonly order: number;
    readonly merged: readonly number[];
  }[];
}

function vectorClockVectors(): VectorClockVectors {
  const below = numbers(500);
  return {
    cases: Array.from({ length: 60 }, (_, index) => {
      const one = Array.from({ length: 1 + (index % 7) }, () => below(3));
      const other = one.map((count) => (below(3) === 0 ? below(4) : count));
      return { one, other, order: orderOfClocks(one, other), merged: joinOfClocks(one, other) };
    }),
  };
}

export interface DottedSetVectors {
  readonly runs: readonly (readonly {
    /** A write of `value` through `server` with `context`; or that `server` syncs with `other`. */
    readonly server: number;
    readonly context?: Counters;
    readonly value?: number;
    readonly other?: number;
    readonly rows: DottedSetTwin["rows"];
    /** How the server then stands to server 0. */
    readonly order: number;
  }[])[];
}

function dottedSetVectors(): DottedSetVectors {
  return {
    runs: [0, 1, 2].map((index) => {
      const below = numbers(600 + index);
      const sets = [new DottedSetTwin(), new DottedSetTwin(), new DottedSetTwin()];
      const contexts: Counters[] = [[]];
      return Array.from({ length: 30 }, (_, value) => {
        const server = below(3);
        const set = sets[server]!;
        const after = () => ({ rows: set.rows, order: order(set.events, sets[0]!.events) });
        if (below(3) === 0) {
          const other = below(3);
          set.sync(sets[other]!);
          return { server, other, ...after() };
        }
        const context = contexts[below(contexts.length)]!;
        set.update(context, server, value);
        contexts.push(set.context);
        return { server, context, value, ...after() };
      });
    }),
  };
}

type Version = readonly [context: Counters, id: number, counter: number];

export interface DottedVectors {
  readonly cases: readonly {
    readonly one: Version;
    readonly other: Version;
    readonly order: number;
    readonly known: Counters;
  }[];
}

function dottedVectors(): DottedVectors {
  const below = numbers(700);
  const version = (): Version => {
    const context = [0, 1, 2].flatMap((id) => (below(3) === 0 ? [] : [[id, 1 + below(3)] as const]));
    const id = below(3);
    return [context, id, (context.find(([each]) => each === id)?.[1] ?? 0) + 1 + below(2)];
  };
  return {
    cases: Array.from({ length: 60 }, () => {
      const [one, other] = [version(), version()];
      const twin = new DottedTwin(...one);
      return { one, other, order: twin.compare(new DottedTwin(...other)), known: twin.context };
    }),
  };
}

export interface IntervalTreeVectors {
  readonly runs: readonly (readonly {
    readonly op: "event" | "fork" | "join" | "peek";
    /** Which stamp of the list; of a join and of a message also whose events it takes over. */
    readonly args: readonly number[];
    /** All stamps then, as codes in hexadecimal. */
    readonly codes: readonly string[];
    /** How the first stamp stands to the last. */
    readonly order: number;
  }[])[];
}

function intervalTreeVectors(): IntervalTreeVectors {
  return {
    runs: [0, 1, 2].map((index) => {
      const below = numbers(800 + index);
      const stamps = [interval.seed];
      return Array.from({ length: 40 }, () => {
        const i = below(stamps.length);
        const j = below(stamps.length);
        const ops = ["event", "event", "fork", i === j || stamps.length < 4 ? "fork" : "join", "peek"] as const;
        const picked = ops[below(ops.length)]!;
        const op = picked === "fork" && stamps.length > 6 ? "event" : picked;
        if (op === "event") stamps[i] = interval.event(stamps[i]!);
        else if (op === "fork") {
          const [left, right] = interval.fork(stamps[i]!);
          stamps[i] = left;
          stamps.push(right);
        } else if (op === "peek") stamps[i] = interval.join(stamps[i]!, interval.peek(stamps[j]!));
        else {
          stamps[i] = interval.join(stamps[i]!, stamps[j]!);
          stamps.splice(j, 1);
        }
        const [first, last] = [stamps[0]!, stamps.at(-1)!];
        const order = (interval.leq(last, first) ? 0 : 1) | (interval.leq(first, last) ? 0 : 2);
        return {
          op,
          args: op === "join" || op === "peek" ? [i, j] : [i],
          codes: stamps.map((each) => interval.encode(each).hex),
          order,
        };
      });
    }),
  };
}

/** The vector files of clocks by name. */
export const clockVectorFiles = {
  "dotted.json": dottedVectors,
  "dotted-set.json": dottedSetVectors,
  "hybrid-clock.json": hybridVectors,
  "interval-tree.json": intervalTreeVectors,
  "vector-clock.json": vectorClockVectors,
} as const;
