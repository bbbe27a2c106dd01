/** A client's connection: who it is, and which of its exchanges are under way. */

import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { forwardedNode, plainAddress, type TrustedProxies } from "../http/forwarded.js";
import { clientKey } from "../http/network.js";
import type { Peer } from "../http/request-head.js";

/** What a connection ends or watches. */
export interface Tenant {
  /** The client went away. */
  onClientGone(): void;
  /** Whether it is the client that holds things up, not an instance. */
  readonly waitsForClient: boolean;
  /** Whether an answer has begun. */
  readonly answered: boolean;
}

const key = Symbol("holdfast.connection");

/** One listener on a socket serves all exchanges on it; a listener for each exchange would cost more than the lookup. */
export class Connection implements Peer {
  readonly address: string;
  readonly node: string;
  trusted = false;
  #trustedBy: TrustedProxies | undefined;
  #limiterKey: string | undefined;
  readonly #tenants: Tenant[] = [];
  #closing = false;

  constructor(socket: Socket) {
    this.address = plainAddress(socket.remoteAddress ?? "");
    this.node = this.address === "" ? "unknown" : forwardedNode(this.address);
    (socket as unknown as { [key]: Connection })[key] = this;
    socket.on("close", closed);
  }

  /** The connection that a socket carries. */
  static of(socket: Socket): Connection {
    return (socket as unknown as { [key]?: Connection })[key] ?? new Connection(socket);
  }

  /** The peer as seen under these trusted proxies, which a reload may change. */
  under(trusted: TrustedProxies): this {
    if (this.#trustedBy !== trusted) {
      this.#trustedBy = trusted;
      this.trusted = trusted.trusts(this.address);
    }
    return this;
  }

  /** What a client's address is limited under; kept for the usual case that the client is the peer. */
  limiterKey(client: string): string {
    if (client !== this.address) return clientKey(client);
    this.#limiterKey ??= clientKey(client);
    return this.#limiterKey;
  }

  /** Whether a response announced the connection's end. What the client sent after the request in question is not looked at. */
  get closing(): boolean {
    return this.#closing;
  }

  /**
   * Lets the connection end with this response. Node would still hand us requests that were pipelined behind it, and
   * they would be carried out although their answers can never be sent.
   */
  closeAfter(response: ServerResponse): void {
    response.shouldKeepAlive = false;
    this.#closing = true;
  }

  add(tenant: Tenant): void {
    this.#tenants.push(tenant);
  }

  remove(tenant: Tenant): void {
    const last = this.#tenants.pop();
    if (last === tenant || last === undefined) return;
    // Pipelined requests end out of order; there are few.
    const index = this.#tenants.indexOf(tenant);
    if (index >= 0) this.#tenants[index] = last;
    else this.#tenants.push(last);
  }

  /** Whether all that is under way here waits for the client. */
  get waitsForClient(): boolean {
    return this.#tenants.every((tenant) => tenant.waitsForClient);
  }

  /** Whether an answer is on its way here. */
  get answering(): boolean {
    return this.#tenants.some((tenant) => tenant.answered);
  }

  /** Ends everything that is under way here. */
  ended(): void {
    for (const tenant of this.#tenants.splice(0)) tenant.onClientGone();
  }
}

function closed(this: Socket): void {
  Connection.of(this).ended();
}
