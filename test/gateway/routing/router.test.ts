/** The router against a naive twin that looks at every route. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Matchable, Router, rewritePath } from "../../../ts/gateway/routing/router.js";

interface Named extends Matchable {
  readonly name: string;
}

/** All routes that match, the most specific host first, then the longest prefix. */
function naive(routes: readonly Named[], host: string, path: string): Named | undefined {
  const hostRank = (route: Named): number => {
    if (route.hosts.length === 0) return 0;
    const ranks = route.hosts.map((pattern) =>
      pattern === host
        ? 1_000
        : pattern.startsWith("*.") && host.endsWith(pattern.slice(1)) && host.length > pattern.length - 1
          ? pattern.length
          : -1,
    );
    return Math.max(...ranks);
  };
  const serves = (prefix: string) => prefix === "/" || path === prefix || path.startsWith(`${prefix}/`);
  return routes
    .filter((route) => hostRank(route) >= 0 && serves(route.pathPrefix))
    .sort((a, b) => hostRank(b) - hostRank(a) || b.pathPrefix.length - a.pathPrefix.length)[0];
}

describe("the router", () => {
  test("finds what looking at every route finds (property)", () => {
    const host = fc.constantFrom("a.com", "b.a.com", "c.b.a.com", "com", "x");
    const pattern = fc.constantFrom("a.com", "b.a.com", "*.a.com", "*.b.a.com", "*.com", "x");
    const prefix = fc.constantFrom("/", "/api", "/api/v1", "/apix", "/api/v1/users", "/a");
    const path = fc.constantFrom(
      "/",
      "/api",
      "/api/",
      "/apix",
      "/api/v1",
      "/api/v1x",
      "/api/v1/users/7",
      "/a/api",
      "/b",
      "//",
      "/api//v1",
    );
    const route = fc.record({ hosts: fc.uniqueArray(pattern, { maxLength: 2 }), pathPrefix: prefix });
    fc.assert(
      fc.property(fc.array(route, { maxLength: 8 }), host, path, (list, hostName, target) => {
        const seen = new Set<string>();
        const routes: Named[] = [];
        for (const [index, one] of list.entries()) {
          // The configuration's checks rule out two routes for the same host and path.
          const keys = (one.hosts.length === 0 ? ["*"] : one.hosts).map((name) => `${name} ${one.pathPrefix}`);
          if (keys.some((key) => seen.has(key))) continue;
          for (const key of keys) seen.add(key);
          routes.push({ ...one, name: String(index) });
        }
        expect(new Router(routes).find(hostName, target)?.name).toBe(naive(routes, hostName, target)?.name);
      }),
      { numRuns: 2_000 },
    );
  });

  test("replaces prefixes without making a host of what is left", () => {
    expect(rewritePath("/api/x", "/api", undefined)).toBe("/api/x");
    expect(rewritePath("/api/x", "/api", "/")).toBe("/x");
    expect(rewritePath("/api", "/api", "/")).toBe("/");
    expect(rewritePath("/api/", "/api", "/v2")).toBe("/v2/");
    expect(rewritePath("/api", "/api", "/v2")).toBe("/v2");
    expect(rewritePath("/api//evil", "/api", "/")).toBe("/evil");
    expect(rewritePath("/x", "/", "/base")).toBe("/base/x");
  });
});
