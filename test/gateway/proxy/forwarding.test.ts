/** What an instance sees of a request, and what a client sees of the answer. */

import { createHash, randomBytes } from "node:crypto";
import { request as httpRequest } from "node:http";
import { describe, expect, test } from "vitest";
import { startGateway } from "../support/gateway.js";
import { exchange, RawClient } from "../support/raw.js";
import { readAll, startRawUpstream, startTcp, startUpstream } from "../support/upstream.js";

describe("headers towards the instance", () => {
  test("what belongs to the connection stays behind, and what Connection names goes with it", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url] });
    await exchange(
      gateway.url,
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, X-Private\r\nX-Private: 1\r\nKeep-Alive: timeout=9\r\nTE: gzip\r\nTrailer: X\r\n" +
        "Proxy-Connection: keep-alive\r\nProxy-Authorization: Basic eA==\r\nX-Public: 2\r\n\r\n",
    );
    const { headers } = upstream.seen[0]!;
    expect(headers["x-public"]).toBe("2");
    for (const name of ["x-private", "keep-alive", "te", "trailer", "proxy-connection", "proxy-authorization"]) {
      expect(headers[name]).toBeUndefined();
    }
  });

  test("Connection cannot take away what servers rely on, nor what the gateway vouches for", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url] });
    await exchange(
      gateway.url,
      "POST / HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\nCookie: c=1\r\nContent-Length: 2\r\n" +
        "Connection: Host, Content-Length, Authorization, Cookie, X-Forwarded-For, X-Forwarded-Host, Forwarded, Via, X-Request-Id\r\n\r\nhi",
    );
    const { headers, body } = upstream.seen[0]!;
    expect(headers).toMatchObject({
      host: "a",
      authorization: "Bearer x",
      cookie: "c=1",
      "content-length": "2",
      "x-forwarded-for": "127.0.0.1",
      "x-forwarded-host": "a",
      via: "1.1 holdfast",
    });
    expect(headers.forwarded).toBe('for=127.0.0.1;host="a";proto=http');
    expect(body).toBe("hi");
  });

  test("forwarded headers and request ids from a peer that is not trusted are replaced", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url] });
    const answer = await exchange(
      gateway.url,
      "GET / HTTP/1.1\r\nHost: a\r\nX-Forwarded-For: 6.6.6.6\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: evil\r\nForwarded: for=6.6.6.6\r\nX-Request-Id: mine\r\n\r\n",
    );
    const { headers } = upstream.seen[0]!;
    expect(headers["x-forwarded-for"]).toBe("127.0.0.1");
    expect(headers["x-forwarded-proto"]).toBe("http");
    expect(headers["x-forwarded-host"]).toBe("a");
    expect(headers.forwarded).toBe('for=127.0.0.1;host="a";proto=http');
    expect(headers["x-request-id"]).toBe(answer.headers["x-request-id"]);
    expect(headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("from a trusted peer they are continued, and a sane request id is kept", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url], top: { trustedProxies: ["127.0.0.0/8"] } });
    const answer = await exchange(
      gateway.url,
      "GET / HTTP/1.1\r\nHost: a\r\nVia: 1.0 front\r\nX-Forwarded-For: 203.0.113.7\r\nX-Forwarded-Proto: https\r\nX-Forwarded-Host: www.example.com\r\nForwarded: for=203.0.113.7\r\nX-Request-Id: abc-123\r\n\r\n",
    );
    const { headers } = upstream.seen[0]!;
    expect(headers.via).toBe("1.0 front, 1.1 holdfast");
    expect(headers["x-forwarded-for"]).toBe("203.0.113.7, 127.0.0.1");
    expect(headers["x-forwarded-proto"]).toBe("https");
    expect(headers["x-forwarded-host"]).toBe("www.example.com");
    expect(headers.forwarded).toBe('for=203.0.113.7, for=127.0.0.1;host="a";proto=http');
    expect(answer.headers["x-request-id"]).toBe("abc-123");
  });

  test("a request id that could break a log line is replaced even if it comes from a trusted peer", async () => {
    const gateway = await startGateway({
      instances: [(await startUpstream()).url],
      top: { trustedProxies: ["127.0.0.1"] },
    });
    const answer = await exchange(gateway.url, 'GET / HTTP/1.1\r\nHost: a\r\nX-Request-Id: a"b c\r\n\r\n');
    expect(answer.headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("the instance sees its own host where the route says so, and doubled headers as they were", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url], route: { preserveHost: false } });
    await exchange(gateway.url, "GET / HTTP/1.1\r\nHost: a\r\nX-List: 1\r\nX-List: 2\r\n\r\n");
    const { headers, rawHeaders } = upstream.seen[0]!;
    expect(headers.host).toBe(new URL(upstream.url).host);
    expect(headers["x-forwarded-host"]).toBe("a");
    expect(rawHeaders.filter((text) => text === "1" || text === "2")).toEqual(["1", "2"]);
  });

  test("prefixes are stripped or replaced, queries are kept", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({
      instances: [upstream.url],
      top: {
        routes: [
          { name: "strip", upstream: "up", match: { path: "/strip" }, stripPrefix: true },
          { name: "swap", upstream: "up", match: { path: "/old" }, rewritePrefix: "/new/base" },
        ],
      },
    });
    for (const path of ["/strip", "/strip/", "/strip/a?b=/strip", "/strip//evil", "/old/x", "/old"]) {
      await exchange(gateway.url, `GET ${path} HTTP/1.1\r\nHost: a\r\n\r\n`);
    }
    expect(upstream.seen.map((seen) => seen.url)).toEqual([
      "/",
      "/",
      "/a?b=/strip",
      "/evil",
      "/new/base/x",
      "/new/base",
    ]);
  });
});

describe("headers towards the client", () => {
  test("what belongs to the instance's connection stays behind", async () => {
    const upstream = await startTcp((socket) => {
      socket.once("data", () =>
        socket.end(
          "HTTP/1.1 200 Fine\r\nConnection: close, X-Hop\r\nX-Hop: 1\r\nKeep-Alive: timeout=1\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\n" +
            "X-Request-Id: theirs\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 2\r\n\r\nhi",
        ),
      );
    });
    const gateway = await startGateway({ instances: [upstream.url] });
    const answer = await exchange(gateway.url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    expect(answer.head.startsWith("HTTP/1.1 200 Fine\r\n")).toBe(true);
    for (const name of ["x-hop", "proxy-authenticate", "upgrade"]) expect(answer.headers[name]).toBeUndefined();
    expect(answer.headers["connection"]).toBe("keep-alive");
    expect(answer.headers["via"]).toBe("1.1 holdfast");
    expect(answer.headers["x-request-id"]).not.toBe("theirs");
    expect(answer.head.match(/set-cookie/gi)?.length).toBe(2);
    expect(answer.body).toBe("hi");
  });

  test("bytes beyond ASCII in headers come out as they came in", async () => {
    const upstream = await startTcp((socket) => {
      socket.once("data", () =>
        socket.end(Buffer.from("HTTP/1.1 200 OK\r\nX-Name: caf\xe9\r\nContent-Length: 0\r\n\r\n", "latin1")),
      );
    });
    const gateway = await startGateway({ instances: [upstream.url] });
    expect((await exchange(gateway.url, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")).headers["x-name"]).toBe("caf\xe9");
  });

  test("HEAD, 204 and 304 have no body, and the connection stays in step", async () => {
    const upstream = await startRawUpstream((request, response) => {
      if (request.url === "/204") response.writeHead(204).end();
      else if (request.url === "/304") response.writeHead(304, { etag: '"x"', "content-length": "7" }).end();
      else response.writeHead(200, { "content-length": "5" }).end(request.method === "HEAD" ? undefined : "hello");
    });
    const gateway = await startGateway({ instances: [upstream.url] });
    const client = new RawClient(gateway.url);
    client.send("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until((text) => text.includes("\r\n\r\n"));
    expect(client.received).toMatch(/^HTTP\/1\.1 200 .*content-length: 5\r\n.*\r\n\r\n$/is);
    client.received = "";
    client.send(
      "GET /204 HTTP/1.1\r\nHost: a\r\n\r\nGET /304 HTTP/1.1\r\nHost: a\r\n\r\nGET /x HTTP/1.1\r\nHost: a\r\n\r\n",
    );
    const none = await client.answer();
    expect([none.status, none.headers["transfer-encoding"], none.headers["content-length"]]).toEqual([
      204,
      undefined,
      undefined,
    ]);
    const same = await client.answer();
    expect([same.status, same.headers["etag"], same.headers["transfer-encoding"]]).toEqual([304, '"x"', undefined]);
    expect((await client.answer()).body).toBe("hello");
  });

  test("early hints are passed on, and the answer follows", async () => {
    const upstream = await startRawUpstream((_request, response) => {
      response.writeEarlyHints({ link: "</style.css>; rel=preload; as=style" });
      response.end("done");
    });
    const gateway = await startGateway({ instances: [upstream.url] });
    const client = new RawClient(gateway.url).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const hints = await client.answer();
    expect([hints.status, hints.headers["link"]]).toEqual([103, "</style.css>; rel=preload; as=style"]);
    expect((await client.answer()).body).toContain("done");
  });

  test("an HTTP/1.0 client gets a body that ends with the connection", async () => {
    const upstream = await startRawUpstream((_request, response) => {
      response.write("part one, ");
      response.end("part two");
    });
    const gateway = await startGateway({ instances: [upstream.url] });
    const text = await new RawClient(gateway.url).send("GET / HTTP/1.0\r\n\r\n").end();
    expect(text).not.toMatch(/transfer-encoding/i);
    expect(text.endsWith("\r\n\r\npart one, part two")).toBe(true);
  });
});

describe("trailers", () => {
  const answerWithTrailers =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum, Content-Length\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 42\r\nSet-Cookie: a=1\r\n\r\n";

  test("are passed on to a client that says it takes them; dangerous ones are not", async () => {
    const upstream = await startTcp((socket) => socket.once("data", () => socket.write(answerWithTrailers)));
    const gateway = await startGateway({ instances: [upstream.url] });
    const client = new RawClient(gateway.url).send("GET / HTTP/1.1\r\nHost: a\r\nTE: trailers\r\n\r\n");
    const text = await client.until((received) => received.endsWith("\r\n\r\n") && received.includes("\r\n0\r\n"));
    expect(text).toMatch(/\r\ntrailer: X-Sum/i);
    expect(text.endsWith("2\r\nhi\r\n0\r\nX-Sum: 42\r\n\r\n")).toBe(true);
  });

  test("are dropped for one that does not", async () => {
    const upstream = await startTcp((socket) => socket.once("data", () => socket.write(answerWithTrailers)));
    const gateway = await startGateway({ instances: [upstream.url] });
    const client = new RawClient(gateway.url).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    const text = await client.until((received) => received.includes("\r\n0\r\n\r\n"));
    expect(text).not.toMatch(/x-sum/i);
  });

  test("of requests are dropped", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url] });
    await exchange(
      gateway.url,
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n2\r\nhi\r\n0\r\nX-Sum: 42\r\n\r\n",
    );
    expect([upstream.seen[0]?.body, upstream.seen[0]?.trailers]).toEqual(["hi", {}]);
  });
});

describe("bodies", () => {
  const sum = (data: Buffer | string) => createHash("sha256").update(data).digest("hex");

  for (const [name, size, declared] of [
    ["small", 1_000, true],
    ["just as large as is kept", 65_536, true],
    ["a byte larger than is kept", 65_537, true],
    ["large", 3_000_000, true],
    ["large and of unknown length", 3_000_000, false],
  ] as const) {
    test(`${name} bodies arrive whole in both directions`, async () => {
      const data = randomBytes(size);
      const upstream = await startRawUpstream((request, response) => {
        if (declared) response.setHeader("content-length", size);
        request.pipe(response);
      });
      const gateway = await startGateway({ instances: [upstream.url] });
      const answer = await new Promise<Buffer>((resolve, reject) => {
        const request = httpRequest(
          `${gateway.url}/echo`,
          { method: "POST", headers: declared ? { "content-length": size } : {} },
          (response) => {
            const chunks: Buffer[] = [];
            response.on("data", (chunk: Buffer) => chunks.push(chunk));
            response.on("end", () => resolve(Buffer.concat(chunks)));
          },
        );
        request.on("error", reject);
        request.end(data);
      });
      expect(sum(answer)).toBe(sum(data));
    });
  }

  test("a body over the limit gets 413, before a byte of it is read where its length is known", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url], route: { bodyBytes: "10B" } });
    const known = await exchange(gateway.url, "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n");
    expect([known.status, JSON.parse(known.body).code]).toEqual([413, "body-too-large"]);
    const unknown = await exchange(
      gateway.url,
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nb\r\nhello world\r\n0\r\n\r\n",
    );
    expect([unknown.status, JSON.parse(unknown.body).code]).toEqual([413, "body-too-large"]);
    expect(upstream.seen).toEqual([]);
  });

  test("100 Continue is sent when the request is admitted, not before, and never to one that is refused", async () => {
    const upstream = await startUpstream();
    const gateway = await startGateway({ instances: [upstream.url], route: { bodyBytes: "10B" } });
    const client = new RawClient(gateway.url).send(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n",
    );
    expect((await client.answer()).status).toBe(100);
    client.send("hi");
    expect((await client.answer()).status).toBe(200);
    expect([upstream.seen[0]?.body, upstream.seen[0]?.headers["expect"]]).toEqual(["hi", undefined]);
    const refused = new RawClient(gateway.url).send(
      "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 20\r\nExpect: 100-continue\r\n\r\n",
    );
    const answer = await refused.answer();
    expect([answer.status, answer.headers["connection"]]).toEqual([413, "close"]);
    await refused.end();
  });

  test("an expectation that nobody knows gets 417", async () => {
    const gateway = await startGateway({});
    expect((await exchange(gateway.url, "GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\n\r\n")).status).toBe(417);
  });

  test("an answer that comes before the whole request is passed on", async () => {
    const upstream = await startTcp((socket) => {
      socket.once("data", () => socket.write("HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"));
    });
    const gateway = await startGateway({ instances: [upstream.url] });
    const client = new RawClient(gateway.url).send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n",
    );
    expect((await client.answer()).status).toBe(403);
  });

  test("a stream is passed on as it comes, not when it ends", async () => {
    let finish = () => {};
    const upstream = await startRawUpstream((_request, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.flushHeaders();
      finish = () => response.end("data: 1\n\n");
    });
    const gateway = await startGateway({ instances: [upstream.url] });
    const client = new RawClient(gateway.url).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await client.until((text) => text.includes("text/event-stream"));
    finish();
    expect(await client.until((text) => text.includes("data: 1"))).toContain("data: 1");
  });

  test("a client that goes away takes its request at the instance with it", async () => {
    let seen = () => {};
    const arrived = new Promise<void>((resolve) => {
      seen = resolve;
    });
    let gone = () => {};
    const cancelled = new Promise<void>((resolve) => {
      gone = resolve;
    });
    const upstream = await startRawUpstream((_request, response) => {
      seen();
      response.on("close", gone);
    });
    const gateway = await startGateway({ instances: [upstream.url] });
    const client = new RawClient(gateway.url).send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    await arrived;
    client.socket.destroy();
    await cancelled;
    const { outcomes, inFlight } = gateway.snapshot().totals;
    expect([outcomes.aborted, inFlight]).toEqual([1, 0]);
    expect(gateway.snapshot().upstreams[0]?.instances[0]?.inFlight).toBe(0);
  });

  test("a client that goes away in the middle of its upload leaves the instance a broken request, never a whole one", async () => {
    let ended: ((how: string) => void) | undefined;
    const how = new Promise<string>((resolve) => {
      ended = resolve;
    });
    const upstream = await startRawUpstream((request) => {
      readAll(request).then(
        () => ended?.("whole"),
        () => ended?.("broken"),
      );
      request.once("data", () => client.socket.destroy());
    });
    const gateway = await startGateway({ instances: [upstream.url] });
    const client = new RawClient(gateway.url).send(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
    );
    expect(await how).toBe("broken");
  });

  test("a slow reader slows the instance down instead of filling our memory", async () => {
    let written = 0;
    const block = Buffer.alloc(65_536, "x");
    const upstream = await startRawUpstream((_request, response) => {
      const pump = () => {
        while (written < 64 * 2 ** 20) {
          written += block.length;
          if (!response.write(block)) {
            response.once("drain", pump);
            return;
          }
        }
        response.end();
      };
      pump();
    });
    const gateway = await startGateway({ instances: [upstream.url] });
    const client = new RawClient(gateway.url);
    client.socket.pause();
    client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    let before = -1;
    while (written !== before || written === 0) {
      before = written;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // What is on its way sits in socket buffers of the kernel: some megabytes, far from the whole.
    expect(written).toBeLessThan(24 * 2 ** 20);
  });

  test("a slow instance slows an upload down", async () => {
    const upstream = await startRawUpstream((request) => void request.pause());
    const gateway = await startGateway({ instances: [upstream.url], route: { bodyBytes: "1GiB" } });
    const client = new RawClient(gateway.url).send("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    const chunk = `10000\r\n${"x".repeat(65_536)}\r\n`;
    let sent = 0;
    while (sent < 64 * 2 ** 20 && client.socket.write(chunk, "latin1")) sent += 65_536;
    let stalled = 0;
    while (stalled < 3 && sent < 64 * 2 ** 20) {
      if (client.socket.writableNeedDrain) {
        stalled++;
        await new Promise((resolve) => setTimeout(resolve, 50));
      } else {
        stalled = 0;
        client.socket.write(chunk, "latin1");
        sent += 65_536;
      }
    }
    expect(sent).toBeLessThan(24 * 2 ** 20);
  });
});
