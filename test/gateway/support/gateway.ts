/** A gateway for a test: configuration as data, listeners on free ports, closed when the test ends. */

import { onTestFinished } from "vitest";
import {
  createGateway,
  type Gateway,
  type GatewayConfig,
  type GatewayOptions,
  parseGatewayConfig,
} from "../../../ts/gateway/index.js";
import { seeded } from "../../../ts/kernel/index.js";

/** A configuration file as data; `routes` and `upstreams` may be given in short. */
export interface Plan {
  readonly instances?: readonly string[];
  readonly upstream?: Readonly<Record<string, unknown>>;
  readonly route?: Readonly<Record<string, unknown>>;
  readonly top?: Readonly<Record<string, unknown>>;
  readonly admin?: boolean;
}

/** The configuration of a plan: one upstream `up`, one route `all` unless `top` says otherwise. */
export function configOf(plan: Plan): GatewayConfig {
  const document = {
    listen: "127.0.0.1:0",
    admin: plan.admin === true ? { listen: "127.0.0.1:0" } : "off",
    drainTimeout: "2s",
    upstreams: { up: { instances: plan.instances ?? ["http://127.0.0.1:9"], ...plan.upstream } },
    routes: [{ name: "all", upstream: "up", ...plan.route }],
    ...plan.top,
  };
  return parseGatewayConfig(JSON.stringify(document), { file: "test.json" });
}

/** Starts a gateway that ends with the test. */
export async function startGateway(plan: Plan, options: Partial<GatewayOptions> = {}): Promise<Gateway> {
  const gateway = await createGateway({ config: configOf(plan), random: seeded(1), ...options });
  onTestFinished(() => gateway.close({ drainMs: 0 }));
  return gateway;
}
