/** The two gateways of the demonstration: one with policies, one that only forwards. Both stand before the same services. */

import { type GatewayConfig, parseGatewayConfig } from "../../gateway/index.js";

/** Where a gateway listens and what stands behind it. */
export interface GatewayPlan {
  readonly port: number;
  /** Port of the admin listener; without one there is none. */
  readonly adminPort?: number;
  readonly instances: readonly string[];
}

const routes = [
  { name: "catalog", match: { path: "/catalog" }, upstream: "shop" },
  { name: "orders", match: { path: "/orders" }, upstream: "shop" },
  { name: "export", match: { path: "/export" }, upstream: "shop" },
] as const;

/** JSON is YAML, so the plan goes through the same parser, with the same checks, as anybody's file. */
function parse(plan: GatewayPlan, file: string, upstream: object, own: (route: string) => object): GatewayConfig {
  const config = {
    listen: `127.0.0.1:${plan.port}`,
    admin: plan.adminPort === undefined ? "off" : { listen: `127.0.0.1:${plan.adminPort}` },
    drainTimeout: "1s",
    upstreams: { shop: { instances: plan.instances, ...upstream } },
    routes: routes.map((route) => ({ ...route, ...own(route.name) })),
  };
  return parseGatewayConfig(JSON.stringify(config, undefined, 2), { file });
}

/** Everything on: retries where a request may be repeated, breakers, a limit a client, a limit at the same time. */
export function protectedConfig(plan: GatewayPlan): GatewayConfig {
  const policies: Record<string, object> = {
    // Reading may be repeated: three tries, each with little patience, within one second.
    catalog: { timeout: "1s", perTryTimeout: "150ms", retry: { attempts: 3, backoff: "5ms" } },
    // An order must not be placed twice: it is tried again only where nothing was sent, so its breaker does the work.
    orders: { timeout: "2s", perTryTimeout: "400ms" },
    export: {
      timeout: "1s",
      perTryTimeout: "150ms",
      retry: { attempts: 3, backoff: "5ms" },
      rateLimit: { limit: 10, per: "1s", burst: 20, key: "header:x-client" },
      concurrency: { limit: 16, queue: 16, maxWait: "200ms" },
    },
  };
  const breaker = {
    window: "4s",
    minimumCalls: 12,
    failureRate: 0.35,
    openFor: "2500ms",
    probes: 3,
  };
  return parse(plan, "demo with policies", { breaker }, (route) => policies[route]!);
}

/** Everything off: each request is forwarded once, and waits as long as it takes. */
export function unprotectedConfig(plan: GatewayPlan): GatewayConfig {
  // A failure counts as an ordinary answer for the balancer: at 0 the failing service would look like the fastest one.
  const upstream = { breaker: "off", failurePenalty: "4ms" };
  return parse(plan, "demo without policies", upstream, () => ({ timeout: "off", retry: "off", breaker: false }));
}
