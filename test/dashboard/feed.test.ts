import { describe, expect, it } from "vitest";
import { type FeedHost, makeFeed } from "../../ts/dashboard/page/client/feed.js";
import { manualClock, type Timer } from "../../ts/kernel/index.js";

function setUp() {
  const clock = manualClock();
  const sources: { listeners: Map<string, (event: unknown) => void>; closed: boolean }[] = [];
  const heard: string[] = [];
  const host: FeedHost = {
    open() {
      const source = { listeners: new Map<string, (event: unknown) => void>(), closed: false };
      sources.push(source);
      return {
        addEventListener: (type: string, listener: unknown) => source.listeners.set(type, listener as () => void),
        close: () => {
          source.closed = true;
        },
      };
    },
    setTimeout: (callback, delayMs) => clock.schedule(callback, delayMs),
    clearTimeout: (handle) => (handle as Timer | undefined)?.cancel(),
    now: () => clock.now(),
  };
  const feed = makeFeed(host, {
    snapshot: (snapshot) => heard.push(`snapshot ${snapshot.title}`),
    link: (link) => heard.push(link),
    outdated: () => heard.push("outdated"),
  });
  const send = (data: unknown, source = sources.at(-1)!) =>
    source.listeners.get("snapshot")!({ data: typeof data === "string" ? data : JSON.stringify(data) });
  const fail = () => sources.at(-1)!.listeners.get("error")!({});
  feed.start();
  return { clock, sources, heard, feed, send, fail };
}

const snapshot = (title: string) => ({ version: 1, title });

describe("the page's connection", () => {
  it("is live from the first snapshot on", () => {
    const { heard, send } = setUp();
    send(snapshot("a"));
    send(snapshot("b"));
    expect(heard).toEqual(["snapshot a", "live", "snapshot b"]);
  });

  it("says lost at once after an error, and connects again with growing waits", () => {
    const { clock, sources, heard, send, fail } = setUp();
    send(snapshot("a"));
    fail();
    expect(heard.at(-1)).toBe("lost");
    expect(sources[0]!.closed).toBe(true);
    const waits: number[] = [];
    for (let attempt = 0; attempt < 5; attempt++) {
      const before = clock.now();
      const known = sources.length;
      while (sources.length === known) clock.advanceSync(100);
      waits.push(clock.now() - before);
      fail();
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 4_000]);
    clock.advanceSync(4_000);
    send(snapshot("back"));
    expect(heard.slice(-2)).toEqual(["snapshot back", "live"]);
  });

  it("does not trust a connection that is silent for three and a half seconds", () => {
    const { clock, sources, heard, feed, send } = setUp();
    send(snapshot("a"));
    clock.advanceSync(3_499);
    expect(heard.at(-1)).toBe("live");
    clock.advanceSync(1);
    expect(heard.at(-1)).toBe("lost");
    expect(feed.ageMs()).toBe(3_500);
    clock.advanceSync(500);
    expect(sources).toHaveLength(2);
  });

  it("never says lost of what it never had", () => {
    const { clock, heard } = setUp();
    clock.advanceSync(60_000);
    expect(heard).toEqual([]);
  });

  it("ignores what an old connection still has to say", () => {
    const { clock, sources, heard, send, fail } = setUp();
    send(snapshot("a"));
    fail();
    clock.advanceSync(500);
    send(snapshot("late"), sources[0]!);
    expect(heard).not.toContain("snapshot late");
  });

  it("survives a cut event and tells an unknown version", () => {
    const { heard, send } = setUp();
    send('{"version":1,');
    send("null");
    send({ version: 2 });
    expect(heard).toEqual(["outdated"]);
  });

  it("ends with no timer left", () => {
    const { clock, feed, send } = setUp();
    send(snapshot("a"));
    feed.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
