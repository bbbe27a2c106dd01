/** The body that can be sent twice, under every order of events that reads and writes can take. */

import type { IncomingMessage } from "node:http";
import { PassThrough, type Readable } from "node:stream";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ReplayBody } from "../../../ts/gateway/proxy/replay-body.js";

const turn = () => new Promise((resolve) => setImmediate(resolve));

function bodyOf(request: PassThrough, replayBytes: number, maxBytes = 1_000_000) {
  const events: string[] = [];
  const body = new ReplayBody(
    request as unknown as IncomingMessage,
    { maxBytes, replayBytes },
    { onBodyTooLarge: () => events.push("too large"), onBodyReceived: () => events.push("received") },
  );
  return { body, events };
}

async function readAll(stream: Readable): Promise<string> {
  let text = "";
  for await (const chunk of stream) text += chunk;
  return text;
}

describe("a replayable body", () => {
  test("keeps its order when it goes on while a second reader has not begun", async () => {
    const request = new PassThrough();
    const { body } = bodyOf(request, 100);
    const first = body.open();
    first.on("data", () => {});
    request.write("hello");
    await turn();
    // The first reader is replaced, not destroyed, and the client does not wait.
    const second = body.open();
    request.write(" world");
    await turn();
    request.end();
    await turn();
    expect(await readAll(second)).toBe("hello world");
  });

  test("gives every reader that opens in time the whole, whatever comes between (property)", async () => {
    const step = fc.oneof(
      fc.constantFrom("open", "turn", "read"),
      fc.string({ minLength: 1, maxLength: 5 }).map((text) => `+${text}`),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const request = new PassThrough();
        const { body, events } = bodyOf(request, 1_000);
        let sent = "";
        let reader = body.open();
        let got = "";
        const listen = () => {
          const own = reader;
          own.on("data", (chunk: Buffer) => {
            if (own === reader) got += chunk;
          });
        };
        for (const one of steps) {
          if (one === "turn") await turn();
          else if (one === "read") listen();
          else if (one === "open") {
            reader = body.open();
            got = "";
          } else {
            sent += one.slice(1);
            request.write(one.slice(1));
          }
          if (one === "read") reader.removeAllListeners("data").on("data", (chunk: Buffer) => (got += chunk));
        }
        request.end();
        const last = body.replayable ? body.open() : reader;
        expect(await readAll(last)).toBe(sent);
        expect(events).toEqual(["received"]);
      }),
      { numRuns: 200 },
    );
  });

  test("is not replayable once more has passed than is kept, and reads on all the same", async () => {
    const request = new PassThrough();
    const { body } = bodyOf(request, 5);
    const reader = body.open();
    const text = readAll(reader);
    request.write("hello");
    await turn();
    expect(body.replayable).toBe(true);
    request.end("!");
    expect(await text).toBe("hello!");
    expect([body.replayable, body.complete]).toEqual([false, true]);
  });

  test("says so once when it is too large, and takes nothing more", async () => {
    const request = new PassThrough();
    const { body, events } = bodyOf(request, 100, 5);
    const reader = body.open();
    reader.on("error", () => {});
    reader.resume();
    request.write("hello!");
    request.write("more");
    request.end();
    request.resume();
    await turn();
    expect([events, body.replayable, reader.destroyed]).toEqual([["too large"], false, true]);
  });
});

test("between two attempts the client waits, so that what is kept stays whole", async () => {
  const request = new PassThrough();
  const { body } = bodyOf(request, 8);
  body.open().on("data", () => {});
  request.write("hello");
  await turn();
  body.hold();
  request.end(" world, and more than is kept");
  await turn();
  expect(body.replayable).toBe(true);
  expect(await readAll(body.open())).toBe("hello world, and more than is kept");
});
