import ts from "typescript";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../ts/kernel/index.js";
import { bulkhead, type CallOptions, guard, guarded, retry, timeout } from "../../ts/resilience/index.js";

/** A policy that notes with which options it was called. */
function noting() {
  const seen: (CallOptions | undefined)[] = [];
  const inner = bulkhead({ limit: 10 });
  return {
    seen,
    execute: ((fn, options) => {
      seen.push(options);
      return inner.execute(fn, options);
    }) as typeof inner.execute,
  };
}

describe("guard", () => {
  it("keeps this, arguments, value, name and length", async () => {
    const account = {
      balance: 5,
      add: guard(bulkhead({ limit: 1 }), async function add(this: { balance: number }, a: number, b: number) {
        return this.balance + a + b;
      }),
    };
    expect(await account.add(1, 2)).toBe(8);
    expect(account.add.name).toBe("add");
    expect(account.add.length).toBe(2);
  });

  it("runs a synchronous function too, and lets its throw reject", async () => {
    expect(await guard(bulkhead({ limit: 1 }), (n: number) => n + 1)(1)).toBe(2);
    const failing = guard(bulkhead({ limit: 1 }), (): number => {
      throw new Error("down");
    });
    await expect(failing()).rejects.toThrow("down");
  });

  it("calls anew for each attempt, with the same this and arguments", async () => {
    const clock = manualClock();
    const seen: unknown[] = [];
    const self = {};
    const flaky = guard(retry({ attempts: 2, clock }), function (this: unknown, word: string) {
      seen.push(this, word);
      if (seen.length < 4) throw new Error("busy");
      return "done";
    });
    const call = flaky.call(self, "x");
    await clock.advance(1_000);
    expect(await call).toBe("done");
    expect(seen).toEqual([self, "x", self, "x"]);
  });

  it("reads the call's options off this and the arguments", async () => {
    const policy = noting();
    const load = guard(
      policy,
      async (id: string, _signal?: AbortSignal) => id,
      function (this: unknown, id: string, signal?: AbortSignal) {
        return signal === undefined ? { key: id } : { key: id, signal };
      },
    );
    const { signal } = new AbortController();
    await load.call(undefined, "a", undefined);
    await load.call(undefined, "b", signal);
    await guard(policy, async () => 1, { idempotent: false }).call(undefined);
    expect(policy.seen).toEqual([{ key: "a" }, { key: "b", signal }, { idempotent: false }]);
  });

  it("rejects where the options cannot be read, and never throws", async () => {
    const load = guard(
      noting(),
      async (user: { id: string }) => user.id,
      (user) => ({ key: user.id }),
    );
    await expect(load.call(undefined, undefined as never)).rejects.toBeInstanceOf(TypeError);
  });

  it("refuses what is no function", () => {
    expect(() => guard(noting(), undefined as never)).toThrow(expect.objectContaining({ code: "INVALID_OPTION" }));
  });
});

/** Compiles a class with the decorators that TypeScript makes of `@`, and gives what the source returns. */
function compiled(source: string, scope: Record<string, unknown>, legacy = false): Record<string, unknown> {
  const { outputText } = ts.transpileModule(source, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, experimentalDecorators: legacy },
  });
  return new Function(...Object.keys(scope), outputText)(...Object.values(scope)) as Record<string, unknown>;
}

describe("guarded", () => {
  it("decorates public, private and static methods as TypeScript compiles them", async () => {
    const policy = noting();
    const { Users } = compiled(
      `class Users {
        constructor(prefix) { this.prefix = prefix; }
        @guarded(policy, (id) => ({ key: id })) async load(id, _rest) { return this.prefix + id; }
        @guarded(policy) async #hidden(id) { return this.prefix + id; }
        open(id) { return this.#hidden(id); }
        @guarded(policy) static async count(n) { return n + 1; }
      }
      return { Users };`,
      { guarded, policy },
    ) as { Users: new (prefix: string) => Record<string, (id: string) => Promise<string>> };
    const users = new Users("user ");
    expect(await users["load"]!("7")).toBe("user 7");
    expect(await users["open"]!("8")).toBe("user 8");
    expect(await (Users as unknown as { count(n: number): Promise<number> }).count(1)).toBe(2);
    expect(policy.seen).toEqual([{ key: "7" }, undefined, undefined]);
    expect([users["load"]!.name, users["load"]!.length]).toEqual(["load", 2]);
    expect(Object.hasOwn(users, "load")).toBe(false);
  });

  it("takes the policy of each instance where it is given a function", async () => {
    const { Client } = compiled(
      `class Client {
        constructor(policy) { this.policy = policy; }
        @guarded((client) => client.policy) async call() { return "called"; }
      }
      return { Client };`,
      { guarded },
    ) as { Client: new (policy: unknown) => { call(): Promise<string> } };
    const one = noting();
    const two = noting();
    await new Client(one).call();
    await new Client(one).call();
    await new Client(two).call();
    expect([one.seen.length, two.seen.length]).toEqual([2, 1]);
  });

  it("cuts a method at the policy's deadline", async () => {
    const clock = manualClock();
    const decorate = guarded(timeout({ timeoutMs: 10, clock }));
    const slow = decorate(() => new Promise<never>(() => {}), { kind: "method" });
    const call = slow.call(undefined).catch((error: unknown) => error);
    await clock.advance(10);
    expect(await call).toMatchObject({ code: "TIMEOUT" });
  });

  it("says so where it stands at something else, or is applied as a decorator of the older kind", () => {
    const refusal = expect.objectContaining({ code: "INVALID_OPTION" });
    const scope = { guarded, policy: noting() };
    expect(() => compiled("class A { @guarded(policy) accessor x = 1; }", scope)).toThrow(refusal);
    expect(() => compiled("class A { @guarded(policy) async load() {} }", scope, true)).toThrow(refusal);
  });
});
