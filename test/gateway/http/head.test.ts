/** The parts that read and write heads, against naive twins. */

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { hostOf } from "../../../ts/gateway/http/authority.js";
import {
  clientAddress,
  forwardedElement,
  forwardedNode,
  plainAddress,
  TrustedProxies,
} from "../../../ts/gateway/http/forwarded.js";
import { mayBeStripped } from "../../../ts/gateway/http/header-table.js";
import { clientKey, contains, parseAddress, parseNetwork } from "../../../ts/gateway/http/network.js";
import { problemBody, problems, retryAfterSeconds } from "../../../ts/gateway/http/problem.js";
import { rateLimitPolicy, rateLimitState } from "../../../ts/gateway/http/rate-limit-headers.js";
import { HeadRefusal, readRequestHead } from "../../../ts/gateway/http/request-head.js";
import { readTarget } from "../../../ts/gateway/http/request-target.js";
import { readResponseHead, readTrailers } from "../../../ts/gateway/http/response-head.js";

const buffers = (...texts: string[]) => texts.map((text) => Buffer.from(text, "latin1"));

describe("addresses and networks", () => {
  test("IPv6 in all its spellings", () => {
    const same = ["2001:db8::1", "2001:DB8:0:0:0:0:0:1", "2001:0db8:0000::0001"];
    for (const text of same) expect(parseAddress(text)).toEqual(parseAddress(same[0]!));
    expect(parseAddress("::ffff:192.0.2.1")).toEqual(parseAddress("192.0.2.1"));
    expect([
      parseAddress("::ffff:1.2.3.400"),
      parseAddress("fe80::1%eth0"),
      parseAddress("1.2.3"),
      parseAddress(""),
    ]).toEqual([undefined, undefined, undefined, undefined]);
  });

  test("a network holds what shares its bits", () => {
    const within = (network: string, address: string) => contains(parseNetwork(network)!, parseAddress(address)!);
    expect([
      within("10.0.0.0/8", "10.255.0.1"),
      within("10.0.0.0/8", "11.0.0.1"),
      within("192.0.2.128/25", "192.0.2.127"),
    ]).toEqual([true, false, false]);
    expect([
      within("2001:db8::/33", "2001:db8:7fff::1"),
      within("2001:db8::/33", "2001:db8:8000::1"),
      within("0.0.0.0/0", "9.9.9.9"),
    ]).toEqual([true, false, true]);
    // An IPv4 network does not hold IPv6 addresses, nor the other way round, however short it is.
    expect([within("0.0.0.0/0", "2001:db8::1"), within("::1", "0.0.0.1")]).toEqual([false, false]);
    for (const bad of ["10.0.0.0/33", "::/129", "10.0.0.0/x", "x/8", "10.0.0.0/1.5"])
      expect(parseNetwork(bad)).toBeUndefined();
  });

  test("membership is what comparing binary digits says (property)", () => {
    const bitsOf = (octets: number[]) => octets.map((octet) => octet.toString(2).padStart(8, "0")).join("");
    const octets = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 });
    fc.assert(
      fc.property(octets, octets, fc.integer({ min: 0, max: 32 }), (base, address, bits) => {
        const expected = bitsOf(base).slice(0, bits) === bitsOf(address).slice(0, bits);
        expect(contains(parseNetwork(`${base.join(".")}/${bits}`)!, parseAddress(address.join("."))!)).toBe(expected);
      }),
    );
  });

  test("an IPv6 client is its /64, an IPv4 client itself, mapped or not", () => {
    expect(clientKey("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
    expect(clientKey("2001:db8:1:2::9")).toBe(clientKey("2001:db8:1:2:ffff::1"));
    expect([clientKey("::ffff:192.0.2.1"), clientKey("192.0.2.1"), clientKey("unknown")]).toEqual([
      "192.0.2.1",
      "192.0.2.1",
      "unknown",
    ]);
  });
});

describe("the client's address", () => {
  const trusted = new TrustedProxies(["10.0.0.0/8", "::1"]);

  test("is the peer's unless the peer is trusted", () => {
    expect(clientAddress("192.0.2.9", "1.1.1.1", trusted)).toBe("192.0.2.9");
    expect(clientAddress("10.0.0.1", undefined, trusted)).toBe("10.0.0.1");
    expect(new TrustedProxies([]).trusts("127.0.0.1")).toBe(false);
  });

  test("is found from the right, over trusted hops", () => {
    expect(clientAddress("10.0.0.1", "6.6.6.6, 1.1.1.1, 10.9.9.9", trusted)).toBe("1.1.1.1");
    expect(clientAddress("::1", "[2001:db8::1]:443", trusted)).toBe("2001:db8::1");
    expect(clientAddress("10.0.0.1", "1.1.1.1:555", trusted)).toBe("1.1.1.1");
    expect(clientAddress("10.0.0.1", "10.0.0.2, 10.0.0.3", trusted)).toBe("10.0.0.2");
  });

  test("stops where the chain stops making sense", () => {
    expect(clientAddress("10.0.0.1", "1.1.1.1, garbage, 10.0.0.2", trusted)).toBe("10.0.0.2");
    expect(clientAddress("10.0.0.1", ",", trusted)).toBe("10.0.0.1");
  });

  test("is written as people write it", () => {
    expect([plainAddress("::ffff:192.0.2.1"), plainAddress("fe80::1%eth0"), plainAddress("")]).toEqual([
      "192.0.2.1",
      "fe80::1",
      "",
    ]);
    expect(forwardedElement(forwardedNode("2001:db8::1"), "a:80", "http")).toBe(
      'for="[2001:db8::1]";host="a:80";proto=http',
    );
    expect(forwardedElement("unknown", "", "http")).toBe("for=unknown;proto=http");
  });
});

describe("hosts", () => {
  test("are lower-cased and lose port and final dot", () => {
    expect([
      hostOf("API.Example.com:8080"),
      hostOf("example.com."),
      hostOf("[2001:DB8::1]:80"),
      hostOf("127.0.0.1"),
    ]).toEqual(["api.example.com", "example.com", "[2001:db8::1]", "127.0.0.1"]);
  });

  test("that are none are refused", () => {
    for (const bad of [
      "",
      "a b",
      "a/b",
      "a\\b",
      "a@b",
      "a,b",
      "a:b",
      "a:80:90",
      "[::1",
      "-a",
      ".a",
      "a%00",
      `${"a".repeat(300)}`,
      "a?b",
      "a#b",
      "\u00e9",
    ]) {
      expect(hostOf(bad), bad).toBeUndefined();
    }
  });
});

describe("targets", () => {
  test("are split and normalised", () => {
    expect(readTarget("/a/b?c=/../d")).toEqual({ path: "/a/b", query: "?c=/../d" });
    expect(readTarget("/%7Euser/%61%2d")).toEqual({ path: "/~user/a-", query: "" });
    expect(readTarget("/a%20b/c%2Fd")).toEqual({ path: "/a%20b/c%2Fd", query: "" });
    expect(readTarget("/")).toEqual({ path: "/", query: "" });
    for (const fine of ["/a//b", "/.well-known/x", "/a.b/..c/d..", "/...", "/a/", "/a;b=c/d", "/@x:y!$&'()*+,;="]) {
      expect(readTarget(fine)).toEqual({ path: fine, query: "" });
    }
  });

  test("are read in linear time, whatever they look like", () => {
    for (const tail of ["%41", '"', "/..", "/%2e%2e", ";"]) {
      for (const unit of ["a", "a/", "./", "%41", "a.", "//"]) {
        const startMs = performance.now();
        readTarget(`/${unit.repeat(100_000)}${tail}`);
        expect(performance.now() - startMs, unit + tail).toBeLessThan(500);
      }
    }
  });

  test("are refused where a URL parser would read another path (property, with WHATWG URL as the twin)", () => {
    const piece = fc.constantFrom(
      "/",
      "a",
      "admin",
      ".",
      "..",
      "%2e",
      "%2E",
      "%2f",
      "%5c",
      "\\",
      "//",
      ";",
      "%61",
      "%25",
      "#",
      "?",
      " ",
      "\u007f",
      "%0a",
      "%",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const target = `/${pieces.join("")}`;
        const read = readTarget(target);
        if (typeof read === "string") return;
        const decoded = read.path.replace(/%2[fF]|%5[cC]/g, "/");
        const seen = new URL(`http://h${decoded}`);
        // Whoever resolves dot segments, slashes decoded or not, stays on the path that we routed by.
        expect(seen.host).toBe("h");
        expect(seen.pathname).toBe(decoded);
        expect(new URL(`http://h${read.path}${read.query}`).pathname).toBe(read.path);
      }),
      { numRuns: 2_000 },
    );
  });
});

describe("request heads", () => {
  const rules = { trusted: new TrustedProxies([]), urlBytes: 8_192, headerCount: 100, allowUnderscores: false };
  const peer = { address: "192.0.2.1", trusted: false, node: "192.0.2.1" };
  const read = (rawHeaders: string[], more: object = {}) =>
    readRequestHead({ rawHeaders, httpVersion: "1.1", method: "GET", url: "/", ...more } as never, peer, rules);

  /** What the rules of RFC 9110 §7.6.1 leave, one header at a time. */
  function naive(pairs: [string, string][]): [string, string][] {
    const never = new Set([
      "host",
      "connection",
      "keep-alive",
      "proxy-connection",
      "te",
      "trailer",
      "transfer-encoding",
      "upgrade",
      "proxy-authenticate",
      "proxy-authorization",
      "http2-settings",
      "content-length",
      "expect",
    ]);
    const rewritten = new Set([
      "via",
      "x-forwarded-for",
      "x-forwarded-proto",
      "x-forwarded-host",
      "forwarded",
      "x-request-id",
    ]);
    const named = new Set(
      pairs
        .filter(([name]) => name.toLowerCase() === "connection")
        .flatMap(([, value]) =>
          value
            .toLowerCase()
            .split(",")
            .map((token) => token.trim()),
        ),
    );
    return pairs.filter(([name]) => {
      const lower = name.toLowerCase();
      return !never.has(lower) && !rewritten.has(lower) && !(named.has(lower) && mayBeStripped(lower));
    });
  }

  test("keep what is end to end, in order and as it was spelled (property)", () => {
    const name = fc.constantFrom(
      "Accept",
      "accept",
      "X-A",
      "x-a",
      "X-B",
      "Cookie",
      "Authorization",
      "Keep-Alive",
      "KEEP-ALIVE",
      "Proxy-Connection",
      "TE",
      "Trailer",
      "Via",
      "X-Forwarded-For",
      "Proxy-Authorization",
      "Forwarded",
      "Range",
    );
    const value = fc.constantFrom("1", "two", "a, b");
    const connection = fc
      .subarray(["close", "X-A", "x-b", "Cookie", "authorization", "X-Forwarded-For", "Host", "range", ""])
      .map((tokens) => ["Connection", tokens.join(", ")] as [string, string]);
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.tuple(name, value), connection), { maxLength: 12 }), (pairs) => {
        const head = read([["Host", "a"] as [string, string], ...pairs].flat());
        if (head instanceof HeadRefusal) throw new Error(head.detail);
        const ours = new Set([
          "via",
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-forwarded-host",
          "forwarded",
          "x-request-id",
          "te",
        ]);
        const kept: [string, string][] = [];
        for (let i = 0; i < head.headers.length; i += 2)
          if (!ours.has(head.headers[i]!)) kept.push([head.headers[i]!, head.headers[i + 1]!]);
        expect(kept).toEqual(naive(pairs));
        // Ours are there, once each, whatever Connection named.
        for (const own of ["x-forwarded-for", "forwarded", "via", "x-request-id"])
          expect(head.headers.filter((text) => text === own).length).toBe(1);
      }),
    );
  });

  test("beyond the limits are refused with the status for it", () => {
    expect(read(["Host", "a"], { url: `/${"x".repeat(8_192)}` })).toMatchObject({ code: "url-too-long" });
    expect(read(["Host", "a", ...Array(100).fill(["X", "y"]).flat()])).toMatchObject({ code: "headers-too-large" });
  });
});

describe("response heads", () => {
  test("lose what is the connection's, gain Via, keep the rest byte by byte", () => {
    const head = readResponseHead(
      buffers(
        "Content-Length",
        "5",
        "Connection",
        "close, X-Hop",
        "X-Hop",
        "1",
        "TE",
        "x",
        "via",
        "1.0 back",
        "X-Keep",
        "caf\xe9",
        "Retry-After",
        "3",
      ),
    );
    expect(head.headers).toEqual([
      "Content-Length",
      "5",
      "via",
      "1.0 back, 1.1 holdfast",
      "X-Keep",
      "caf\xe9",
      "Retry-After",
      "3",
    ]);
    expect([head.contentLength, head.retryAfter]).toEqual([5, "3"]);
  });

  test("each hop-by-hop name is left behind, in any case, and its neighbours in length are not", () => {
    const hops = [
      "te",
      "upgrade",
      "trailer",
      "keep-alive",
      "proxy-connection",
      "transfer-encoding",
      "proxy-authenticate",
      "proxy-authorization",
      "x-request-id",
    ];
    for (const name of hops) {
      for (const spelled of [name, name.toUpperCase()])
        expect(readResponseHead(buffers(spelled, "x")).headers, spelled).toEqual(["via", "1.1 holdfast"]);
      const neighbour = `${name.slice(0, -1)}z`;
      expect(readResponseHead(buffers(neighbour, "x")).headers).toEqual([neighbour, "x", "via", "1.1 holdfast"]);
    }
    expect(readResponseHead(buffers("Trailer", "X-Sum")).trailer).toBe("X-Sum");
  });

  test("Connection cannot take the length away", () => {
    expect(
      readResponseHead(buffers("Connection", "Content-Length, Set-Cookie", "Content-Length", "5", "Set-Cookie", "a=1"))
        .headers,
    ).toEqual(["Content-Length", "5", "Set-Cookie", "a=1", "via", "1.1 holdfast"]);
  });

  test("trailers that would change framing, routing or trust are dropped", () => {
    expect(
      readTrailers(
        buffers("X-Sum", "1", "Content-Length", "5", "Set-Cookie", "a", "Authorization", "b", "grpc-status", "0"),
      ),
    ).toEqual([
      ["X-Sum", "1"],
      ["grpc-status", "0"],
    ]);
  });
});

describe("what the gateway itself says", () => {
  test("problems have a status that is an error, and a body with a stable code", () => {
    for (const [code, { status, title }] of Object.entries(problems)) {
      expect(status).toBeGreaterThanOrEqual(400);
      expect(JSON.parse(problemBody(code as never, "why", "id", 1.2))).toEqual({
        type: `urn:holdfast:problem:${code}`,
        title,
        status,
        detail: "why",
        code,
        requestId: "id",
        retryAfterMs: 2,
      });
    }
  });

  test("nobody is asked to come back too early", () => {
    expect([retryAfterSeconds(0), retryAfterSeconds(1), retryAfterSeconds(1_000), retryAfterSeconds(1_001)]).toEqual([
      "1",
      "1",
      "1",
      "2",
    ]);
  });

  test("quotas in windows of less than a second are told for a second", () => {
    expect([rateLimitPolicy("a", 5, 100), rateLimitPolicy("a", 5, 60_000), rateLimitState("a", 3, 1)]).toEqual([
      '"a";q=50;w=1',
      '"a";q=5;w=60',
      '"a";r=3;t=1',
    ]);
  });
});
