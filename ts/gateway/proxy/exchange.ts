/**
 * One request and its answer, from admission to the last byte. Read from top to bottom, it is the life of an exchange:
 * admit, gather the body, pick an instance, attempt, judge the head, retry or commit, stream, finish. Whatever happens,
 * `#finish` runs exactly once and gives back every place that was taken.
 *
 * The response's head is held until its first body byte (or the end of the turn of the event loop, where the body has no
 * declared length and may be long in coming), because up to then a failure can still be retried.
 */

import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { TrafficOutcome } from "../../dashboard/index.js";
import { type Clock, Deadline, type Deadlines, type Random, type Timer } from "../../kernel/index.js";
import { type BulkheadPermit, type Permit, parseRetryAfter } from "../../resilience/index.js";
import {
  type ProblemCode,
  problemBody,
  problems,
  problemType,
  reasonPhrase,
  retryAfterSeconds,
} from "../http/problem.js";
import { rateLimitState } from "../http/rate-limit-headers.js";
import { chunked, type RequestHead } from "../http/request-head.js";
import { type ResponseHead, readResponseHead, readTrailers } from "../http/response-head.js";
import type { AccessEntry } from "../observe/access-log.js";
import type { Route } from "../routing/route.js";
import { rewritePath } from "../routing/router.js";
import { pickInstance } from "../upstream/balancer.js";
import type { Instance } from "../upstream/instance.js";
import { Attempt, type AttemptOwner, type FailureKind } from "./attempt.js";
import type { Connection, Tenant } from "./connection.js";
import { type BodyListener, discardBody, ReplayBody } from "./replay-body.js";

/** What exchanges need of the gateway. */
export interface ExchangeHost {
  readonly clock: Clock;
  readonly random: Random;
  readonly deadlines: Deadlines;
  /** Whether connections are asked to close after their answer. */
  readonly draining: boolean;
  /** Whether `log` wants entries. */
  readonly logs: boolean;
  log(entry: AccessEntry): void;
  /** Something of ours threw. */
  onMistake(error: unknown): void;
  finished(outcome: TrafficOutcome, durationMs: number, rejection: string | undefined): void;
}

/** How refusals are counted on the dashboard and in the metrics. */
const rejectionReasons: Partial<Record<ProblemCode, string>> = {
  "rate-limited": "rate-limit",
  "breaker-open": "breaker-open",
  "concurrency-limited": "concurrency",
  "no-instance": "no-instance",
  "body-too-large": "body-too-large",
  "expectation-failed": "bad-request",
};

/** A retry that would have to wait longer than this is not made, even on a route without a timeout. */
const longestRetryWaitMs = 60_000;

/** A timer of the host may fire so much early by our clock: it counts in whole milliseconds. */
const timerSlackMs = 2;

const none: readonly Instance[] = [];

/** See the top of this file. Its own deadline is the route's timeout. */
export class Exchange extends Deadline implements AttemptOwner, BodyListener, Tenant {
  readonly #host: ExchangeHost;
  readonly #connection: Connection;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #head: RequestHead;
  readonly #route: Route;
  readonly #arrivedMs: number;
  #body: ReplayBody | undefined = undefined;
  #attempt: Attempt | undefined = undefined;
  #attempts = 0;
  #tried: Instance[] | undefined = undefined;
  #place: BulkheadPermit | undefined = undefined;
  #queueExit: AbortController | undefined = undefined;
  #retryTimer: Timer | undefined = undefined;
  #rateLimit: string | undefined = undefined;
  /** The head that is held, or was written. */
  #answer: ResponseHead | undefined = undefined;
  #statusText = "";
  #status = 0;
  #headWritten = false;
  #ended = false;
  #finished = false;
  #bytesSent = 0;
  #paused = false;
  #hostIndex = -1;
  /** What the system said of the last failure, for the log. */
  #error: string | undefined = undefined;

  constructor(
    host: ExchangeHost,
    connection: Connection,
    request: IncomingMessage,
    response: ServerResponse,
    head: RequestHead,
    route: Route,
    nowMs: number,
  ) {
    super();
    this.#host = host;
    this.#connection = connection;
    this.#request = request;
    this.#response = response;
    this.#head = head;
    this.#route = route;
    this.#arrivedMs = nowMs;
    connection.add(this);
    route.enter();
  }

  /** Starts the exchange. */
  run(): void {
    try {
      this.#begin();
    } catch (error) {
      this.#mistake(error);
    }
  }

  /** A step that a timer or a promise takes, where nobody else would catch what it throws. */
  #safely(step: () => void): void {
    try {
      if (!this.#finished) step();
    } catch (error) {
      this.#mistake(error);
    }
  }

  /** Something of ours threw: that must cost one answer, not the process. */
  #mistake(error: unknown): void {
    this.#host.onMistake(error);
    if (this.#finished) return;
    this.#attempt?.settle("ignore");
    this.#attempt?.cancel();
    if (this.#headWritten) this.#cut("rejected");
    else this.#refuse("internal-error", "the gateway failed; its log says why");
  }

  // Admission: each refusal costs the client an answer and the instance nothing.

  #begin(): void {
    const route = this.#route;
    if (route.limiter !== undefined && !this.#withinRate()) return;
    if (this.#head.bodyLength > route.bodyBytes) {
      this.#refuse(
        "body-too-large",
        `the body has ${this.#head.bodyLength} bytes; this route takes ${route.bodyBytes}`,
      );
      return;
    }
    const places = route.concurrency;
    if (places === undefined) {
      this.#admitted(this.#arrivedMs);
      return;
    }
    this.#place = places.tryAcquire();
    if (this.#place !== undefined) this.#admitted(this.#arrivedMs);
    else void this.#waitForPlace(places);
  }

  #withinRate(): boolean {
    const limiter = this.#route.limiter!;
    const { keyHeader } = limiter;
    const value = keyHeader === undefined ? undefined : this.#request.headers[keyHeader];
    // The prefixes keep a header's value from posing as an address.
    const key = typeof value === "string" ? `h ${value}` : `a ${this.#connection.limiterKey(this.#head.client)}`;
    const { waitMs, remaining, resetAfterMs } = limiter.keys.check(key, 1, this.#arrivedMs);
    this.#rateLimit = rateLimitState(this.#route.name, remaining, resetAfterMs);
    limiter.decided(waitMs === 0, remaining);
    if (waitMs === 0) return true;
    this.#refuse("rate-limited", `at most ${limiter.limit} requests per ${limiter.perMs} ms for this client`, waitMs);
    return false;
  }

  async #waitForPlace(places: NonNullable<Route["concurrency"]>): Promise<void> {
    this.#queueExit = new AbortController();
    let place: BulkheadPermit;
    try {
      place = await places.acquire({ signal: this.#queueExit.signal });
    } catch {
      this.#safely(() =>
        this.#refuse("concurrency-limited", `at most ${places.limit} requests at once on this route`, 1_000),
      );
      return;
    }
    if (this.#finished) {
      place.release();
      return;
    }
    this.#place = place;
    this.#safely(() => this.#admitted(this.#host.clock.now()));
  }

  #admitted(nowMs: number): void {
    const { bodyLength } = this.#head;
    const { retry } = this.#route;
    if (this.#head.expectsContinue && bodyLength !== 0) this.#response.writeContinue();
    retry?.budget.deposit(nowMs);
    if (bodyLength === 0) {
      this.#armTimeout(nowMs);
      this.#tryInstance(nowMs);
      return;
    }
    const replayBytes = retry?.replayBytes ?? 0;
    this.#body = new ReplayBody(this.#request, { maxBytes: this.#route.bodyBytes, replayBytes }, this);
    if (bodyLength !== chunked && bodyLength <= replayBytes) this.#body.gather();
    else this.#tryInstance(nowMs);
  }

  /** The route's time starts when the request is there: a slow upload is the client's own, and bounded elsewhere. */
  #armTimeout(nowMs: number): void {
    if (this.#route.timeoutMs > 0) this.#host.deadlines.set(this, this.#route.timeoutMs, nowMs);
  }

  onBodyReceived(): void {
    if (this.#finished) return;
    const nowMs = this.#host.clock.now();
    this.#armTimeout(nowMs);
    if (this.#attempts === 0) this.#safely(() => this.#tryInstance(nowMs));
    else if (this.#attempt !== undefined && this.#answer === undefined) this.#armHeadTime(this.#attempt, nowMs);
  }

  onBodyTooLarge(): void {
    if (this.#finished) return;
    this.#attempt?.settle("ignore");
    this.#attempt?.cancel();
    if (this.#headWritten) this.#cut("rejected");
    else this.#refuse("body-too-large", `the body has more than ${this.#route.bodyBytes} bytes`);
  }

  // Attempts.

  /** Picks an instance whose breaker agrees, untried ones first, and sends the request there. */
  #tryInstance(nowMs: number): void {
    const route = this.#route;
    let refused: readonly Instance[] = none;
    for (;;) {
      const tried = this.#tried;
      const avoided = tried === undefined ? refused : [...refused, ...tried];
      let instance = pickInstance(route.instances, avoided, this.#host.random, nowMs);
      if (instance === undefined && tried !== undefined) {
        // All were tried. Once more then, but not one that still asks to be left alone.
        const rested = route.instances.filter((candidate) => candidate.pauseMs(nowMs) < timerSlackMs);
        instance = pickInstance(rested, refused, this.#host.random, nowMs);
      }
      if (instance === undefined) break;
      const breaker = route.heedsBreakers ? instance.breaker : undefined;
      const permit = breaker?.tryAcquire();
      if (breaker !== undefined && permit === undefined) {
        refused = [...refused, instance];
        continue;
      }
      this.#send(instance, permit, nowMs);
      return;
    }
    if (refused.length > 0) {
      const waitMs = Math.min(...refused.map((instance) => instance.breaker!.retryAfterMs));
      this.#refuse(
        "breaker-open",
        `every instance of ${route.upstream} failed too often lately`,
        Number.isFinite(waitMs) ? waitMs : undefined,
      );
    } else {
      this.#refuse("no-instance", `every instance of ${route.upstream} has its connections and queue full`, 1_000);
    }
  }

  #send(instance: Instance, permit: Permit | undefined, nowMs: number): void {
    const head = this.#head;
    const route = this.#route;
    const attempt = new Attempt(this, instance, permit, nowMs);
    this.#attempt = attempt;
    this.#attempts++;
    if (this.#attempts > 1) route.traffic.retries++;
    const { headers } = head;
    if (this.#hostIndex < 0) {
      this.#hostIndex = headers.push("host", "") - 1;
      if (this.#body !== undefined && head.bodyLength > 0 && !this.#body.complete)
        headers.push("content-length", String(head.bodyLength));
    }
    headers[this.#hostIndex] = route.preserveHost && head.authority !== "" ? head.authority : instance.host;
    const body = this.#body;
    if (body === undefined || body.complete) this.#armHeadTime(attempt, nowMs);
    const options: Dispatcher.DispatchOptions & { servername: string | undefined } = {
      path: rewritePath(head.path, route.pathPrefix, route.replacement) + head.query,
      method: this.#request.method as Dispatcher.HttpMethod,
      headers,
      body: body === undefined ? null : body.complete && body.replayable ? body.whole() : body.open(),
      // undici would otherwise take the client's Host for the name in TLS.
      servername: instance.serverName,
    };
    instance.pool.dispatch(options, attempt);
  }

  #armHeadTime(attempt: Attempt, nowMs: number): void {
    if (this.#route.perTryTimeoutMs > 0) this.#host.deadlines.set(attempt, this.#route.perTryTimeoutMs, nowMs);
  }

  /**
   * Whether to try once more, and after how long; negative means no. The checks run from cheap to dear, and the budget
   * comes last because asking it spends it.
   */
  #retryWaitMs(attempt: Attempt, retryAfterMs: number | undefined, nowMs: number): number {
    const { retry, instances } = this.#route;
    if (retry === undefined || this.#attempts >= retry.attempts) return -1;
    if (attempt.sent && !retry.methods.has(this.#request.method!)) return -1;
    if (this.#body !== undefined && !this.#body.replayable) return -1;
    const elsewhere = instances.length > (this.#tried?.length ?? 0) + 1;
    let waitMs = elsewhere && !attempt.sent ? 0 : retry.delayMs(this.#attempts + 1);
    // Who asks to be left alone is left alone; another instance need not be.
    if (!elsewhere) waitMs = Math.max(waitMs, retryAfterMs ?? 0, attempt.instance.pauseMs(nowMs));
    const leftMs = this.list === undefined ? longestRetryWaitMs : this.dueMs - nowMs;
    if (waitMs >= Math.min(leftMs, longestRetryWaitMs)) return -1;
    return retry.budget.tryWithdraw(nowMs) ? waitMs : -1;
  }

  #retryAfter(waitMs: number, attempt: Attempt, nowMs: number): void {
    (this.#tried ??= []).push(attempt.instance);
    this.#attempt = undefined;
    this.#body?.hold();
    if (waitMs === 0) {
      this.#tryInstance(nowMs);
      return;
    }
    this.#retryTimer = this.#host.clock.schedule(() => {
      this.#retryTimer = undefined;
      this.#safely(() => this.#tryInstance(this.#host.clock.now()));
    }, waitMs);
  }

  onFailure(attempt: Attempt, kind: FailureKind, error: Error): void {
    const nowMs = this.#host.clock.now();
    this.#host.deadlines.cancel(attempt);
    if (kind === "unsendable") {
      // Otherwise a client could open breakers with requests of a certain form.
      attempt.settle("ignore");
      this.#refuse("bad-request", "a header or the target has a form that cannot be forwarded");
      return;
    }
    attempt.settle("failure");
    attempt.instance.failed(kind !== "unreachable", undefined, nowMs);
    if (this.#headWritten) {
      this.#cut(kind === "timeout" ? "timeout" : "upstream-failure");
      return;
    }
    this.#answer = undefined;
    const waitMs = this.#retryWaitMs(attempt, undefined, nowMs);
    if (waitMs >= 0) {
      this.#retryAfter(waitMs, attempt, nowMs);
      return;
    }
    // The client learns what kind of failure it was; which instance, and what the system said, is for the log.
    const { upstream } = this.#route;
    this.#error = describe(error);
    if (kind === "timeout") this.#fail("upstream-timeout", "timeout", `${upstream} did not answer in time`);
    else if (kind === "unreachable") this.#fail("upstream-failed", "upstream-failure", `no connection to ${upstream}`);
    else this.#fail("upstream-failed", "upstream-failure", `${upstream} broke off or did not speak HTTP`);
  }

  // The answer.

  onInformation(status: number, raw: readonly Buffer[]): void {
    if (this.#headWritten || this.#request.httpVersion === "1.0") return;
    if (status === 102) this.#response.writeProcessing();
    if (status !== 103) return;
    const links = readResponseHead(raw).headers.filter(
      (_, i, all) => i % 2 === 1 && all[i - 1]!.toLowerCase() === "link",
    );
    try {
      if (links.length > 0) this.#response.writeEarlyHints({ link: links });
    } catch {
      // Node takes only links of a strict shape; a hint that it refuses is dropped, it is a hint.
    }
  }

  onHead(attempt: Attempt, status: number, raw: readonly Buffer[], statusText: string): void {
    const { clock, deadlines } = this.#host;
    const answer = readResponseHead(raw);
    deadlines.cancel(attempt);
    if (status >= 500) {
      const nowMs = clock.now();
      const retryAfterMs =
        answer.retryAfter === undefined ? undefined : parseRetryAfter(answer.retryAfter, clock.wallNow());
      attempt.settle("failure");
      attempt.instance.failed(true, retryAfterMs, nowMs);
      if (this.#retriesStatus(attempt, status, retryAfterMs, nowMs)) return;
    } else if (this.#route.retry?.statuses.has(status)) {
      const retryAfterMs =
        answer.retryAfter === undefined ? undefined : parseRetryAfter(answer.retryAfter, clock.wallNow());
      if (this.#retriesStatus(attempt, status, retryAfterMs, clock.now())) return;
    }
    this.#answer = answer;
    this.#status = status;
    this.#statusText = statusText;
    if (answer.contentLength >= 0) {
      if (answer.contentLength > 0) this.#armPauseTime(attempt);
      return;
    }
    process.nextTick(flushHead, this, attempt);
  }

  #retriesStatus(attempt: Attempt, status: number, retryAfterMs: number | undefined, nowMs: number): boolean {
    if (this.#route.retry?.statuses.has(status) !== true) return false;
    const waitMs = this.#retryWaitMs(attempt, retryAfterMs, nowMs);
    if (waitMs < 0) return false;
    attempt.settle("success");
    attempt.discard();
    this.#retryAfter(waitMs, attempt, nowMs);
    return true;
  }

  /** Writes the held head, unless the attempt that it came from is no longer ours. */
  flushHead(attempt: Attempt): void {
    if (this.#finished || this.#attempt !== attempt) return;
    // Without a length the body may never end, so a breaker's probe is judged by what came at once.
    attempt.settle("success");
    if (this.#headWritten) return;
    if (this.#writeHead() && !this.#ended) this.#response.flushHeaders();
    this.#armPauseTime(attempt);
  }

  /** Hands the head to Node; false where Node finds it malformed, in which case the exchange has failed. */
  #writeHead(): boolean {
    const response = this.#response;
    const answer = this.#answer!;
    const { headers } = answer;
    headers.push("x-request-id", this.#head.requestId);
    this.#pushRateLimit(headers);
    const bodiless = this.#status === 204 || this.#status === 304 || this.#request.method === "HEAD";
    // Trailers can follow chunks only, and only to a client that said it takes them.
    if (
      answer.trailer !== undefined &&
      answer.contentLength < 0 &&
      !bodiless &&
      this.#head.takesTrailers &&
      this.#request.httpVersion === "1.1"
    ) {
      headers.push("trailer", answer.trailer);
    }
    if (this.#host.draining) this.#connection.closeAfter(response);
    try {
      response.writeHead(this.#status, this.#statusText, headers);
    } catch {
      this.#attempt?.cancel();
      this.#fail("upstream-failed", "upstream-failure", "the response head has a character that HTTP does not allow");
      return false;
    }
    this.#headWritten = true;
    return true;
  }

  #pushRateLimit(headers: string[]): void {
    if (this.#rateLimit === undefined) return;
    headers.push("RateLimit-Policy", this.#route.limiter!.policy, "RateLimit", this.#rateLimit);
  }

  onData(attempt: Attempt, chunk: Buffer): boolean {
    if (!attempt.bodyStarted) {
      attempt.bodyStarted = true;
      this.#observe(attempt);
    }
    if (!this.#headWritten && !this.#writeHead()) return true;
    this.#bytesSent += chunk.length;
    const { contentLength } = this.#answer!;
    if (this.#bytesSent === contentLength) {
      // The last piece goes out together with the end: one write less.
      this.#ended = true;
      this.#response.end(chunk);
      return true;
    }
    if (this.#response.write(chunk)) {
      this.#armPauseTime(attempt);
      return true;
    }
    // The client is slower than the instance. While it is, the instance's pause is not the instance's fault.
    this.#host.deadlines.cancel(attempt);
    this.#paused = true;
    this.#response.once("drain", () => this.#drained(attempt));
    return false;
  }

  #drained(attempt: Attempt): void {
    this.#paused = false;
    if (this.#finished || this.#attempt !== attempt) return;
    this.#armPauseTime(attempt);
    attempt.resume?.();
  }

  #armPauseTime(attempt: Attempt): void {
    const { idleTimeoutMs } = this.#route;
    if (idleTimeoutMs === 0 || this.#finished) return;
    this.#host.deadlines.cancel(attempt);
    this.#host.deadlines.set(attempt, idleTimeoutMs, this.#host.clock.now());
  }

  /** Latency is taken at the first byte of the body: a head can be sent long before the work is done. */
  #observe(attempt: Attempt): void {
    if (attempt.status >= 500) return;
    const nowMs = this.#host.clock.now();
    attempt.instance.answered(nowMs - attempt.startedMs, nowMs);
  }

  onEnd(attempt: Attempt, rawTrailers: readonly Buffer[]): void {
    this.#host.deadlines.cancel(attempt);
    if (!attempt.bodyStarted) this.#observe(attempt);
    attempt.settle("success");
    if (!this.#headWritten && !this.#writeHead()) return;
    if (!this.#ended) {
      this.#ended = true;
      if (rawTrailers.length > 0 && this.#head.takesTrailers && this.#response.chunkedEncoding) {
        this.#response.addTrailers(readTrailers(rawTrailers));
      }
      this.#response.end();
    }
    const status = this.#status;
    this.#finish(status < 400 ? "ok" : status < 500 ? "client-error" : "server-error", undefined);
  }

  // Endings.

  /** The route's timeout. */
  expire(): void {
    const attempt = this.#attempt;
    if (attempt !== undefined) {
      const nowMs = this.#host.clock.now();
      this.#host.deadlines.cancel(attempt);
      // A client that reads too slowly is no fault of the instance.
      attempt.settle(this.#paused ? "ignore" : "failure");
      if (!this.#paused) attempt.instance.failed(true, undefined, nowMs);
      attempt.cancel();
    }
    if (this.#headWritten) this.#cut("timeout");
    else this.#fail("upstream-timeout", "timeout", `no answer within ${this.#route.timeoutMs} ms`);
  }

  onClientGone(): void {
    const attempt = this.#attempt;
    if (attempt !== undefined && !this.#ended) {
      const nowMs = this.#host.clock.now();
      attempt.instance.abandoned(nowMs - attempt.startedMs, nowMs);
      attempt.settle("ignore");
      attempt.cancel();
    }
    this.#finish(this.#ended ? "ok" : "aborted", undefined);
  }

  /** Whether the answer has begun. */
  get answered(): boolean {
    return this.#headWritten;
  }

  /** Whether the client has the next move: to send its body, or to read what it asked for. */
  get waitsForClient(): boolean {
    return this.#paused || (this.#body !== undefined && !this.#body.complete && !this.#request.isPaused());
  }

  /** Answers with a refusal of a policy. */
  #refuse(code: ProblemCode, detail: string, retryAfterMs?: number): void {
    this.#answerProblem(code, detail, retryAfterMs);
    this.#finish("rejected", rejectionReasons[code] ?? code);
  }

  /** Answers with a failure. */
  #fail(code: ProblemCode, outcome: TrafficOutcome, detail: string): void {
    this.#answerProblem(code, detail, undefined);
    this.#finish(outcome, undefined);
  }

  #answerProblem(code: ProblemCode, detail: string, retryAfterMs: number | undefined): void {
    const response = this.#response;
    const { status } = problems[code];
    const body = problemBody(code, detail, this.#head.requestId, retryAfterMs);
    const headers = [
      "content-type",
      problemType,
      "content-length",
      String(Buffer.byteLength(body)),
      "x-request-id",
      this.#head.requestId,
    ];
    if (retryAfterMs !== undefined) headers.push("retry-after", retryAfterSeconds(retryAfterMs));
    this.#pushRateLimit(headers);
    this.#status = status;
    // A client that still waits for 100 Continue will not send its body, so the connection's framing is lost.
    const unread = this.#head.expectsContinue && this.#body === undefined && this.#head.bodyLength !== 0;
    if (this.#host.draining || unread) this.#connection.closeAfter(response);
    response.writeHead(status, reasonPhrase(status), headers);
    this.#headWritten = true;
    this.#ended = true;
    this.#bytesSent = body.length;
    response.end(this.#request.method === "HEAD" ? undefined : body);
  }

  /** The head is out and the rest will not come: closing the connection is the only way left to say so. */
  #cut(outcome: TrafficOutcome): void {
    this.#ended = true;
    this.#finish(outcome, undefined);
    this.#request.socket.destroy();
  }

  #finish(outcome: TrafficOutcome, rejection: string | undefined): void {
    if (this.#finished) return;
    this.#finished = true;
    const { clock, deadlines } = this.#host;
    const durationMs = clock.now() - this.#arrivedMs;
    deadlines.cancel(this);
    this.#retryTimer?.cancel();
    this.#queueExit?.abort();
    this.#connection.remove(this);
    this.#place?.release();
    this.#body?.stop();
    if (this.#head.bodyLength !== 0) discardBody(this.#request);
    const route = this.#route;
    route.traffic.finished(outcome, durationMs, rejection);
    route.leave();
    if (this.#host.logs) this.#log(outcome, rejection, durationMs);
    this.#host.finished(outcome, durationMs, rejection);
  }

  #log(outcome: TrafficOutcome, reason: string | undefined, durationMs: number): void {
    const head = this.#head;
    this.#host.log({
      atMs: this.#host.clock.wallNow(),
      requestId: head.requestId,
      client: head.client,
      method: this.#request.method!,
      host: head.hostName,
      path: head.path,
      query: head.query,
      route: this.#route.name,
      instance: this.#attempt?.instance.id,
      status: this.#status,
      outcome,
      reason,
      error: this.#error,
      attempts: this.#attempts,
      durationMs,
      bytesSent: this.#bytesSent,
    });
  }
}

function flushHead(exchange: Exchange, attempt: Attempt): void {
  exchange.flushHead(attempt);
}

/** What went wrong, without a stack and without anything that only concerns us. */
function describe(error: Error): string {
  const { code } = error as { code?: unknown };
  return typeof code === "string" ? `${code} ${error.message}`.trim() : error.message;
}
