/** What the dashboard's buttons do, and the comparison that it draws: the demonstration's actions on the admin listener. */

import { type Clock, HoldfastError, quote } from "../../kernel/index.js";
import type { RunningService } from "./services.js";
import type { Tally } from "./tally.js";

type Action = (body: unknown) => Promise<unknown>;

const kinds = ["none", "latency", "errors", "crash"] as const;

function member(body: unknown, key: string): unknown {
  return typeof body === "object" && body !== null ? (body as Record<string, unknown>)[key] : undefined;
}

/** Makes the actions. An instance may be named by its service or by anything that holds its host and port. */
export function demoActions(
  services: readonly RunningService[],
  on: Tally,
  off: Tally,
  clock: Clock,
): Record<"fault" | "demo", Action> {
  return {
    async fault(body) {
      const instance = member(body, "instance");
      const kind = kinds.find((known) => known === member(body, "kind"));
      const service = services.find(
        ({ name, url }) => name === instance || (typeof instance === "string" && instance.includes(new URL(url).host)),
      );
      if (service === undefined || kind === undefined) {
        throw new HoldfastError(
          "INVALID_FAULT",
          `instance is ${quote(instance)} and kind is ${quote(member(body, "kind"))}; give one of ` +
            `${services.map(({ name }) => name).join(", ")} and one of ${kinds.join(", ")}`,
        );
      }
      service.inject(kind);
      return { instance: service.name, fault: service.fault };
    },
    async demo() {
      const nowMs = clock.now();
      return {
        names: Object.fromEntries(services.map(({ name, url }) => [new URL(url).host, name])),
        faults: Object.fromEntries(services.map((service) => [service.name, service.fault])),
        protected: on.recent(nowMs),
        unprotected: off.recent(nowMs),
      };
    },
  };
}
