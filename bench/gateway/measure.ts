/** Proxies under the same load, one at a time, each in a fresh process each round. */
import { join } from "node:path";
import { type Server, startServer } from "../harness/child.js";
import type { Pace } from "../harness/process-result.js";
import { median, spread } from "../harness/statistics.js";
import type { GatewayResults, ProxyRow, Verdict } from "../report/results.js";
import { gatewayTargets } from "../targets.js";
import { findLoad, type LoadResult } from "./load.js";
import { startUpstream } from "./upstream.js";

/** Who forwards; without a program the load goes to the upstream itself. */
interface Proxy {
  readonly name: string;
  readonly package?: string;
  readonly program?: string;
  readonly mode?: string;
}

const plain = "plain node:http + undici";
const viaFastify = "@fastify/http-proxy";

const proxies: readonly Proxy[] = [
  { name: "no proxy" },
  { name: plain, package: "undici", program: "plain" },
  { name: viaFastify, package: "@fastify/http-proxy", program: "fastify" },
  { name: "holdfast gateway, bare route", package: "holdfast", program: "holdfast", mode: "bare" },
  { name: "holdfast gateway, full chain", package: "holdfast", program: "holdfast", mode: "full" },
];

/** Measures all proxies. */
export async function measureGateway(
  built: string,
  pace: Pace,
  versions: Readonly<Record<string, string>>,
  say: (text: string) => void,
): Promise<GatewayResults> {
  const upstream = await startUpstream(built);
  const load = findLoad(built);
  const rounds = new Map<string, LoadResult[]>(proxies.map(({ name }) => [name, []]));
  const errors = new Map<string, string>();

  async function underLoad(proxy: Proxy): Promise<LoadResult> {
    const server: Server =
      proxy.program === undefined
        ? { url: upstream.url, stop: async () => {} }
        : await startServer(join(built, "gateway", `${proxy.program}.process.mjs`), [upstream.url, proxy.mode ?? ""]);
    try {
      await load.run(`${server.url}/`, pace.loadWarmSeconds);
      return await load.run(`${server.url}/`, pace.loadSeconds);
    } finally {
      await server.stop();
    }
  }

  try {
    for (let round = 1; round <= pace.rounds; round++) {
      for (const proxy of proxies) {
        if (errors.has(proxy.name)) continue;
        try {
          const result = await underLoad(proxy);
          rounds.get(proxy.name)!.push(result);
          say(
            `round ${round}/${pace.rounds}  gateway/${proxy.name}: ${Math.round(result.requestsPerSecond)} requests/s`,
          );
        } catch (error) {
          errors.set(proxy.name, (error as Error).message.split("\n", 1)[0]!);
          say(`round ${round}/${pace.rounds}  gateway/${proxy.name} failed: ${(error as Error).message}`);
        }
      }
    }
  } finally {
    await upstream.stop();
  }
  const rows = proxies.map(({ name, package: from }) =>
    proxyRow(name, from === undefined ? undefined : versions[from], rounds, errors.get(name)),
  );
  return { upstream: upstream.what, load: load.what, rows };
}

/** Requests a second over another's, in each round. */
function shareOf(rounds: ReadonlyMap<string, readonly LoadResult[]>, name: string, of: string): number {
  const others = rounds.get(of) ?? [];
  const own = rounds.get(name) ?? [];
  return median(
    own.flatMap((result, index) => {
      const other = others[index];
      return other === undefined ? [] : [result.requestsPerSecond / other.requestsPerSecond];
    }),
  );
}

function verdictFor(rounds: ReadonlyMap<string, readonly LoadResult[]>, name: string): Verdict | undefined {
  const target = gatewayTargets.find(({ proxy }) => proxy === name);
  if (target === undefined) return undefined;
  const ratio = shareOf(rounds, name, target.of) / target.factor;
  return Number.isNaN(ratio) ? undefined : { target: target.text, ratio, hit: ratio >= 1 };
}

function proxyRow(
  proxy: string,
  version: string | undefined,
  rounds: ReadonlyMap<string, readonly LoadResult[]>,
  error: string | undefined,
): ProxyRow {
  const own = error === undefined ? (rounds.get(proxy) ?? []) : [];
  const rates = own.map(({ requestsPerSecond }) => requestsPerSecond);
  return {
    proxy,
    version,
    requestsPerSecond: median(rates),
    spread: spread(rates),
    p50Ms: median(own.map(({ p50Ms }) => p50Ms)),
    p99Ms: median(own.map(({ p99Ms }) => p99Ms)),
    errors: own.reduce((sum, { errors }) => sum + errors, 0),
    ofPlain: shareOf(rounds, proxy, plain),
    ofFastify: shareOf(rounds, proxy, viaFastify),
    verdict: error === undefined ? verdictFor(rounds, proxy) : undefined,
    error,
    rounds: own,
  };
}
