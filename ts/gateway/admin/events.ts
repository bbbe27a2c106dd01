/** Server-sent events: the snapshot, once a second, to every open dashboard. */

import type { ServerResponse } from "node:http";

/** Most open dashboards. */
const maxClients = 64;
/** A client that has so many bytes unread is given up; its page connects again. */
const maxBacklogBytes = 4 * 2 ** 20;

/** The open dashboards. */
export class EventStream {
  readonly #clients = new Set<ServerResponse>();
  #id = 0;

  /** Whether anybody looks. */
  get watched(): boolean {
    return this.#clients.size > 0;
  }

  /** Takes in a client, and shows it the state at once; false where there are too many. */
  open(response: ServerResponse, snapshot: string): boolean {
    if (this.#clients.size >= maxClients) return false;
    response.writeHead(200, {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-store",
      "x-content-type-options": "nosniff",
    });
    response.write(`retry: 1000\n\n${this.#event(snapshot)}`);
    this.#clients.add(response);
    response.on("close", () => this.#clients.delete(response));
    return true;
  }

  /** Sends a snapshot to all. */
  send(snapshot: string): void {
    this.#id++;
    const event = this.#event(snapshot);
    for (const client of this.#clients) {
      if (client.writableLength > maxBacklogBytes) client.destroy();
      else client.write(event);
    }
  }

  #event(snapshot: string): string {
    return `event: snapshot\nid: ${this.#id}\ndata: ${snapshot}\n\n`;
  }

  /** Ends all streams. */
  close(): void {
    for (const client of this.#clients) client.end();
    this.#clients.clear();
  }
}
