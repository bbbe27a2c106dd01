/** A load generator for machines without wrk: `load.process.mjs URL SECONDS`; each connection has one request under way. */
import { Pool } from "undici";
import { quantile } from "../harness/statistics.js";
import { connections } from "./answer.js";

const [url, seconds] = process.argv.slice(2);
if (url === undefined || seconds === undefined) throw new Error("give a URL and seconds");
const { origin, pathname } = new URL(url);
const pool = new Pool(origin, { connections, pipelining: 1 });
const latencies: number[] = [];
let errors = 0;
const startedMs = performance.now();
const untilMs = startedMs + Number(seconds) * 1_000;

async function client(): Promise<void> {
  while (performance.now() < untilMs) {
    const sentMs = performance.now();
    try {
      const { statusCode, body } = await pool.request({ path: pathname, method: "GET" });
      await body.dump();
      if (statusCode < 200 || statusCode > 299) errors++;
    } catch {
      errors++;
    }
    latencies.push(performance.now() - sentMs);
  }
}

await Promise.all(Array.from({ length: connections }, client));
const tookS = (performance.now() - startedMs) / 1_000;
await pool.close();
console.log(
  JSON.stringify({
    requestsPerSecond: latencies.length / tookS,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    errors,
  }),
);
