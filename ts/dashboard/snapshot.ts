/**
 * What the dashboard draws, as plain data. The gateway fills one in every second and sends it to each open page; tests,
 * recordings and other embedders can make them too. Nothing here knows HTTP, policies or the page.
 *
 * Three rules keep the numbers honest:
 * - a **count** (`requests`, `retries`, `outcomes`, `rejections`, `allowed` …) runs from the start of the process and
 *   only grows, so a reader who wants a rate takes the difference of two snapshots;
 * - a **reading** (`ratePerSecond`, `latencyMs`, `level`, `load` …) describes the last ten seconds or this very moment;
 * - a quantile of nothing is 0, and the count beside it says that it is nothing.
 */

/** How a request ended, seen from the client. Every request has exactly one. */
export type TrafficOutcome =
  /** Answered with a status below 400. */
  | "ok"
  /** Answered by the upstream with a 4xx status: the client's own mistake. */
  | "client-error"
  /** Answered by the upstream with a 5xx status. */
  | "server-error"
  /** Refused by a policy or a guard of the gateway; `rejections` says by which. */
  | "rejected"
  /** No answer in time. */
  | "timeout"
  /** No answer at all: connection refused, reset, or cut short. */
  | "upstream-failure"
  /** The client went away first. */
  | "aborted";

/** All outcomes, in the order in which they are shown. */
export const trafficOutcomes: readonly TrafficOutcome[] = [
  "ok",
  "client-error",
  "server-error",
  "rejected",
  "timeout",
  "upstream-failure",
  "aborted",
];

/**
 * Quantiles of recent latency, in milliseconds, measured from the request's arrival to the end of its answer. Refused
 * requests are left out: they are quick, and a storm of them would make a slow gateway look fast.
 */
export interface LatencyView {
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** Traffic through the whole gateway, or through one route. */
export interface TrafficView {
  /** Requests that arrived since the start. */
  readonly requests: number;
  /** Requests a second, lately. */
  readonly ratePerSecond: number;
  /** Requests that have arrived and are not yet answered. */
  readonly inFlight: number;
  /** Attempts beyond the first, since the start. */
  readonly retries: number;
  readonly latencyMs: LatencyView;
  /** Finished requests since the start, by how they ended. */
  readonly outcomes: Readonly<Record<TrafficOutcome, number>>;
  /** Refused requests since the start, by reason: `rate-limit`, `breaker-open`, `concurrency`, `no-instance`, `bad-request` … */
  readonly rejections: Readonly<Record<string, number>>;
}

/** A route's keyed rate limiter. */
export interface LimiterView {
  /** Permits a period. */
  readonly limit: number;
  /** The period, in milliseconds. */
  readonly perMs: number;
  /** Most permits that one key can spend at once. */
  readonly burst: number;
  /** Keys that the limiter remembers now, and the most that it will. */
  readonly keys: number;
  readonly maxKeys: number;
  /** Decisions since the start. */
  readonly allowed: number;
  readonly rejected: number;
  /** How much of its burst the busiest key has used up: 0 is idle, 1 means that its next request is refused. */
  readonly level: number;
}

/** A route's limit of requests at the same time. */
export interface ConcurrencyView {
  readonly limit: number;
  readonly inUse: number;
  readonly queued: number;
}

/** One route: which requests it takes, where they go, and the policies on the way. */
export interface RouteView {
  readonly name: string;
  /** Host and path prefix that it takes, as written in the configuration. */
  readonly match: string;
  /** Name of the upstream. */
  readonly upstream: string;
  readonly traffic: TrafficView;
  readonly limiter?: LimiterView;
  readonly concurrency?: ConcurrencyView;
  /** Whether the upstream's instances are behind circuit breakers on this route. */
  readonly breaker?: boolean;
}

/** One change of a breaker's state. */
export interface TransitionView {
  /** Wall-clock time, in milliseconds since 1970. */
  readonly atMs: number;
  readonly from: string;
  readonly to: string;
  /** The rule that caused it, such as `threshold`, `elapsed` or `probes`. */
  readonly reason: string;
}

/** A circuit breaker: its state now, and how it got there. */
export interface BreakerView {
  /** `closed`, `open`, `half-open`, `forced-open` or `disabled`. */
  readonly state: string;
  /** Wall-clock time of the last change (of the breaker's birth where there was none), in milliseconds since 1970. */
  readonly sinceMs: number;
  /** Milliseconds until an open breaker lets the next call try. */
  readonly retryAfterMs?: number;
  /** Share of failed calls in its window, 0 to 1. */
  readonly failureRate: number;
  /** Calls in its window. */
  readonly calls: number;
  /** The latest changes, oldest first. */
  readonly transitions: readonly TransitionView[];
}

/** One instance of an upstream. */
export interface InstanceView {
  /** Unique in the gateway, such as `users/10.0.0.7:3000`. */
  readonly id: string;
  readonly url: string;
  /** Whether the balancer gives it traffic. */
  readonly healthy: boolean;
  /**
   * The balancer's score, in milliseconds: how long a request is expected to take here, by recent latency, recent
   * failures and requests in flight. Of two instances the lower one is chosen.
   */
  readonly load: number;
  readonly inFlight: number;
  /** Attempts sent to it, and those of them that failed, since the start. */
  readonly requests: number;
  readonly failures: number;
  readonly latencyMs: { readonly p50: number; readonly p99: number };
  readonly breaker?: BreakerView;
}

/** One upstream and its instances. */
export interface UpstreamView {
  readonly name: string;
  readonly instances: readonly InstanceView[];
}

/** One second of the whole gateway. */
export interface HistoryPoint {
  /** Wall-clock time at the END of the second, in milliseconds since 1970. */
  readonly atMs: number;
  /** Requests that ended in it; `errors` and `rejections` are among them. */
  readonly requests: number;
  /** Ended with a server error, a timeout or an upstream failure. */
  readonly errors: number;
  readonly rejections: number;
  /** Latency quantiles of that second, in milliseconds, without refused requests. */
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
}

/** Where the configuration came from and how its last reload went. */
export interface ConfigView {
  /** File name, or a word such as `code`. */
  readonly source: string;
  /** 1 for the first configuration, one more for each that replaced it. */
  readonly generation: number;
  /** Wall-clock time at which the one in use was loaded, in milliseconds since 1970. */
  readonly loadedAtMs: number;
  /** Why the latest reload was refused; absent when the latest file is the one in use. */
  readonly error?: string;
}

/** Everything that the dashboard shows at one moment. */
export interface DashboardSnapshot {
  readonly version: 1;
  /** Heading of the page. */
  readonly title: string;
  /** Wall-clock time of this snapshot, in milliseconds since 1970. */
  readonly atMs: number;
  readonly uptimeMs: number;
  /** Whether the embedder offers the fault actions of the demonstration. */
  readonly demo: boolean;
  /** Which build of the core decides, and why that one. */
  readonly core: { readonly profile: string; readonly reason: string };
  readonly config: ConfigView;
  readonly totals: TrafficView;
  readonly routes: readonly RouteView[];
  readonly upstreams: readonly UpstreamView[];
  /** The last 120 seconds, one point a second, oldest first. */
  readonly history: readonly HistoryPoint[];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Whether `value` is a snapshot that this version of the page can draw. It looks at the version and at the outermost
 * shape only, so that a newer sender may add members; use it on what arrives from another process.
 *
 * @example
 * ```ts
 * import { isDashboardSnapshot } from "holdfast/dashboard";
 *
 * isDashboardSnapshot({ version: 2 }); // => false
 * ```
 */
export function isDashboardSnapshot(value: unknown): value is DashboardSnapshot {
  return (
    isRecord(value) &&
    value["version"] === 1 &&
    typeof value["title"] === "string" &&
    typeof value["atMs"] === "number" &&
    typeof value["uptimeMs"] === "number" &&
    typeof value["demo"] === "boolean" &&
    isRecord(value["core"]) &&
    isRecord(value["config"]) &&
    isRecord(value["totals"]) &&
    Array.isArray(value["routes"]) &&
    Array.isArray(value["upstreams"]) &&
    Array.isArray(value["history"])
  );
}
