/**
 * Request forms on which servers disagree. Each is sent as bytes; what matters is that the instance sees either nothing,
 * or exactly one request with one meaning.
 */

import { describe, expect, test } from "vitest";
import { startGateway } from "../support/gateway.js";
import { exchange, RawClient } from "../support/raw.js";
import { startUpstream } from "../support/upstream.js";

const smuggled = "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";

describe("forms that Node's parser lets through and the gateway refuses", () => {
  const forms: Readonly<Record<string, string>> = {
    "Transfer-Encoding: gzip, chunked":
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding on HTTP/1.0": "POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two Host headers": "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
    "an absolute target with another host": "GET http://b/ HTTP/1.1\r\nHost: a\r\n\r\n",
    "GET with a body": "GET / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "HEAD with a body": "HEAD / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello",
    "GET with a chunked body": "GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a path with //x/../": "GET //x/../admin HTTP/1.1\r\nHost: a\r\n\r\n",
    "a path with dot segments": "GET /x/../admin HTTP/1.1\r\nHost: a\r\n\r\n",
    "a path with encoded dot segments": "GET /x/%2e%2e%2fadmin HTTP/1.1\r\nHost: a\r\n\r\n",
    "a path with half-encoded dot segments": "GET /x/.%2E/admin HTTP/1.1\r\nHost: a\r\n\r\n",
    "a path with a dot segment behind an encoded slash": "GET /x%2f../admin HTTP/1.1\r\nHost: a\r\n\r\n",
    "a path with a backslash": "GET /x\\..\\admin HTTP/1.1\r\nHost: a\r\n\r\n",
    "a path with a parameter on a dot segment": "GET /x/..;a=b/admin HTTP/1.1\r\nHost: a\r\n\r\n",
    "a path with an encoded line break": "GET /x%0d%0aX:y HTTP/1.1\r\nHost: a\r\n\r\n",
    "a path with a broken escape": "GET /x%zz HTTP/1.1\r\nHost: a\r\n\r\n",
    "a fragment in the target": "GET /x#y HTTP/1.1\r\nHost: a\r\n\r\n",
    "a fragment in the query": "GET /x?a#y HTTP/1.1\r\nHost: a\r\n\r\n",
    "a slash in Host": "GET / HTTP/1.1\r\nHost: a/evil\r\n\r\n",
    "an at sign in Host": "GET / HTTP/1.1\r\nHost: a@evil\r\n\r\n",
    "a comma in Host": "GET / HTTP/1.1\r\nHost: a,b\r\n\r\n",
    "an empty Host": "GET / HTTP/1.1\r\nHost:\r\n\r\n",
    "a header that differs from another by an underscore": "GET / HTTP/1.1\r\nHost: a\r\nX-Y: 1\r\nX_Y: 2\r\n\r\n",
    "Content-Length in disguise": "POST / HTTP/1.1\r\nHost: a\r\nContent_Length: 5\r\n\r\n",
    "HTTP/2.0 in the request line": "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
    "Upgrade: h2c":
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n\r\n",
    "an asterisk as target": "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
  };

  for (const [name, bytes] of Object.entries(forms)) {
    test(`${name}: 400, and nothing reaches the instance`, async () => {
      const upstream = await startUpstream();
      const gateway = await startGateway({ instances: [upstream.url] });
      // A connection to the instance is open already, so that nothing is late by chance.
      await exchange(gateway.url, "GET /before HTTP/1.1\r\nHost: a\r\n\r\n");
      const client = new RawClient(gateway.url).send(bytes + smuggled);
      const answer = await client.answer();
      expect(answer.status).toBe(400);
      expect(answer.headers["content-type"]).toBe("application/problem+json");
      // What follows an ambiguous request may be a part of it: the connection ends here.
      expect((await client.end()).includes("HTTP/1.1 200")).toBe(false);
      // A request that follows on another connection is seen, so one before it would have been.
      await exchange(gateway.url, "GET /after HTTP/1.1\r\nHost: a\r\n\r\n");
      expect(upstream.seen.map((seen) => seen.url)).toEqual(["/before", "/after"]);
    });
  }

  test("the answer says what was wrong, in a form that programs read", async () => {
    const gateway = await startGateway({});
    const answer = await exchange(gateway.url, forms["two Host headers"]!);
    expect(JSON.parse(answer.body)).toEqual({
      type: "urn:holdfast:problem:bad-request",
      title: "The request is malformed or ambiguous",
      status: 400,
      detail: "there is more than one Host header",
      code: "bad-request",
      requestId: answer.headers["x-request-id"],
    });
  });

  test("refusals are in the access log, without the query", async () => {
    const lines: string[] = [];
    const gateway = await startGateway({ top: { accessLog: { enabled: true } } }, { log: (line) => lines.push(line) });
    await exchange(gateway.url, "GET /a/../b?token=s3cret HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { event: "request", path: "/a/../b", status: 400, outcome: "rejected", reason: "bad-request" },
    ]);
    expect(lines.join()).not.toContain("s3cret");
  });

  test("chunk extensions are dropped, as RFC 9112 §7.1.1 asks: the instance never sees them", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url] });
    const answer = await exchange(
      gateway.url,
      'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5;evil="x"\r\nhello\r\n0;more\r\n\r\n',
    );
    expect(answer.status).toBe(200);
    expect(upstream.seen.map((seen) => seen.body)).toEqual(["hello"]);
  });
});

describe("forms that Node's parser refuses", () => {
  const chunkedPost = (body: string) => `POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body}`;
  const forms: Readonly<Record<string, string>> = {
    "Content-Length and Transfer-Encoding":
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "Transfer-Encoding and Content-Length":
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
    "two equal lengths": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 5\r\n\r\nhello",
    "two different lengths": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
    "a list of lengths": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5, 5\r\n\r\nhello",
    "a length with a sign": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx",
    "a hexadecimal length": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\nx",
    "a negative length": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
    "Transfer-Encoding: xchunked": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n",
    "chunked that is not last": "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
    "two Transfer-Encodings":
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a space before the colon": "POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 5\r\n\r\nhello",
    "bare line feeds": "GET / HTTP/1.1\nHost: a\n\n",
    "a bare carriage return in a value": "GET / HTTP/1.1\r\nHost: a\r\nX: a\rb\r\n\r\n",
    "a NUL in a value": "GET / HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
    "a folded line": "GET / HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n",
    "a chunk that ends with a bare line feed": chunkedPost("5\r\nhello\n0\r\n\r\n"),
    "a chunk extension with a bare line feed": chunkedPost("5;a\nhello\r\n0\r\n\r\n"),
    "a chunk size with an underscore": chunkedPost("0_1\r\nx\r\n0\r\n\r\n"),
    "a chunk size beyond 64 bits": chunkedPost("fffffffffffffffff\r\nx\r\n0\r\n\r\n"),
    "Content-Length as a trailer": chunkedPost("0\r\nContent-Length: 5\r\n\r\nhello"),
    "no Host": "GET / HTTP/1.1\r\n\r\n",
    "HTTP/1.32": "GET / HTTP/1.32\r\nHost: a\r\n\r\n",
    "no request at all": "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",
  };

  for (const [name, bytes] of Object.entries(forms)) {
    test(`${name}: 400, and nothing that follows reaches the instance`, async () => {
      const upstream = await startUpstream();
      const gateway = await startGateway({ instances: [upstream.url] });
      // A connection to the instance is open already, so that nothing is late by chance.
      await exchange(gateway.url, "GET /before HTTP/1.1\r\nHost: a\r\n\r\n");
      const client = new RawClient(gateway.url).send(bytes + smuggled);
      expect((await client.answer()).status).toBe(400);
      expect((await client.end()).includes("HTTP/1.1 200")).toBe(false);
      // A request that follows on another connection is seen, so one before it would have been.
      await exchange(gateway.url, "GET /after HTTP/1.1\r\nHost: a\r\n\r\n");
      expect(upstream.seen.map((seen) => seen.url)).toEqual(["/before", "/after"]);
    });
  }
});

describe("forms that are odd but have one meaning", () => {
  test("an absolute target with the same host is forwarded as a path", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url] });
    expect((await exchange(gateway.url, "GET http://A:80/x?y HTTP/1.1\r\nHost: a\r\n\r\n")).status).toBe(200);
    expect(upstream.seen[0]?.url).toBe("/x?y");
  });

  test("needlessly encoded letters are decoded before routing, so that a route cannot be passed by", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({
      instances: [upstream.url],
      top: {
        routes: [
          { name: "rest", upstream: "up" },
          { name: "secret", upstream: "up", match: { path: "/admin" }, rateLimit: { limit: 1, per: "1h" } },
        ],
      },
    });
    const get = (path: string) => exchange(gateway.url, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    expect((await get("/%61dmin/x")).headers["ratelimit-policy"]).toBe('"secret";q=1;w=3600');
    expect((await get("/admin/x")).status).toBe(429);
    expect(upstream.seen.map((seen) => seen.url)).toEqual(["/admin/x"]);
  });

  test("an encoded slash that hides nothing stays as it is", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url] });
    await exchange(gateway.url, "GET /@scope%2fname?q=%zz HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(upstream.seen[0]?.url).toBe("/@scope%2fname?q=%zz");
  });

  test("header names with underscores pass where the configuration allows them", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url], top: { limits: { underscores: "allow" } } });
    expect((await exchange(gateway.url, "GET / HTTP/1.1\r\nHost: a\r\nx_y: 1\r\n\r\n")).status).toBe(200);
    expect(upstream.seen[0]?.headers["x_y"]).toBe("1");
  });

  test("a body on a method other than POST and PUT keeps its framing: the instance sees one request", async () => {
    for (const method of ["DELETE", "OPTIONS", "PATCH", "PROPFIND", "REPORT"]) {
      const upstream = await startUpstream();
      const gateway = await startGateway({ instances: [upstream.url] });
      const body = smuggled;
      const sized = `${method} /real HTTP/1.1\r\nHost: a\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
      const inChunks = `${method} /real HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;
      expect((await exchange(gateway.url, sized)).status).toBe(200);
      expect((await exchange(gateway.url, inChunks)).status).toBe(200);
      expect(upstream.seen.map(({ url, body: seen }) => [url, seen])).toEqual([
        ["/real", body],
        ["/real", body],
      ]);
    }
  });
});

describe("protocols that are not forwarded", () => {
  test("a WebSocket upgrade gets 501 and the instance nothing", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url] });
    const answer = await exchange(
      gateway.url,
      "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
    );
    expect([answer.status, JSON.parse(answer.body).code]).toEqual([501, "upgrade-unsupported"]);
    expect(upstream.seen).toEqual([]);
  });

  test("a request that goes in circles gets 508", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url] });
    const through = (hops: number) =>
      exchange(gateway.url, `GET / HTTP/1.1\r\nHost: a\r\n${"Via: 1.1 holdfast\r\n".repeat(hops)}\r\n`);
    expect([(await through(7)).status, (await through(8)).status]).toEqual([200, 508]);
  });

  test("CONNECT gets 501", async () => {
    const gateway = await startGateway({});
    expect((await exchange(gateway.url, "CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n")).status).toBe(501);
  });
});
