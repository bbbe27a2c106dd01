/** The gateway: listeners in front, a table of routes behind, a reload that swaps the table, and an end that loses nothing. */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { DashboardSnapshot, TrafficOutcome } from "../dashboard/index.js";
import {
  type Clock,
  type Deadlines,
  deadlinesOf,
  HoldfastError,
  type Random,
  sleep,
  systemClock,
  systemRandom,
} from "../kernel/index.js";
import { type AdminActions, AdminSite, type AdminSource } from "./admin/admin-site.js";
import { renderMetrics } from "./admin/metrics.js";
import type { GatewayConfig, ListenAddress } from "./config/gateway-spec.js";
import { type ProblemCode, problemBody, problems, problemType, reasonPhrase } from "./http/problem.js";
import { HeadRefusal, readRequestHead } from "./http/request-head.js";
import { Listener } from "./listener.js";
import { type AccessEntry, accessLine } from "./observe/access-log.js";
import { Monitor } from "./observe/monitor.js";
import { Connection } from "./proxy/connection.js";
import { Exchange, type ExchangeHost } from "./proxy/exchange.js";
import { discardBody } from "./proxy/replay-body.js";
import { applyLimits, type PublicSide, publicListener } from "./public-listener.js";
import { Table } from "./table.js";

/** Options of {@link createGateway}. */
export interface GatewayOptions {
  /** A checked configuration; make one with `parseGatewayConfig`. */
  readonly config: GatewayConfig;
  /** Where the configuration came from, for the dashboard. Default: `code`. */
  readonly source?: string;
  /** Default: the system's clock. */
  readonly clock?: Clock;
  /** For the balancer and for jitter. Default: the system's. */
  readonly random?: Random;
  /** Gets one JSON object a line, without the line break: the access log where the configuration asks for it, and notable events. */
  readonly log?: (line: string) => void;
  /** Actions that the dashboard may call, by name. Default: none. */
  readonly actions?: AdminActions;
  /** Heading of the dashboard. Default: `Holdfast gateway`. */
  readonly title?: string;
  /** Whether the dashboard shows the buttons of the demonstration. Default: false. */
  readonly demo?: boolean;
}

/** A running gateway; see {@link createGateway}. */
export interface Gateway {
  /** Where clients connect, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Where the admin listener is, or undefined where it is off. */
  readonly adminUrl: string | undefined;
  /** Everything that the dashboard shows. */
  snapshot(): DashboardSnapshot;
  /**
   * Replaces the configuration in one step. Requests under way end under the old one; instances, breakers and limiters
   * whose configuration did not change keep their state. Rejects, and changes nothing, where the new one cannot be put to
   * use (`LISTEN_FAILED`, `ARENA_FULL`); the dashboard shows why.
   */
  reload(config: GatewayConfig): Promise<void>;
  /** Shows on the dashboard, in metrics and in the log that a new configuration was refused before it got here. */
  refuseConfig(error: Error): void;
  /**
   * Stops: accepts nothing new, turns `/-/ready` to 503, lets requests in progress end, then closes what is left.
   *
   * @param options `drainMs`: how long to wait for requests in progress; default: the configuration's `drainTimeout`.
   */
  close(options?: { readonly drainMs?: number }): Promise<void>;
}

class RunningGateway implements Gateway, ExchangeHost, PublicSide, AdminSource {
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: Deadlines;
  draining = false;
  #table: Table;
  #listener: Listener;
  #admin: Listener | undefined;
  readonly #site: AdminSite;
  readonly #monitor: Monitor;
  readonly #writeLog: ((line: string) => void) | undefined;
  #reloading: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;

  constructor(options: GatewayOptions) {
    this.clock = options.clock ?? systemClock;
    this.random = options.random ?? systemRandom;
    this.deadlines = deadlinesOf(this.clock);
    this.#writeLog = options.log;
    this.#table = new Table(options.config, undefined, this.clock, this.random);
    this.#table.settle();
    this.#monitor = new Monitor(this.clock, {
      title: options.title ?? "Holdfast gateway",
      source: options.source ?? "code",
      demo: options.demo ?? false,
    });
    this.#site = new AdminSite(this, options.actions ?? {});
    this.#listener = publicListener(this, options.config.limits);
  }

  /** Opens the listeners; on failure nothing stays open. */
  async open(): Promise<void> {
    const { listen, admin } = this.#table.config;
    try {
      if (admin !== "off") this.#admin = await this.#openAdmin(admin.listen);
      await this.#listener.open(listen);
    } catch (error) {
      await this.#admin?.close(this.clock, 0);
      this.#release();
      throw error;
    }
    this.#monitor.start(
      () => this.#table,
      () => {
        if (this.#site.events.watched) this.#site.events.send(this.snapshotJson());
      },
    );
  }

  async #openAdmin(address: ListenAddress): Promise<Listener> {
    const listener = new Listener({ headersTimeout: 10_000, requestTimeout: 30_000 });
    listener.server.on("request", (request: IncomingMessage, response: ServerResponse) =>
      this.#site.handle(request, response),
    );
    await listener.open(address);
    return listener;
  }

  get url(): string {
    return this.#listener.url;
  }

  get adminUrl(): string | undefined {
    return this.#admin?.url;
  }

  // Requests.

  onRequest(request: IncomingMessage, response: ServerResponse): void {
    const table = this.#table;
    const nowMs = this.clock.now();
    const connection = Connection.of(request.socket).under(table.rules.trusted);
    if (connection.closing) return;
    const head = readRequestHead(request, connection, table.rules);
    if (head instanceof HeadRefusal) {
      this.#refuse(request, response, head.code, head.detail, head.requestId);
      return;
    }
    if (head.upgrades) {
      this.#refuse(
        request,
        response,
        "upgrade-unsupported",
        "this gateway does not forward WebSocket or other upgrades",
        head.requestId,
      );
      return;
    }
    if (head.expectsContinue && request.headers.expect?.toLowerCase() !== "100-continue") {
      this.#refuse(
        request,
        response,
        "expectation-failed",
        "the only expectation understood is 100-continue",
        head.requestId,
      );
      return;
    }
    const route = table.router.find(head.hostName, head.path);
    if (route === undefined) {
      this.#refuse(request, response, "no-route", "no route serves this host and path", head.requestId);
      return;
    }
    this.#monitor.started();
    new Exchange(this, connection, request, response, head, route, nowMs).run();
  }

  /** Answers a request that takes no route, and closes where its framing cannot be trusted. */
  #refuse(
    request: IncomingMessage,
    response: ServerResponse,
    code: ProblemCode,
    detail: string,
    requestId: string,
  ): void {
    this.onRefused(code);
    const { status } = problems[code];
    const body = problemBody(code, detail, requestId);
    // Whoever sent an ambiguous request may have sent another one inside it.
    const connection = Connection.of(request.socket);
    if (code !== "no-route" || request.headers.expect !== undefined || this.draining) connection.closeAfter(response);
    response.writeHead(status, reasonPhrase(status), [
      "content-type",
      problemType,
      "content-length",
      String(Buffer.byteLength(body)),
      "x-request-id",
      requestId,
    ]);
    response.end(request.method === "HEAD" ? undefined : body);
    discardBody(request);
    if (this.logs) this.#logRefusal(request, connection.address, status, code, requestId);
  }

  #logRefusal(request: IncomingMessage, client: string, status: number, reason: string, requestId: string): void {
    const [path, query] = (request.url ?? "").split(/(?=\?)/, 2) as [string, string | undefined];
    this.log({
      atMs: this.clock.wallNow(),
      requestId,
      client,
      method: request.method ?? "",
      host: request.headers.host ?? "",
      path,
      query: query ?? "",
      route: undefined,
      instance: undefined,
      status,
      outcome: "rejected",
      reason,
      error: undefined,
      attempts: 0,
      durationMs: 0,
      bytesSent: 0,
    });
  }

  onRefused(code: ProblemCode): void {
    this.#monitor.refused(code);
  }

  get logs(): boolean {
    return this.#table.config.accessLog.enabled && this.#writeLog !== undefined;
  }

  log(entry: AccessEntry): void {
    this.#writeLog?.(accessLine(entry, this.#table.config.accessLog.query));
  }

  finished(outcome: TrafficOutcome, durationMs: number, rejection: string | undefined): void {
    this.#monitor.finished(outcome, durationMs, rejection);
  }

  onMistake(error: unknown): void {
    this.#note("mistake", { error: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }

  #note(event: string, fields: Readonly<Record<string, unknown>>): void {
    this.#writeLog?.(JSON.stringify({ time: new Date(this.clock.wallNow()).toISOString(), event, ...fields }));
  }

  // Watching.

  get hosts(): readonly string[] {
    const { admin } = this.#table.config;
    return admin === "off" ? [] : admin.hosts;
  }

  get ready(): boolean {
    return !this.draining;
  }

  metrics(): string {
    const { draining } = this;
    const { connections } = this.#listener;
    return renderMetrics(this.#monitor.facts(this.#table, { draining, connections }), this.clock.now());
  }

  snapshotJson(): string {
    return JSON.stringify(this.snapshot());
  }

  snapshot(): DashboardSnapshot {
    return this.#monitor.snapshot(this.#table);
  }

  // Changes.

  reload(config: GatewayConfig): Promise<void> {
    // One at a time, in the order of the calls; a failed one does not stop the next.
    const turn = this.#reloading.then(() => this.#reload(config));
    this.#reloading = turn.catch(() => {});
    return turn;
  }

  async #reload(config: GatewayConfig): Promise<void> {
    if (this.draining) throw new HoldfastError("CLOSED", "the gateway stops; it takes no further configuration");
    const old = this.#table;
    const opened: Listener[] = [];
    let table: Table | undefined;
    try {
      table = new Table(config, old, this.clock, this.random);
      const listener = this.#listener.serves(config.listen) ? this.#listener : publicListener(this, config.limits);
      if (listener !== this.#listener) {
        await listener.open(config.listen);
        opened.push(listener);
      }
      const admin = await this.#nextAdmin(config.admin);
      this.#swap(table, listener, admin);
    } catch (error) {
      table?.abandon();
      for (const listener of opened) void listener.close(this.clock, 0);
      this.refuseConfig(error as Error);
      throw error;
    }
    old.retire();
  }

  async #nextAdmin(next: GatewayConfig["admin"]): Promise<Listener | undefined> {
    if (next === "off") return undefined;
    return this.#admin?.serves(next.listen) === true ? this.#admin : this.#openAdmin(next.listen);
  }

  /** The step itself: no request sees half of it. */
  #swap(table: Table, listener: Listener, admin: Listener | undefined): void {
    const { drainTimeoutMs } = table.config;
    if (listener !== this.#listener) void this.#listener.close(this.clock, drainTimeoutMs);
    if (admin !== this.#admin) void this.#admin?.close(this.clock, 0);
    this.#listener = listener;
    this.#admin = admin;
    applyLimits(listener, table.config.limits);
    table.settle();
    this.#table = table;
    this.#monitor.configLoaded();
    this.#note("config-loaded", { generation: this.#monitor.generation });
  }

  refuseConfig(error: Error): void {
    this.#monitor.configRefused(error);
    this.#note("config-refused", { generation: this.#monitor.generation, error: error.message });
  }

  close(options: { readonly drainMs?: number } = {}): Promise<void> {
    this.#closing ??= this.#close(options.drainMs ?? this.#table.config.drainTimeoutMs);
    return this.#closing;
  }

  async #close(drainMs: number): Promise<void> {
    this.draining = true;
    this.#note("draining", { drainMs });
    await this.#reloading;
    await this.#listener.close(this.clock, drainMs);
    this.#monitor.stop();
    this.#site.events.close();
    await this.#admin?.close(this.clock, 0);
    // The last exchanges end when their sockets do, one turn of the loop later.
    await sleep(this.clock, 0);
    this.#release();
    this.#note("stopped", {});
  }

  #release(): void {
    this.#table.retire();
    this.#monitor.dispose();
  }
}

/**
 * Starts a gateway: a reverse proxy that protects what stands behind it. Use it to embed in a program what
 * `holdfast gateway --config FILE` runs as a process.
 *
 * @returns the gateway, listening.
 * @throws HoldfastError `LISTEN_FAILED` where an address cannot be had; `ARENA_FULL` where the limiters do not fit into the core's memory
 *
 * @example
 * ```ts
 * import { createGateway, parseGatewayConfig } from "holdfast/gateway";
 *
 * const config = parseGatewayConfig(
 *   `
 * listen: "127.0.0.1:0"
 * admin: off
 * upstreams:
 *   users: { instances: ["http://127.0.0.1:3001"] }
 * routes:
 *   - { name: users, upstream: users, match: { path: /users } }
 * `,
 *   { file: "gateway.yaml" },
 * );
 * const gateway = await createGateway({ config });
 * const response = await fetch(`${gateway.url}/nobody-serves-this`);
 * response.status; // => 404
 * await gateway.close();
 * ```
 */
export async function createGateway(options: GatewayOptions): Promise<Gateway> {
  const gateway = new RunningGateway(options);
  await gateway.open();
  return gateway;
}
