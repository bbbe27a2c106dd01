/**
 * The body of a request on its way to an instance, kept for a second attempt as long as it is small.
 *
 * A body of known length up to `replayBytes` is gathered before the first attempt: it costs nothing beyond the client's
 * own pace, shields the instance from slow clients, and the attempt is a single write. A larger one, or one whose length
 * only its end tells, is streamed: each attempt reads what was kept, then the rest live, with backpressure; once more
 * than `replayBytes` have passed nothing is kept and no further attempt is possible.
 */

import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";

/** Hears what becomes of the body. */
export interface BodyListener {
  /** More bytes came than the route allows; nothing more is read. */
  onBodyTooLarge(): void;
  /** The last byte came in. */
  onBodyReceived(): void;
}

/** The body of one request. */
export class ReplayBody {
  readonly #request: IncomingMessage;
  readonly #maxBytes: number;
  readonly #replayBytes: number;
  readonly #listener: BodyListener;
  #kept: Buffer[] | undefined = [];
  #received = 0;
  #ended = false;
  #stopped = false;
  #reader: AttemptBody | undefined;

  constructor(request: IncomingMessage, limits: { maxBytes: number; replayBytes: number }, listener: BodyListener) {
    this.#request = request;
    this.#maxBytes = limits.maxBytes;
    this.#replayBytes = limits.replayBytes;
    this.#listener = listener;
    request.on("data", (chunk: Buffer) => this.#take(chunk));
    request.on("end", () => this.#end());
    // The exchange hears of a client that goes away from its connection; here it would only be an unhandled error.
    request.on("error", () => {});
    request.pause();
  }

  /** Whether another attempt can still send the whole body. */
  get replayable(): boolean {
    return this.#kept !== undefined;
  }

  /** Whether the last byte came in. */
  get complete(): boolean {
    return this.#ended;
  }

  /** The whole body in one piece; only where it is complete and kept. */
  whole(): Buffer {
    const kept = this.#kept!;
    return kept.length === 1 ? kept[0]! : Buffer.concat(kept);
  }

  /** Starts gathering without a reader. */
  gather(): void {
    this.#request.resume();
  }

  /** The attempt that reads has failed: takes the body from it and lets the client wait, so that what is kept stays whole. */
  hold(): void {
    this.#reader?.detach();
    this.#reader = undefined;
    if (!this.#ended) this.#request.pause();
  }

  /** A stream of the whole body for one attempt; only while it is replayable. The attempt before it gets no more. */
  open(): Readable {
    this.hold();
    const reader = new AttemptBody(this, this.#kept!.slice(), this.#ended);
    this.#reader = reader;
    return reader;
  }

  /** @internal The reader wants more. */
  flow(reader: AttemptBody): void {
    if (reader === this.#reader && !this.#stopped && !this.#ended) this.#request.resume();
  }

  /** @internal The reader is gone. */
  release(reader: AttemptBody): void {
    if (reader !== this.#reader) return;
    this.#reader = undefined;
    if (!this.#ended) this.#request.pause();
  }

  /** Nobody wants the rest. It is read and thrown away, so that the connection stays usable; see `discardBody`. */
  stop(): void {
    this.#stopped = true;
    this.#kept = undefined;
    this.#reader?.detach();
    this.#reader = undefined;
  }

  #take(chunk: Buffer): void {
    if (this.#stopped) return;
    this.#received += chunk.length;
    if (this.#received > this.#maxBytes) {
      this.stop();
      this.#listener.onBodyTooLarge();
      return;
    }
    if (this.#kept !== undefined) {
      if (this.#received <= this.#replayBytes) this.#kept.push(chunk);
      else this.#kept = undefined;
    }
    if (this.#reader !== undefined && !this.#reader.offer(chunk)) this.#request.pause();
  }

  #end(): void {
    this.#ended = true;
    if (this.#stopped) return;
    this.#reader?.finish();
    this.#listener.onBodyReceived();
  }
}

/** The body as one attempt reads it. */
class AttemptBody extends Readable {
  #body: ReplayBody | undefined;
  #kept: Buffer[];
  #ended: boolean;
  #started = false;

  constructor(body: ReplayBody, kept: Buffer[], ended: boolean) {
    super({ highWaterMark: 65_536 });
    this.#body = body;
    this.#kept = kept;
    this.#ended = ended;
  }

  override _read(): void {
    if (!this.#started) {
      this.#started = true;
      for (const chunk of this.#kept) this.push(chunk);
      this.#kept = [];
      if (this.#ended) this.push(null);
    }
    if (!this.#ended) this.#body?.flow(this);
  }

  /** Takes a live chunk, behind what was kept; false asks for a pause. */
  offer(chunk: Buffer): boolean {
    if (this.#started) return this.push(chunk);
    this.#kept.push(chunk);
    return false;
  }

  /** The last chunk was offered. */
  finish(): void {
    this.#ended = true;
    if (this.#started) this.push(null);
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#body?.release(this);
    this.#body = undefined;
    callback(error);
  }

  detach(): void {
    this.#body = undefined;
    this.destroy();
  }
}

/** Bytes of an unwanted body that are read and thrown away before the connection is given up. */
const discardBytes = 1_048_576;

/**
 * Reads the rest of a body that nobody wants, within bounds. Closing at once would make the kernel answer further bytes
 * with a reset, which can destroy the response before the client has read it.
 */
export function discardBody(request: IncomingMessage): void {
  if (request.complete) {
    request.resume();
    return;
  }
  let bytes = 0;
  request.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > discardBytes) request.socket.destroy();
  });
  request.on("error", () => {});
  request.resume();
}
