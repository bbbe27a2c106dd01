/** Everything that one configuration sets up, ready to serve: routes, the router over them, and the instances. */

import type { UpstreamView } from "../dashboard/index.js";
import type { Clock, Random } from "../kernel/index.js";
import type { GatewayConfig } from "./config/gateway-spec.js";
import { TrustedProxies } from "./http/forwarded.js";
import type { HeadRules } from "./http/request-head.js";
import { Traffic } from "./observe/traffic.js";
import { Route } from "./routing/route.js";
import { Router } from "./routing/router.js";
import { Carrier, type Shared } from "./shared.js";
import { Instance } from "./upstream/instance.js";

/** See the top of this file. A reload builds the next table beside this one and then retires this one. */
export class Table {
  readonly config: GatewayConfig;
  readonly routes: readonly Route[];
  readonly router: Router<Route>;
  readonly rules: HeadRules;
  readonly upstreams: ReadonlyMap<string, readonly Instance[]>;
  readonly #carrier: Carrier;
  readonly #held: readonly Shared<Instance>[];

  /** Throws where a part cannot be made (the core's arena is full, a certificate file is missing); nothing is kept then. */
  constructor(config: GatewayConfig, previous: Table | undefined, clock: Clock, random: Random) {
    this.config = config;
    const carrier = new Carrier(previous === undefined ? undefined : previous.#carrier);
    this.#carrier = carrier;
    const { limits } = config;
    this.rules = {
      trusted: new TrustedProxies(config.trustedProxies),
      urlBytes: limits.urlBytes,
      headerCount: limits.headerCount,
      allowUnderscores: limits.underscores === "allow",
    };
    const obtainInstances = (upstream: string): Shared<Instance>[] => {
      const { instances, ...rest } = config.upstreams.get(upstream)!;
      return instances.map((url) => {
        const source = { upstream, url, config: rest };
        return carrier.obtain(
          "instance",
          source,
          () => new Instance(source, clock, random),
          (instance) => instance.dispose(),
        );
      });
    };
    try {
      const held = new Map([...config.upstreams.keys()].map((name) => [name, obtainInstances(name)]));
      this.#held = [...held.values()].flat();
      this.upstreams = new Map([...held].map(([name, instances]) => [name, instances.map((shared) => shared.value)]));
      this.routes = config.routes.map((route) => {
        const traffic = carrier.obtain(
          `traffic ${route.name}`,
          null,
          () => new Traffic(clock.now()),
          (value) => value.dispose(),
        );
        return new Route(route, {
          carrier,
          clock,
          random,
          limits,
          traffic,
          instances: obtainInstances(route.upstream),
        });
      });
    } catch (error) {
      carrier.abandon();
      throw error;
    }
    this.router = new Router(this.routes);
  }

  /** This table serves from now on. */
  settle(): void {
    this.#carrier.settle();
  }

  /** This table could not be put to use after all. */
  abandon(): void {
    this.#carrier.abandon();
  }

  /** No further request comes here; what no other table holds is given back as the last requests end. */
  retire(): void {
    for (const route of this.routes) route.retire();
    for (const shared of this.#held) shared.release();
  }

  /** Lets a second pass. */
  turn(nowMs: number): void {
    for (const route of this.routes) {
      route.turn();
      route.traffic.turn(nowMs);
    }
    for (const instances of this.upstreams.values()) for (const instance of instances) instance.turn(nowMs);
  }

  /** What the dashboard shows of the upstreams. */
  upstreamViews(nowMs: number): UpstreamView[] {
    return [...this.upstreams].map(([name, instances]) => ({
      name,
      instances: instances.map((instance) => instance.view(nowMs)),
    }));
  }
}
