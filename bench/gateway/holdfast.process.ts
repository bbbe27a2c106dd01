/** The gateway: `holdfast.process.mjs UPSTREAM bare|full`. */
import { createGateway, parseGatewayConfig } from "holdfast/gateway";
import { upstreamConnections } from "./answer.js";

const [upstream, mode] = process.argv.slice(2);

/** Nothing but forwarding, with the checks that no configuration turns off. */
const bare = `
listen: 127.0.0.1:0
admin: off
upstreams:
  web: { instances: ["${upstream}"], connections: ${upstreamConnections}, breaker: off }
routes:
  - { name: all, upstream: web, timeout: off, idleTimeout: off, retry: off, breaker: false }
`;

/** Everything that a route can have; limits are high enough that nothing is refused. */
const full = `
listen: 127.0.0.1:0
admin: { listen: "127.0.0.1:0" }
upstreams:
  web: { instances: ["${upstream}"], connections: ${upstreamConnections}, breaker: { slowRate: 0.9 } }
routes:
  - name: all
    upstream: web
    timeout: 10s
    perTryTimeout: 5s
    retry: { attempts: 3 }
    rateLimit: { limit: 1000000, per: 1s }
    concurrency: { limit: 1000, queue: 1000 }
`;

const gateway = await createGateway({
  config: parseGatewayConfig(mode === "bare" ? bare : full, { file: `${mode}.yaml` }),
});
console.log(gateway.url);
