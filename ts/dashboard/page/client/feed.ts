/**
 * The live connection. `EventSource` reconnects by itself after a cut, but gives up for good when the server answers
 * with an error, which is what a proxy or a half-started server does; and it says nothing when a connection hangs. So
 * each attempt is a new `EventSource`, and a watchdog measures silence: what is shown is live, or it says how old it is.
 */

import type { DashboardSnapshot } from "../../snapshot.js";

/** What the page knows about its connection. */
export type Link = "connecting" | "live" | "lost";

/** The parts of the browser that the feed uses; tests bring their own. */
export interface FeedHost {
  open(url: string): Pick<EventSource, "addEventListener" | "close">;
  setTimeout(callback: () => void, delayMs: number): unknown;
  clearTimeout(handle: unknown): void;
  now(): number;
}

/** Who hears about it. */
export interface FeedListener {
  snapshot(snapshot: DashboardSnapshot): void;
  link(link: Link): void;
  /** The server speaks a newer version than this page. */
  outdated(): void;
}

/** Makes a feed that is not yet started. */
export function makeFeed(host: FeedHost, listener: FeedListener) {
  // The server sends once a second: three seconds of silence are two snapshots missed and half of a third.
  const silenceMs = 3_500;
  const firstDelayMs = 500;
  const maxDelayMs = 4_000;

  let source: Pick<EventSource, "addEventListener" | "close"> | undefined;
  let watchdog: unknown;
  let retry: unknown;
  let delayMs = firstDelayMs;
  let link: Link = "connecting";
  let lastAtMs: number | undefined;

  function change(next: Link): void {
    if (next === link) return;
    link = next;
    listener.link(next);
  }

  function drop(): void {
    source?.close();
    source = undefined;
    host.clearTimeout(watchdog);
    host.clearTimeout(retry);
  }

  function lose(): void {
    drop();
    change(lastAtMs === undefined ? "connecting" : "lost");
    retry = host.setTimeout(connect, delayMs);
    delayMs = Math.min(maxDelayMs, delayMs * 2);
  }

  function receive(text: string): void {
    let data: unknown;
    try {
      data = JSON.parse(text);
    } catch {
      return; // A cut event; the next is a second away, and the watchdog counts.
    }
    if (typeof data !== "object" || data === null) return;
    if ((data as { version?: unknown }).version !== 1) {
      listener.outdated();
      return;
    }
    host.clearTimeout(watchdog);
    watchdog = host.setTimeout(lose, silenceMs);
    delayMs = firstDelayMs;
    lastAtMs = host.now();
    listener.snapshot(data as DashboardSnapshot);
    change("live");
  }

  function connect(): void {
    drop();
    const opened = host.open("/-/events");
    source = opened;
    opened.addEventListener("snapshot", (event) => {
      if (source === opened) receive(String((event as MessageEvent).data));
    });
    opened.addEventListener("error", () => {
      if (source === opened) lose();
    });
    watchdog = host.setTimeout(lose, silenceMs);
  }

  return {
    start: connect,
    stop: drop,
    /** Milliseconds since the last snapshot; 0 before the first. */
    ageMs: () => (lastAtMs === undefined ? 0 : host.now() - lastAtMs),
  };
}
