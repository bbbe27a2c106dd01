/** The access log: one JSON object a line. It never holds header values, and holds query strings only if asked to. */

/** What is known of a finished exchange. */
export interface AccessEntry {
  readonly atMs: number;
  readonly requestId: string;
  readonly client: string;
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly route: string | undefined;
  readonly instance: string | undefined;
  readonly status: number;
  readonly outcome: string;
  readonly reason: string | undefined;
  /** What the system said of an instance that failed. */
  readonly error: string | undefined;
  readonly attempts: number;
  readonly durationMs: number;
  readonly bytesSent: number;
}

/** One line, without its line break. Absent facts are left out. */
export function accessLine(entry: AccessEntry, withQuery: boolean): string {
  return JSON.stringify({
    time: new Date(entry.atMs).toISOString(),
    event: "request",
    requestId: entry.requestId,
    client: entry.client,
    method: entry.method,
    host: entry.host,
    path: withQuery ? entry.path + entry.query : entry.path,
    route: entry.route,
    instance: entry.instance,
    status: entry.status,
    outcome: entry.outcome,
    reason: entry.reason,
    error: entry.error,
    attempts: entry.attempts,
    durationMs: Math.round(entry.durationMs * 100) / 100,
    bytesSent: entry.bytesSent,
  });
}
