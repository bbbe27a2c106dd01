/** A client that writes bytes and reads bytes: for requests that no HTTP library would send. */

import { connect, type Socket } from "node:net";
import { onTestFinished } from "vitest";

/** One answer, taken apart. */
export interface RawAnswer {
  readonly status: number;
  readonly head: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A connection to a URL's host and port. */
export class RawClient {
  readonly socket: Socket;
  received = "";
  closed = false;
  #wake: (() => void) | undefined;

  constructor(url: string) {
    const { hostname, port } = new URL(url);
    this.socket = connect(Number(port), hostname);
    this.socket.setEncoding("latin1");
    this.socket.on("data", (chunk: string) => {
      this.received += chunk;
      this.#wake?.();
    });
    this.socket.on("error", () => {});
    this.socket.on("close", () => {
      this.closed = true;
      this.#wake?.();
    });
    onTestFinished(() => void this.socket.destroy());
  }

  send(bytes: string): this {
    this.socket.write(bytes, "latin1");
    return this;
  }

  /** Waits until what was received satisfies `done`, or the connection is closed. */
  async until(done: (received: string) => boolean): Promise<string> {
    while (!done(this.received) && !this.closed) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.received;
  }

  /** Waits for one whole answer with a declared length, and takes it off what was received. */
  async answer(): Promise<RawAnswer> {
    await this.until((text) => wholeAnswer(text) !== undefined);
    const length = wholeAnswer(this.received) ?? this.received.length;
    const text = this.received.slice(0, length);
    this.received = this.received.slice(length);
    return parseAnswer(text);
  }

  /** Waits for the end of the connection. */
  async end(): Promise<string> {
    return this.until(() => false);
  }
}

function wholeAnswer(text: string): number | undefined {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return undefined;
  const length = /\r\ncontent-length: *(\d+)/i.exec(text.slice(0, end + 2));
  if (/^HTTP\/1\.1 (1\d\d|204|304)/.test(text)) return end + 4;
  if (length === null) {
    const last = text.indexOf("\r\n0\r\n\r\n", end);
    return /\r\ntransfer-encoding: *chunked/i.test(text.slice(0, end + 2)) && last >= 0 ? last + 7 : undefined;
  }
  const whole = end + 4 + Number(length[1]);
  return text.length >= whole ? whole : undefined;
}

/** Takes an answer apart. */
export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const head = text.slice(0, end);
  const headers: Record<string, string> = {};
  for (const line of head.split("\r\n").slice(1)) {
    const colon = line.indexOf(":");
    headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim();
  }
  return { status: Number(/^HTTP\/1\.\d (\d{3})/.exec(head)?.[1] ?? 0), head, headers, body: text.slice(end + 4) };
}

/** Sends bytes on a connection of their own and gives the first answer (status 0 where there is none). */
export async function exchange(url: string, bytes: string): Promise<RawAnswer> {
  const client = new RawClient(url).send(bytes);
  const answer = await client.answer();
  client.socket.destroy();
  return answer;
}
