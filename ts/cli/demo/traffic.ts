/** What the demonstration's clients ask for: a seeded sequence of arrivals, the same for every gateway that it is sent to. */

import { type Random, seeded } from "../../kernel/index.js";

/** One request that a client makes. */
export interface Arrival {
  /** When it is made, in milliseconds since the traffic began. */
  readonly atMs: number;
  readonly method: "GET" | "POST";
  readonly path: string;
  /** Who makes it; the limiter's key. */
  readonly client: string;
}

interface Share {
  readonly share: number;
  readonly method: "GET" | "POST";
  readonly path: string;
  readonly clients: readonly string[];
}

const patient = Array.from({ length: 12 }, (_, index) => `shopper-${index + 1}`);

/** Of 100 requests: who makes them and what for. The greedy client alone asks for more exports than it may. */
const shares: readonly Share[] = [
  { share: 0.46, method: "GET", path: "/catalog", clients: patient },
  { share: 0.24, method: "GET", path: "/prices", clients: patient },
  { share: 0.18, method: "POST", path: "/orders", clients: patient },
  { share: 0.04, method: "GET", path: "/export", clients: ["accounting", "warehouse", "support"] },
  { share: 0.08, method: "GET", path: "/export", clients: ["greedy"] },
];

function pick(random: Random): Share {
  let left = random.next();
  for (const share of shares) {
    left -= share.share;
    if (left < 0) return share;
  }
  return shares[0]!;
}

/**
 * Endless arrivals at `ratePerSecond` on average, with exponential gaps: clients that do not know of each other
 * (a Poisson process), which is harsher on a service than an even stream.
 */
export function* arrivals(ratePerSecond: number, seed: number): Generator<Arrival, never> {
  const random = seeded(seed);
  let atMs = 0;
  for (;;) {
    atMs += (-Math.log(1 - random.next()) * 1000) / ratePerSecond;
    const { method, path, clients } = pick(random);
    const client = clients[Math.floor(random.next() * clients.length)]!;
    yield { atMs, method, path, client };
  }
}
