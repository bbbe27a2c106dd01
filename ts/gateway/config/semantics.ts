/** What a table of keys cannot say: references, duplicates, and values that only make sense together. */

import { quote } from "../../kernel/index.js";
import { parseNetwork } from "../http/network.js";
import type { GatewayConfig, RouteConfig } from "./gateway-spec.js";
import { nearest } from "./nearest.js";
import type { Reader } from "./reader.js";

function checkRoute(route: RouteConfig, path: string, config: GatewayConfig, reader: Reader): void {
  const upstreams = [...config.upstreams.keys()];
  if (!config.upstreams.has(route.upstream)) {
    const guess = nearest(route.upstream, upstreams);
    const advice = guess === undefined ? `the upstreams are ${upstreams.join(", ")}` : `did you mean ${guess}?`;
    reader.failAt(`${path}.upstream`, `there is no upstream ${quote(route.upstream)}; ${advice}`);
  }
  if (route.stripPrefix && route.rewritePrefix !== undefined) {
    reader.failAt(
      `${path}.rewritePrefix`,
      "stripPrefix and rewritePrefix exclude each other; keep one (rewritePrefix: / strips)",
    );
  }
  if (route.match.path !== "/" && route.match.path.endsWith("/")) {
    const right = route.match.path.replace(/\/+$/, "");
    reader.failAt(
      `${path}.match.path`,
      `${quote(route.match.path)} ends with /; prefixes are whole segments, write ${quote(right)}`,
    );
  }
  if (/\/\.{0,2}(?:\/|$)/.test(route.match.path.replace(/\/$/, ""))) {
    reader.failAt(`${path}.match.path`, `${quote(route.match.path)} has an empty segment, . or ..; write it without`);
  }
  if (
    typeof route.timeoutMs === "number" &&
    typeof route.perTryTimeoutMs === "number" &&
    route.perTryTimeoutMs > route.timeoutMs
  ) {
    reader.failAt(
      `${path}.perTryTimeout`,
      "one attempt may not take longer than the whole timeout; lower perTryTimeout or raise timeout",
    );
  }
  if (route.retry !== "off" && route.retry.backoffMs > route.retry.maxBackoffMs) {
    reader.failAt(`${path}.retry.backoff`, "backoff is above maxBackoff; lower backoff or raise maxBackoff");
  }
}

function checkUnique(routes: readonly RouteConfig[], reader: Reader): void {
  const names = new Set<string>();
  const matches = new Map<string, string>();
  routes.forEach((route, index) => {
    if (names.has(route.name))
      reader.failAt(
        `routes[${index}].name`,
        `a route named ${quote(route.name)} exists already; give each its own name`,
      );
    names.add(route.name);
    for (const host of route.match.hosts.length === 0 ? ["*"] : route.match.hosts) {
      const match = `${host.toLowerCase()} ${route.match.path}`;
      const other = matches.get(match);
      if (other !== undefined) {
        reader.failAt(
          `routes[${index}].match`,
          `route ${quote(other)} already serves host ${host} with path ${route.match.path}; change one of them`,
        );
      }
      matches.set(match, route.name);
    }
  });
}

/** Reports every mistake that lies between the parts of a configuration whose parts are sound. */
export function checkSemantics(config: GatewayConfig, reader: Reader): void {
  config.routes.forEach((route, index) => {
    checkRoute(route, `routes[${index}]`, config, reader);
  });
  checkUnique(config.routes, reader);
  config.trustedProxies.forEach((network, index) => {
    if (parseNetwork(network) === undefined) {
      reader.failAt(
        `trustedProxies[${index}]`,
        `${quote(network)} is not an address or network; write such as 10.0.0.0/8, 192.0.2.1 or 2001:db8::/32`,
      );
    }
  });
  const seen = new Map<string, string>();
  for (const [name, upstream] of config.upstreams) {
    upstream.instances.forEach((url, index) => {
      const path = `upstreams.${name}.instances[${index}]`;
      if (!URL.canParse(url)) {
        reader.failAt(path, `${quote(url)} is not a URL; write such as http://10.0.0.7:3000`);
        return;
      }
      const id = `${name} ${new URL(url).origin}`;
      if (seen.has(id)) reader.failAt(path, `${quote(url)} is listed twice; remove one`);
      seen.set(id, path);
    });
    if (
      upstream.breaker !== "off" &&
      upstream.breaker.consecutiveFailures !== undefined &&
      upstream.breaker.slowRate !== undefined
    ) {
      reader.failAt(`upstreams.${name}.breaker.slowRate`, "slowRate needs a window; remove it or consecutiveFailures");
    }
  }
  const { listen, admin } = config;
  if (admin !== "off" && listen.port !== 0 && listen.port === admin.listen.port && listen.host === admin.listen.host) {
    reader.failAt("admin.listen", "the admin listener has the address of the public one; give it another port");
  }
}
