/** Everything that a gateway's configuration may say, with defaults: the table behind the parser, the schema and the manual. */

import {
  absent,
  choice,
  duration,
  either,
  flag,
  integer,
  list,
  map,
  object,
  optional,
  type Read,
  real,
  record,
  required,
  size,
  text,
  words,
} from "./spec.js";

const day = 86_400_000;
const name = { pattern: "[A-Za-z][A-Za-z0-9_-]{0,63}", wanted: "a letter, then letters, digits, - or _, at most 64" };

const port = "(?:[0-9]|[1-9][0-9]{1,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])";
const hostName = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*";
const bracketed = "\\[[0-9A-Fa-f:.]+\\]";

/** A place to listen on; port 0 picks a free one. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
}

const listenAddress = map(
  text(`(?:${hostName}|${bracketed}):${port}`, 'a host and a port, such as "127.0.0.1:8080" or "[::1]:8080"'),
  (written): ListenAddress => {
    const colon = written.lastIndexOf(":");
    return { host: written.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(written.slice(colon + 1)) };
  },
);

const off = map(choice("off"), () => "off" as const);
const durationOrOff = either(off, duration(1, 7 * day));
const byteCount = size(0, 2 ** 40);
const pathPrefix = text("/(?:[A-Za-z0-9._~!$&'()*+,;=:@/-])*", "a path that starts with /, such as /api");
const methodName = text("[A-Z]{3,16}", "a method in capitals, such as GET");
const statusCode = integer(400, 599);

const limits = object("a mapping of limits", {
  headerBytes: optional(
    "headerBytes",
    size(1024, 2 ** 20),
    "Largest request head, in bytes; a larger one gets 431.",
    "16KiB",
    16_384,
  ),
  headerCount: optional("headerCount", integer(1, 2_000), "Most header fields in one request; more get 431.", 100, 100),
  urlBytes: optional("urlBytes", size(64, 2 ** 20), "Longest request target; a longer one gets 414.", "8KiB", 8_192),
  bodyBytes: optional(
    "bodyBytes",
    byteCount,
    "Largest request body; a larger one gets 413. A route may set its own.",
    "10MiB",
    10 * 2 ** 20,
  ),
  connections: optional(
    "connections",
    integer(1, 1_000_000),
    "Most client connections at once; further ones are closed at once.",
    10_000,
    10_000,
  ),
  headersTimeout: optional(
    "headersTimeoutMs",
    duration(10, day),
    "Time for a client to send the whole request head.",
    "10s",
    10_000,
  ),
  requestTimeout: optional(
    "requestTimeoutMs",
    duration(10, day),
    "Time for a client to send the whole request, body included.",
    "5m",
    300_000,
  ),
  idleTimeout: optional(
    "idleTimeoutMs",
    duration(10, day),
    "How long a client may neither send nor take a byte in the middle of an exchange.",
    "60s",
    60_000,
  ),
  keepAliveTimeout: optional(
    "keepAliveTimeoutMs",
    duration(10, day),
    "How long an idle client connection is kept.",
    "65s",
    65_000,
  ),
  underscores: optional(
    "underscores",
    choice("refuse", "allow"),
    "What to do with header names that contain _: many servers read X_Y as X-Y, so they are refused.",
    "refuse",
    "refuse" as const,
  ),
});

const admin = object("a mapping with listen and hosts", {
  listen: optional("listen", listenAddress, "Address of the admin listener.", "127.0.0.1:9900", {
    host: "127.0.0.1",
    port: 9900,
  } as ListenAddress),
  hosts: optional(
    "hosts",
    list(text(hostName, "a host name"), { min: 0, max: 64 }),
    "Further host names by which the admin listener may be asked; addresses and local names always may.",
    [],
    [] as readonly string[],
  ),
});

const accessLog = object("a mapping with enabled and query", {
  enabled: optional(
    "enabled",
    flag,
    "Whether each request is logged as one JSON line on standard output.",
    false,
    false,
  ),
  query: optional(
    "query",
    flag,
    "Whether the logged path includes the query string, which often holds secrets.",
    false,
    false,
  ),
});

const breaker = object("a mapping with the breaker's rules", {
  consecutiveFailures: absent(
    "consecutiveFailures",
    integer(1, 1_000),
    "Open after so many failures in a row, instead of by rates over a window.",
  ),
  window: optional(
    "windowMs",
    duration(1_000, day / 24),
    "Length of the sliding window over which rates are taken.",
    "10s",
    10_000,
  ),
  failureRate: optional(
    "failureRate",
    real(0.01, 1),
    "Open when at least this share of calls in the window failed.",
    0.5,
    0.5,
  ),
  slowRate: absent("slowRate", real(0.01, 1), "Open when at least this share of calls in the window was slow."),
  slowAfter: optional("slowAfterMs", duration(1, day), "A call that takes longer counts as slow.", "2s", 2_000),
  minimumCalls: optional(
    "minimumCalls",
    integer(1, 100_000),
    "Rates count only from so many calls in the window on.",
    20,
    20,
  ),
  openFor: optional(
    "openForMs",
    duration(1, day),
    "How long an open breaker refuses before it lets probes through.",
    "5s",
    5_000,
  ),
  probes: optional(
    "probes",
    integer(1, 1_000),
    "Probes that a half-open breaker lets through; all must succeed for it to close.",
    3,
    3,
  ),
});

const upstream = object("an upstream with its instances", {
  instances: required(
    "instances",
    list(
      text(
        `https?://(?:${hostName}|${bracketed})(?::${port})?/?`,
        "a URL without a path, such as http://10.0.0.7:3000",
      ),
      { min: 1, max: 1_024 },
    ),
    "The servers that share this work.",
  ),
  connections: optional("connections", integer(1, 65_535), "Most connections to one instance.", 128, 128),
  pending: optional(
    "pending",
    integer(0, 1_000_000),
    "Most requests that wait for a connection to one instance.",
    1_024,
    1_024,
  ),
  connectTimeout: optional(
    "connectTimeoutMs",
    duration(10, day),
    "Time to connect to an instance, TLS included.",
    "2s",
    2_000,
  ),
  keepAlive: optional(
    "keepAliveMs",
    duration(10, day),
    "How long an idle connection to an instance is kept, unless the instance says less.",
    "4s",
    4_000,
  ),
  breaker: optional(
    "breaker",
    either(off, breaker),
    "The circuit breaker that each instance gets.",
    words("on, with the defaults below"),
    breaker.defaults(),
  ),
  latencyDecay: optional(
    "latencyDecayMs",
    duration(100, day),
    "Time constant with which the balancer forgets old latencies (peak-EWMA).",
    "10s",
    10_000,
  ),
  defaultLatency: optional(
    "defaultLatencyMs",
    duration(1, day),
    "Latency assumed of an instance that has not answered yet.",
    "30ms",
    30,
  ),
  failurePenalty: optional(
    "failurePenaltyMs",
    duration(0, day),
    "Latency that a failure counts as, so that an instance which fails fast does not attract all traffic.",
    "5s",
    5_000,
  ),
  ca: absent(
    "ca",
    text("[^\\u0000]+", "a path of a PEM file"),
    "Certificates to trust for https instances instead of the system's; verification cannot be switched off.",
  ),
  serverName: absent(
    "serverName",
    text(hostName, "a host name"),
    "Name to ask for and to verify in the certificate of https instances, where it is not the URL's host.",
  ),
});

const retry = object("a mapping with the rules for retries", {
  attempts: optional("attempts", integer(1, 20), "Most attempts in all, the first included.", 3, 3),
  methods: optional(
    "methods",
    list(methodName, { min: 0, max: 32 }),
    "Methods that may be retried after the request was sent. Any method is retried where nothing was sent.",
    ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"],
    ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"] as readonly string[],
  ),
  statuses: optional(
    "statuses",
    list(statusCode, { min: 0, max: 200 }),
    "Statuses of an instance that are retried.",
    [502, 503, 504],
    [502, 503, 504] as readonly number[],
  ),
  replayBytes: optional(
    "replayBytes",
    size(0, 2 ** 26),
    "Most bytes of a request body that are kept for a retry; a request with a larger body is not retried once it was sent.",
    "64KiB",
    65_536,
  ),
  backoff: optional(
    "backoffMs",
    duration(0, 60_000),
    "Mean wait before the second attempt; doubles with each further one, with full jitter.",
    "25ms",
    25,
  ),
  maxBackoff: optional(
    "maxBackoffMs",
    duration(0, day / 24),
    "Longest wait between attempts, Retry-After aside.",
    "1s",
    1_000,
  ),
  budgetRatio: optional(
    "budgetRatio",
    real(0, 10),
    "Retries that each request earns for the route, so that retries cannot multiply an outage.",
    0.2,
    0.2,
  ),
  budgetPerSecond: optional(
    "budgetPerSecond",
    real(0, 1e6),
    "Retries a second that are allowed whatever the traffic.",
    10,
    10,
  ),
});

const rateLimit = object("a mapping with limit and per", {
  limit: required("limit", integer(1, 1_000_000_000), "Requests that one key may make in each period."),
  per: optional("perMs", duration(1, day), "The period.", "1s", 1_000),
  burst: absent(
    "burst",
    integer(1, 1_000_000_000),
    "Requests that one key may make at once after a pause. Default: limit.",
  ),
  algorithm: optional(
    "algorithm",
    choice("token-bucket", "gcra"),
    "How permits come back; the two agree on what is let through.",
    "token-bucket",
    "token-bucket" as const,
  ),
  key: optional(
    "key",
    either(choice("client"), text("header:[A-Za-z0-9-]{1,64}", "header:NAME")),
    "What is limited: the client's address (an IPv6 client is its /64 network), or the value of a header; a request without that header falls back to its client's address.",
    "client",
    "client" as string,
  ),
  maxKeys: optional("maxKeys", integer(16, 10_000_000), "Most keys that are remembered at once.", 100_000, 100_000),
});

const concurrency = object("a mapping with limit", {
  limit: required("limit", integer(1, 1_000_000), "Requests in progress at once."),
  queue: optional(
    "queue",
    integer(0, 1_000_000),
    "Requests that may wait for a place, first come, first served.",
    0,
    0,
  ),
  maxWait: optional("maxWaitMs", duration(1, day), "Longest wait for a place.", "1s", 1_000),
});

const hostPattern = text(
  `(?:\\*\\.)?${hostName}|${bracketed}`,
  "a host name without a port, or *.example.com for every name below it",
);

const route = object("a route with name and upstream", {
  name: required("name", text(name.pattern, name.wanted), "Name in metrics, logs and on the dashboard."),
  match: optional(
    "match",
    object("a mapping with hosts and path", {
      hosts: optional(
        "hosts",
        list(hostPattern, { min: 1, max: 256 }),
        "Hosts that this route serves; absent means every host.",
        words("every host"),
        [] as readonly string[],
      ),
      path: optional(
        "path",
        pathPrefix,
        "Path prefix, compared segment by segment: /api serves /api and /api/x, not /apix. The longest wins.",
        "/",
        "/",
      ),
    }),
    "Which requests take this route; an exact host beats a pattern, then the longest path wins.",
    words("everything"),
    { hosts: [] as readonly string[], path: "/" },
  ),
  upstream: required("upstream", text(name.pattern, name.wanted), "Name of the upstream that serves it."),
  stripPrefix: optional(
    "stripPrefix",
    flag,
    "Whether the matched path prefix is taken off before forwarding.",
    false,
    false,
  ),
  rewritePrefix: absent(
    "rewritePrefix",
    pathPrefix,
    "What the matched path prefix is replaced with before forwarding.",
  ),
  preserveHost: optional("preserveHost", flag, "Whether the instance sees the client's Host, or its own.", true, true),
  timeout: optional(
    "timeoutMs",
    durationOrOff,
    "Time for the whole exchange, retries included, from the moment the request was received and admitted; off for endless responses.",
    "30s",
    30_000 as number | "off",
  ),
  perTryTimeout: optional(
    "perTryTimeoutMs",
    durationOrOff,
    "Time for one attempt to give its response head.",
    "off",
    "off" as number | "off",
  ),
  idleTimeout: optional(
    "idleTimeoutMs",
    durationOrOff,
    "Longest pause of the instance in the middle of a response body.",
    "60s",
    60_000 as number | "off",
  ),
  bodyBytes: absent("bodyBytes", byteCount, "Largest request body on this route. Default: limits.bodyBytes."),
  retry: optional(
    "retry",
    either(off, retry),
    "When a failed attempt is made again.",
    words("on, with the defaults below"),
    retry.defaults(),
  ),
  breaker: optional(
    "breaker",
    flag,
    "Whether this route heeds and feeds the breakers of its upstream's instances.",
    true,
    true,
  ),
  rateLimit: absent("rateLimit", rateLimit, "How often one client may use this route."),
  concurrency: absent("concurrency", concurrency, "How many requests may use this route at once."),
});

/** The whole file. */
export const gatewaySpec = object("a gateway's configuration", {
  listen: optional("listen", listenAddress, "Address of the public listener.", "127.0.0.1:8080", {
    host: "127.0.0.1",
    port: 8080,
  } as ListenAddress),
  admin: optional(
    "admin",
    either(off, admin),
    "The listener for health, metrics and the dashboard.",
    words("on, with the defaults below"),
    admin.defaults(),
  ),
  trustedProxies: optional(
    "trustedProxies",
    list(text("[0-9A-Fa-f:.]+(?:/[0-9]{1,3})?", "an address or a network, such as 10.0.0.0/8 or ::1"), {
      min: 0,
      max: 1_024,
    }),
    "Peers whose X-Forwarded-* headers and request ids are believed.",
    [],
    [] as readonly string[],
  ),
  limits: optional(
    "limits",
    limits,
    "Bounds on what clients may send.",
    words("the defaults below"),
    limits.defaults(),
  ),
  accessLog: optional("accessLog", accessLog, "The access log.", words("off"), accessLog.defaults()),
  drainTimeout: optional(
    "drainTimeoutMs",
    duration(0, day / 24),
    "How long a stopping gateway waits for requests in progress.",
    "10s",
    10_000,
  ),
  upstreams: required("upstreams", record(upstream, { ...name, min: 1 }), "Groups of servers, by name."),
  routes: required(
    "routes",
    list(route, { min: 1, max: 10_000 }),
    "Which request goes where, under which protections.",
  ),
});

/** The parts of the table by the path at which a file has them, for the manual. */
export const sections = {
  "": gatewaySpec,
  limits,
  admin,
  accessLog,
  "upstreams.NAME": upstream,
  "upstreams.NAME.breaker": breaker,
  "routes[]": route,
  "routes[].retry": retry,
  "routes[].rateLimit": rateLimit,
  "routes[].concurrency": concurrency,
};

/** A checked configuration with defaults filled in and units resolved: milliseconds and bytes. */
export type GatewayConfig = Read<typeof gatewaySpec>;
export type LimitsConfig = Read<typeof limits>;
export type UpstreamConfig = Read<typeof upstream>;
export type BreakerConfig = Read<typeof breaker>;
export type RouteConfig = Read<typeof route>;
export type RetryConfig = Read<typeof retry>;
export type RateLimitConfig = Read<typeof rateLimit>;
export type ConcurrencyConfig = Read<typeof concurrency>;
