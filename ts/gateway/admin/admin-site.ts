/** What the admin listener serves: health, metrics, the dashboard and its actions. The public listener serves none of it. */

import type { IncomingMessage, ServerResponse } from "node:http";
import { dashboardPage } from "../../dashboard/index.js";
import { isHoldfastError } from "../../kernel/index.js";
import { EventStream } from "./events.js";
import { expositionType } from "./exposition.js";
import { hostAllowed, judgeChange } from "./guard.js";

/** What an embedder lets the dashboard do, by name; a thrown error's message is shown to the caller. */
export type AdminActions = Readonly<Record<string, (body: unknown) => Promise<unknown>>>;

/** What the site shows. */
export interface AdminSource {
  readonly hosts: readonly string[];
  readonly ready: boolean;
  snapshotJson(): string;
  metrics(): string;
}

const maxActionBytes = 65_536;
const common = { "cache-control": "no-store", "x-content-type-options": "nosniff" };

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    ...common,
    "content-type": type,
    "content-length": Buffer.byteLength(body),
    ...headers,
  });
  response.end(request.method === "HEAD" ? undefined : body);
}

function sendJson(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  value: unknown,
  headers?: Record<string, string>,
): void {
  send(request, response, status, "application/json; charset=utf-8", JSON.stringify(value), headers);
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  detail: string,
  headers?: Record<string, string>,
): void {
  // The body may be unread; the connection is not worth keeping for it.
  response.shouldKeepAlive = false;
  send(
    request,
    response,
    status,
    "application/problem+json",
    JSON.stringify({ type: "about:blank", status, detail }),
    headers,
  );
}

/** See the top of this file. */
export class AdminSite {
  readonly events = new EventStream();
  readonly #source: AdminSource;
  readonly #actions: AdminActions;

  constructor(source: AdminSource, actions: AdminActions) {
    this.#source = source;
    this.#actions = actions;
  }

  /** Answers one request. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    const path = (request.url ?? "/").replace(/[?#].*$/s, "");
    if (!hostAllowed(request.headers.host, this.#source.hosts)) {
      refuse(request, response, 421, "this host name is not one of the admin listener's; add it to admin.hosts");
      return;
    }
    if (path.startsWith("/-/actions/")) {
      void this.#act(path.slice("/-/actions/".length), request, response);
      return;
    }
    if (request.method !== "GET" && request.method !== "HEAD") {
      refuse(request, response, 405, "this is for GET only", { allow: "GET, HEAD" });
      return;
    }
    this.#show(path, request, response);
  }

  #show(path: string, request: IncomingMessage, response: ServerResponse): void {
    const source = this.#source;
    switch (path) {
      case "/":
        send(request, response, 302, "text/plain", "", { location: "/-/dashboard" });
        return;
      case "/-/dashboard": {
        const page = dashboardPage();
        send(request, response, 200, "text/html; charset=utf-8", page.html, page.headers);
        return;
      }
      case "/-/snapshot":
        send(request, response, 200, "application/json; charset=utf-8", source.snapshotJson());
        return;
      case "/-/events":
        if (request.method === "HEAD" || !this.events.open(response, source.snapshotJson())) {
          refuse(request, response, 503, "too many dashboards are open");
        }
        return;
      case "/-/health":
        sendJson(request, response, 200, { status: "ok" });
        return;
      case "/-/ready":
        sendJson(request, response, source.ready ? 200 : 503, { status: source.ready ? "ready" : "draining" });
        return;
      case "/-/metrics":
        send(request, response, 200, expositionType, source.metrics());
        return;
      default:
        refuse(request, response, 404, "there is nothing here; the dashboard is at /-/dashboard");
    }
  }

  async #act(name: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const action = Object.hasOwn(this.#actions, name) ? this.#actions[name] : undefined;
    const refusal = judgeChange(request);
    if (refusal !== undefined) {
      refuse(request, response, refusal.status, refusal.detail, refusal.status === 405 ? { allow: "POST" } : {});
      return;
    }
    if (action === undefined) {
      refuse(request, response, 404, "there is no such action here");
      return;
    }
    try {
      sendJson(request, response, 200, (await action(await readJson(request))) ?? null);
    } catch (error) {
      refuse(
        request,
        response,
        isHoldfastError(error) || error instanceof SyntaxError ? 400 : 500,
        error instanceof Error ? error.message : String(error),
      );
    }
  }
}

async function readJson(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > maxActionBytes) throw new SyntaxError(`the body has more than ${maxActionBytes} bytes`);
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString("utf8"));
}
