import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { BlockedKeys } from "../../ts/redis/blocked-keys.js";
import { GcraMeter, gcraScript } from "../../ts/redis/gcra-meter.js";
import { fromIoredis, fromRedis, type RedisCall } from "../../ts/redis/index.js";
import { KeyNames } from "../../ts/redis/key-names.js";
import { readReply, resetScript } from "../../ts/redis/remote-meter.js";
import { WindowMeter, windowScript } from "../../ts/redis/window-meter.js";

describe("the scripts", () => {
  it.each(Object.entries({ gcraScript, windowScript, resetScript }))("%s is known by its hash", (_name, script) => {
    expect(script.sha1).toBe(createHash("sha1").update(script.source).digest("hex"));
  });

  it("have one key each and take the server's time", () => {
    for (const { source } of [gcraScript, windowScript]) {
      expect(source).not.toContain("KEYS[2]");
      expect(source).toContain("redis.call('TIME')");
    }
  });
});

describe("GCRA's numbers", () => {
  it.each([
    // A third of a second is a million thirds of a microsecond.
    [3, 1_000_000, 3, ["3", "1000000", "3000000"]],
    [100, 1_000_000, 1, ["1", "10000", "10000"]],
  ])("%i in %i µs with a burst of %i, exactly", (limit, periodUs, burst, head) => {
    expect(new GcraMeter(limit, periodUs, burst).args(0)).toEqual([...head, "0"]);
  });

  it("a prime in a day: the best fraction that leaves room for the burst", () => {
    const [unit, cost, window] = new GcraMeter(999_983, 86_400_000_000, 1_000).args(0).map(Number) as [
      number,
      number,
      number,
    ];
    expect(unit).toBeLessThanOrEqual(2 ** 18);
    expect(window).toBe(cost * 1_000);
    expect(window).toBeLessThanOrEqual(2 ** 51);
    expect(Math.abs(cost / unit / (86_400_000_000 / 999_983) - 1)).toBeLessThan(1e-13);
  });

  it("refuses what cannot be counted exactly", () => {
    const invalid = expect.objectContaining({ code: "INVALID_OPTION" });
    expect(() => new GcraMeter(1, 365 * 86_400_000_000, 1_000_000)).toThrow(invalid);
  });

  it("gives weights in parts, below zero to give back", () => {
    const meter = new GcraMeter(3, 1_000_000, 3);
    expect(meter.args(2)[3]).toBe("2000000");
    expect(meter.args(-2)[3]).toBe("-2000000");
    expect(new WindowMeter(10, 1_000_000).args(-2)).toEqual(["10", "1000000", "-2"]);
  });
});

describe("a reply", () => {
  it("is three whole numbers, in whatever form the client has them", () => {
    expect(readReply([0, 9, 100])).toEqual([0, 9, 100]);
    expect(readReply(["0", 9n, "100"])).toEqual([0, 9, 100]);
    for (const bad of [undefined, null, "OK", [1, 2], [1, 2, 3, 4], [0, -1, 0], [0, 1.5, 0], [0, "x", 0]]) {
      expect(readReply(bad)).toBeUndefined();
    }
  });
});

describe("names of keys", () => {
  const names = new KeyNames("api", "gcra");

  it("are the key with the prefix and what tells algorithms apart", () => {
    expect(names.of("tenant")).toBe("api:gcra:tenant");
    expect(new KeyNames("api", new WindowMeter(1, 60_000_000).tag).of("")).toBe("api:window-60000000:");
  });

  it("hash what is long, so that no caller makes them keep or send it", async () => {
    const long = "x".repeat(1_000_000);
    const name = await names.of(long);
    expect(name).toBe(`api:gcra#${createHash("sha256").update(long).digest("hex")}`);
    expect(names.of("x".repeat(128))).toBe(`api:gcra:${"x".repeat(128)}`);
    expect(await names.of(`${long}y`)).not.toBe(name);
  });
});

describe("blocked keys", () => {
  const standing = (waitMs: number) => ({ waitMs, remaining: 2, resetAfterMs: 2 * waitMs });

  it("are refused from when the server was asked, and count down", () => {
    const blocked = new BlockedKeys(10);
    blocked.block("a", 3, standing(100), 1_000);
    expect(blocked.standing("a", 3, 1_040)).toEqual({ waitMs: 60, remaining: 2, resetAfterMs: 160 });
    expect(blocked.standing("a", 3, 1_099)).toEqual({ waitMs: 1, remaining: 2, resetAfterMs: 101 });
    expect(blocked.standing("b", 3, 1_040)).toBeUndefined();
    expect(blocked.standing("a", 3, 1_100)).toBeUndefined();
    expect(blocked.size).toBe(0);
  });

  it("say nothing about a smaller weight, which may pass, nor about a larger one, which waits longer", () => {
    const blocked = new BlockedKeys(10);
    blocked.block("a", 3, standing(100), 0);
    expect(blocked.standing("a", 2, 1)).toBeUndefined();
    expect(blocked.standing("a", 4, 1)).toBeUndefined();
    expect(blocked.standing("a", 3, 1)).toBeDefined();
  });

  it("are looked at again after ten seconds, however long the server said", () => {
    const blocked = new BlockedKeys(10);
    blocked.block("a", 1, standing(86_400_000), 0);
    expect(blocked.standing("a", 1, 9_999)?.waitMs).toBe(86_390_001);
    expect(blocked.standing("a", 1, 10_000)).toBeUndefined();
  });

  it("are no more than the bound; the first makes room", () => {
    const blocked = new BlockedKeys(2);
    for (const name of ["a", "b", "a", "c"]) blocked.block(name, 1, standing(100), 0);
    expect(blocked.size).toBe(2);
    expect(["a", "b", "c"].map((name) => blocked.standing(name, 1, 1) !== undefined)).toEqual([true, false, true]);
    const none = new BlockedKeys(0);
    none.block("a", 1, standing(100), 0);
    expect(none.size).toBe(0);
  });
});

describe("clients behind the port", () => {
  const script = { source: "return 1", sha1: "abc" };
  const controller = new AbortController();
  const call: RedisCall = { signal: controller.signal };

  /** A client that does not know the script until it was given its text. */
  function nodeRedis(errorText = "NOSCRIPT No matching script.") {
    const seen: unknown[] = [];
    return {
      seen,
      evalSha: async (...args: unknown[]): Promise<unknown> => {
        seen.push(["evalSha", ...args]);
        throw new Error(errorText);
      },
      eval: async (...args: unknown[]): Promise<unknown> => {
        seen.push(["eval", ...args]);
        return "done";
      },
    };
  }

  it("`redis`: by hash, then by text", async () => {
    const client = nodeRedis();
    expect(await fromRedis(client).evaluate(script, "key", ["1", "2"], call)).toBe("done");
    const options = { keys: ["key"], arguments: ["1", "2"] };
    expect(client.seen).toEqual([
      ["evalSha", "abc", options],
      ["eval", "return 1", options],
    ]);
  });

  it("`redis`: takes back what nobody waits for, where it can", async () => {
    const client = nodeRedis();
    const signals: AbortSignal[] = [];
    const abortable = Object.assign(nodeRedis(), {
      withAbortSignal(signal: AbortSignal) {
        signals.push(signal);
        return client;
      },
    });
    expect(await fromRedis(abortable).evaluate(script, "key", [], call)).toBe("done");
    expect(signals).toEqual([controller.signal]);
    expect(client.seen).toHaveLength(2);
  });

  it("`ioredis`: by hash, then by text", async () => {
    const seen: unknown[] = [];
    const client = {
      evalsha: async (...args: unknown[]): Promise<unknown> => {
        seen.push(["evalsha", ...args]);
        throw new Error("NOSCRIPT No matching script. Please use EVAL.");
      },
      eval: async (...args: unknown[]): Promise<unknown> => {
        seen.push(["eval", ...args]);
        return "done";
      },
    };
    expect(await fromIoredis(client).evaluate(script, "key", ["1", "2"], call)).toBe("done");
    expect(seen).toEqual([
      ["evalsha", "abc", 1, "key", "1", "2"],
      ["eval", "return 1", 1, "key", "1", "2"],
    ]);
  });

  it("other errors are not tried again", async () => {
    const client = nodeRedis("LOADING Redis is loading the dataset in memory");
    await expect(fromRedis(client).evaluate(script, "key", [], call)).rejects.toThrow("LOADING");
    expect(client.seen).toHaveLength(1);
  });
});
