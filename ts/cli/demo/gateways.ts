/** The two gateways of the demonstration: one with policies, one that only forwards. Both stand before the same services. */

import { type GatewayConfig, parseGatewayConfig } from "../../gateway/index.js";
import type { Nature } from "./nature.js";

/** Where a gateway listens and what stands behind it. */
export interface GatewayPlan {
  readonly port: number;
  /** Port of the admin listener; without one there is none. */
  readonly adminPort?: number;
  /** Addresses of the services. */
  readonly services: Readonly<Record<Nature, string>>;
}

/** The shop runs on two services, of which one fails in bursts; prices come from one that is slow at times. */
const routes = [
  { name: "catalog", match: { path: "/catalog" }, upstream: "shop" },
  { name: "orders", match: { path: "/orders" }, upstream: "shop" },
  { name: "export", match: { path: "/export" }, upstream: "shop" },
  { name: "prices", match: { path: "/prices" }, upstream: "prices" },
] as const;

type RouteName = (typeof routes)[number]["name"];

/**
 * Both sides balance alike, with a short memory and without a penalty for failures: a balancer with its usual settings
 * keeps away from a bad instance so well that there is little left to see of the other policies. (A penalty of nothing
 * would make the service that fails look like the fastest, so a failure counts as an ordinary answer.)
 */
const balancing = { latencyDecay: "100ms", failurePenalty: "30ms" };

/** JSON is YAML, so the plan goes through the same parser, with the same checks, as anybody's file. */
function parse(
  plan: GatewayPlan,
  file: string,
  breakers: Readonly<Record<"shop" | "prices", object | "off">>,
  own: (route: RouteName) => object,
): GatewayConfig {
  const { steady, flaky, slow } = plan.services;
  const config = {
    listen: `127.0.0.1:${plan.port}`,
    admin: plan.adminPort === undefined ? "off" : { listen: `127.0.0.1:${plan.adminPort}` },
    drainTimeout: "1s",
    upstreams: {
      shop: { instances: [steady, flaky], ...balancing, breaker: breakers.shop },
      prices: { instances: [slow], ...balancing, breaker: breakers.prices },
    },
    routes: routes.map((route) => ({ ...route, ...own(route.name) })),
  };
  return parseGatewayConfig(JSON.stringify(config, undefined, 2), { file });
}

/** Everything on: retries where a request may be repeated, breakers, a limit a client, a limit at the same time. */
export function protectedConfig(plan: GatewayPlan): GatewayConfig {
  // Reading may be repeated: three tries, each with little patience, within one second.
  const patient = { timeout: "1s", perTryTimeout: "200ms", retry: { attempts: 3, backoff: "5ms" } };
  const policies: Record<RouteName, object> = {
    catalog: patient,
    prices: patient,
    // An order must not be placed twice: it is tried again only where nothing was sent, so its breaker does the work.
    orders: { timeout: "1s", perTryTimeout: "500ms" },
    export: {
      ...patient,
      rateLimit: { limit: 10, per: "1s", burst: 20, key: "header:x-client" },
      concurrency: { limit: 16, queue: 16, maxWait: "200ms" },
    },
  };
  const breakers = {
    // There is another instance to go to: be quick to open.
    shop: { window: "1s", minimumCalls: 20, failureRate: 0.5, openFor: "2s", probes: 3 },
    // There is none: one slow answer in five is better than no answer, so open only when most calls fail.
    prices: { window: "3s", minimumCalls: 40, failureRate: 0.6, openFor: "1s", probes: 2 },
  };
  return parse(plan, "demo with policies", breakers, (route) => policies[route]);
}

/** Everything off: each request is forwarded once, and waits as long as it takes. */
export function unprotectedConfig(plan: GatewayPlan): GatewayConfig {
  return parse(plan, "demo without policies", { shop: "off", prices: "off" }, () => ({
    timeout: "off",
    retry: "off",
    breaker: false,
  }));
}
