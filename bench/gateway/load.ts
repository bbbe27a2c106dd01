/** The load: wrk where it is installed, else a client of our own in another process. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { collectJson } from "../harness/child.js";
import { connections } from "./answer.js";
import { versionOf } from "./upstream.js";

/** What a proxy did under load. */
export interface LoadResult {
  readonly requestsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not 2xx, and connections that failed. */
  readonly errors: number;
}

export interface Load {
  readonly what: string;
  run(url: string, seconds: number): Promise<LoadResult>;
}

const unitsMs: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1_000, m: 60_000 };

/** Reads what `wrk --latency` prints. Throws where it lacks a figure. */
export function parseWrk(text: string): LoadResult {
  const rate = /^Requests\/sec:\s+([\d.]+)/m.exec(text)?.[1];
  const latency = (share: string): number => {
    const found = new RegExp(`^\\s+${share}%\\s+([\\d.]+)(us|ms|s|m)$`, "m").exec(text);
    return found === null ? Number.NaN : Number(found[1]) * unitsMs[found[2]!]!;
  };
  const p50Ms = latency("50");
  const p99Ms = latency("99");
  if (rate === undefined || Number.isNaN(p50Ms + p99Ms)) throw new Error(`wrk printed no figures:\n${text}`);
  const bad = Number(/^\s*Non-2xx or 3xx responses: (\d+)/m.exec(text)?.[1] ?? 0);
  const socket = /^\s*Socket errors: (.*)$/m.exec(text)?.[1]?.match(/\d+/g) ?? [];
  return {
    requestsPerSecond: Number(rate),
    p50Ms,
    p99Ms,
    errors: bad + socket.reduce((sum, count) => sum + Number(count), 0),
  };
}

const execute = promisify(execFile);

/** Picks the load generator. */
export function findLoad(built: string): Load {
  const version = versionOf("wrk", "-v");
  if (version !== undefined) {
    return {
      what: `${version.split(" [", 1)[0]}, ${connections} connections, 1 thread`,
      async run(url, seconds) {
        const args = ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", url];
        return parseWrk((await execute("wrk", args)).stdout);
      },
    };
  }
  return {
    what: `an undici client, ${connections} connections`,
    async run(url, seconds) {
      return (await collectJson(join(built, "gateway", "load.process.mjs"), [url, String(seconds)])) as LoadResult;
    },
  };
}
