/** `holdfast demo`: real services in trouble, a gateway that copes, one that does not, and what their clients notice. */

import { readNumber, readOptions } from "./args.js";
import type { Command } from "./command.js";
import { runDemo } from "./demo/run.js";

const help = `Shows the product at work: three real services of which one is slow at times and one fails in bursts, a gateway in
front of them, and about 300 requests a second. The same requests also go to a gateway with all policies off.

Usage: holdfast demo [options]

Options:
  --seconds N     stop after N seconds and print a summary (default: run until Ctrl-C)
  --json          no screen; print one JSON summary on standard output at the end (after 15 s unless --seconds says otherwise)
  --rate N        requests a second to each gateway, 1 to 2000 (default 300)
  --seed N        seed of the traffic and of the services' moods (default 1)
  --port N        preferred port of the gateway (default 8080); a free one is taken where it is in use
  --admin-port N  preferred port of the dashboard (default 8081)
  -h, --help      show this

Examples:
  holdfast demo
  holdfast demo --seconds 15 --json
  holdfast demo --rate 600 --seed 7
`;

export const demo: Command = {
  name: "demo",
  summary: "see it at work on real traffic, with a live dashboard",
  async run(argv, io) {
    const options = readOptions(argv, {
      help: { type: "boolean", short: "h" },
      json: { type: "boolean" },
      seconds: { type: "string" },
      rate: { type: "string" },
      seed: { type: "string" },
      port: { type: "string" },
      "admin-port": { type: "string" },
    });
    if (options.help === true) {
      io.stdout.write(help);
      return 0;
    }
    const json = options.json === true;
    const untilStopped = Number.POSITIVE_INFINITY;
    // Fifteen seconds are enough for each breaker to open and close; without an end there would be no summary.
    const seconds = readNumber(options.seconds, json ? 15 : untilStopped, { name: "seconds", min: 1, max: 86_400 });
    return runDemo(
      {
        seconds,
        json,
        ratePerSecond: readNumber(options.rate, 300, { name: "rate", min: 1, max: 2_000 }),
        seed: readNumber(options.seed, 1, { name: "seed", min: 0, max: 2 ** 32 - 1, whole: true }),
        port: readNumber(options.port, 8080, { name: "port", min: 0, max: 65_535, whole: true }),
        adminPort: readNumber(options["admin-port"], 8081, { name: "admin-port", min: 0, max: 65_535, whole: true }),
      },
      io,
    );
  },
};
