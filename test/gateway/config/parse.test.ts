/** Reading a configuration: what it becomes, and what is said about mistakes. */

import { describe, expect, test } from "vitest";
import { editDistance, nearest } from "../../../ts/gateway/config/nearest.js";
import { ConfigError, parseGatewayConfig } from "../../../ts/gateway/index.js";

function mistakes(text: string): string[] {
  try {
    parseGatewayConfig(text, { file: "g.yaml" });
    return [];
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.code).toBe("CONFIG_INVALID");
    return error.message.split("\n");
  }
}

const sound = `upstreams:
  users: { instances: ["http://127.0.0.1:3001"] }
routes:
  - { name: users, upstream: users }
`;

describe("a sound file", () => {
  test("gets defaults, with units resolved", () => {
    const config = parseGatewayConfig(sound, { file: "g.yaml" });
    expect(config.listen).toEqual({ host: "127.0.0.1", port: 8080 });
    expect(config.limits).toMatchObject({ bodyBytes: 10_485_760, headerBytes: 16_384, headersTimeoutMs: 10_000 });
    expect(config.routes[0]).toMatchObject({ timeoutMs: 30_000, perTryTimeoutMs: "off", breaker: true });
    expect(config.routes[0]?.retry).toMatchObject({ attempts: 3, replayBytes: 65_536, statuses: [502, 503, 504] });
    expect(config.upstreams.get("users")).toMatchObject({
      connections: 128,
      failurePenaltyMs: 5_000,
      breaker: { windowMs: 10_000 },
    });
  });

  test("may be JSON, with tabs as some editors write it", () => {
    const text =
      '{\n\t"upstreams": {"users": {"instances": ["http://127.0.0.1:3001"]}},\n\t"routes": [{"name": "users", "upstream": "users", "timeout": "2s"}]\n}';
    expect(parseGatewayConfig(text, { file: "g.json" }).routes[0]?.timeoutMs).toBe(2_000);
  });

  test("may use anchors", () => {
    const text = `upstreams:
  a: &servers { instances: ["http://127.0.0.1:3001"] }
  b: *servers
routes: [{ name: a, upstream: a, match: { path: /a } }, { name: b, upstream: b }]
`;
    expect(parseGatewayConfig(text, { file: "g.yaml" }).upstreams.get("b")?.instances).toEqual([
      "http://127.0.0.1:3001",
    ]);
  });

  test("listens on IPv6 without the brackets", () => {
    expect(parseGatewayConfig(`listen: "[::1]:80"\n${sound}`, { file: "g.yaml" }).listen).toEqual({
      host: "::1",
      port: 80,
    });
  });
});

describe("mistakes", () => {
  test("are told all at once, in the order of the file, each with line, column, path and what would be right", () => {
    const text = `listen: 8080
limits: { bodyBites: 1MiB }
upstreams:
  users:
    instances: ["http://127.0.0.1:3001", "ftp://x"]
    connections: many
routes:
  - name: users
    upstream: users
    timeout: 5
    retry: { attempts: 0 }
  - upstream: users
`;
    expect(mistakes(text)).toEqual([
      'g.yaml:1:9: listen: 8080 is wrong here; write a host and a port, such as "127.0.0.1:8080" or "[::1]:8080"',
      'g.yaml:2:11: limits.bodyBites: unknown key "bodyBites"; did you mean bodyBytes?',
      'g.yaml:5:42: upstreams.users.instances[1]: "ftp://x" is wrong here; write a URL without a path, such as http://10.0.0.7:3000',
      'g.yaml:6:18: upstreams.users.connections: "many" is wrong here; write a whole number from 1 to 65535',
      "g.yaml:10:14: routes[0].timeout: 5 is wrong here; write off, or a duration from 1ms to 7d, such as 250ms or 1m30s",
      "g.yaml:11:24: routes[0].retry.attempts: 0 is wrong here; write a whole number from 1 to 20",
      "g.yaml:12:5: routes[1]: name is missing; write name: a letter, then letters, digits, - or _, at most 64",
    ]);
  });

  test("between sound parts are told too", () => {
    const text = `trustedProxies: [10.0.0.0/33]
admin: { listen: "127.0.0.1:8080" }
upstreams:
  users: { instances: ["http://127.0.0.1:3001", "http://127.0.0.1:3001/"] }
routes:
  - { name: a, upstream: usres, match: { path: /x/ } }
  - { name: a, upstream: users, stripPrefix: true, rewritePrefix: /y }
  - { name: b, upstream: users, timeout: 1s, perTryTimeout: 2s, retry: { backoff: 2s } }
`;
    const found = mistakes(text);
    for (const part of [
      'g.yaml:1:18: trustedProxies[0]: "10.0.0.0/33" is not an address or network',
      "g.yaml:2:18: admin.listen: the admin listener has the address of the public one",
      "g.yaml:4:49: upstreams.users.instances[1]",
      'routes[0].upstream: there is no upstream "usres"; did you mean users?',
      'routes[0].match.path: "/x/" ends with /; prefixes are whole segments, write "/x"',
      'routes[1].name: a route named "a" exists already',
      "routes[1].rewritePrefix: stripPrefix and rewritePrefix exclude each other",
      'routes[2].match: route "a" already serves host * with path /',
      "routes[2].perTryTimeout: one attempt may not take longer than the whole timeout",
      "routes[2].retry.backoff: backoff is above maxBackoff",
    ]) {
      expect(found.filter((line) => line.includes(part)).length, part).toBe(1);
    }
    expect(found.length).toBe(10);
  });

  test("of YAML itself have a place", () => {
    expect(mistakes("routes: [\n  {")[0]).toMatch(/^g\.yaml:\d+:\d+: /);
    expect(mistakes(`${sound}routes: []\n`)[0]).toMatch(/^g\.yaml:5:1: .*[Mm]ap keys must be unique/);
    expect(mistakes("")[0]).toMatch(/^g\.yaml:1:1: nothing is wrong here; write/);
  });

  test("a document that unfolds without end is refused, not unfolded", () => {
    const bomb = Array.from(
      { length: 12 },
      (_, i) =>
        `a${i}: &a${i} [${
          i === 0
            ? "x"
            : Array(9)
                .fill(`*a${i - 1}`)
                .join(", ")
        }]`,
    ).join("\n");
    expect(mistakes(bomb).length).toBeGreaterThan(0);
  });
});

describe("advice", () => {
  test("counts slips of the fingers", () => {
    expect([editDistance("", "abc"), editDistance("timeout", "timeuot"), editDistance("kitten", "sitting")]).toEqual([
      3, 1, 3,
    ]);
  });

  test("is given only where it helps", () => {
    expect(nearest("tiemout", ["timeout", "retry"])).toBe("timeout");
    expect(nearest("TIMEOUT", ["timeout", "retry"])).toBe("timeout");
    expect(nearest("banana", ["timeout", "retry"])).toBeUndefined();
  });
});
