/** The built program as a process of its own: exit codes, streams, and what is left when it ends. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";

const program = fileURLToPath(new URL("../../dist/ts/cli/main.js", import.meta.url));
const built = existsSync(program);
if (!built) console.log("not run: the built program (npm run build makes it)");

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
  /** Resolves when standard error has shown `text`. */
  said(text: string): Promise<string>;
}

const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill("SIGKILL");
});

function start(...argv: string[]): Running {
  const child = spawn(process.execPath, [program, ...argv], { env: { ...process.env, NO_COLOR: "1" } });
  started.push(child);
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk) => (out += chunk));
  child.stderr.on("data", (chunk) => (err += chunk));
  const ended = new Promise<Ended>((resolve) => child.on("close", (code) => resolve({ code, out, err })));
  const said = (text: string) =>
    new Promise<string>((resolve, reject) => {
      const look = () => err.includes(text) && resolve(err);
      child.stderr.on("data", look);
      void ended.then(() => reject(new Error(`ended without saying ${text}: ${err}`)));
      look();
    });
  return { child, ended, said };
}

/** Processes whose parent is, or was, `pid`. Linux only: elsewhere there is no /proc to ask. */
function servicesOf(group: string): number[] {
  if (!existsSync("/proc/self/cmdline")) return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const command = readFileSync(`/proc/${pid}/cmdline`, "utf8");
        const environment = readFileSync(`/proc/${pid}/environ`, "utf8");
        return command.includes("demo-service") && environment.includes(group);
      } catch {
        return false; // It has just ended, or is somebody else's.
      }
    })
    .map(Number);
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

const portsIn = (err: string) => [...err.matchAll(/http:\/\/127\.0\.0\.1:(\d+)/g)].map((match) => Number(match[1]));

async function soon(condition: () => boolean | Promise<boolean>): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error("did not come true within five seconds");
}

describe.skipIf(!built)("the built program", () => {
  it("helps, and refuses what it does not know", async () => {
    expect(await start("--help").ended).toMatchObject({ code: 0, err: "" });
    const bad = await start("gatewya").ended;
    expect(bad).toMatchObject({ code: 2, out: "" });
    expect(bad.err).toContain("did you mean gateway?");
  });

  it("prints one JSON summary of a demonstration, and nothing else, on standard output", async () => {
    const { code, out } = await start("demo", "--seconds", "4", "--json", "--port", "0", "--admin-port", "0").ended;
    expect(code).toBe(0);
    expect(out.trim().split("\n")).toHaveLength(1);
    const summary = JSON.parse(out) as Record<string, unknown> & {
      outcomes: Record<string, number>;
      unprotectedOutcomes: Record<string, number>;
      latencyMs: Record<"protected" | "unprotected", Record<string, number>>;
    };
    expect(Object.keys(summary)).toEqual([
      "seed",
      "seconds",
      "requests",
      "outcomes",
      "unprotectedOutcomes",
      "latencyMs",
      "breakerTransitions",
      "limiterRejections",
    ]);
    const total = (counts: Record<string, number>) => Object.values(counts).reduce((sum, count) => sum + count, 0);
    expect(summary["requests"]).toBeGreaterThan(800);
    expect(total(summary.outcomes)).toBe(summary["requests"]);
    expect(total(summary.unprotectedOutcomes)).toBe(summary["requests"]);
    expect(summary["breakerTransitions"]).toBeGreaterThan(0);
    expect(summary["limiterRejections"]).toBeGreaterThan(0);
    expect(summary.latencyMs.protected["p50"]).toBeGreaterThan(0);
    const failed = (counts: Record<string, number>) => counts["server-error"] ?? 0;
    expect(failed(summary.outcomes)).toBeLessThan(failed(summary.unprotectedOutcomes) / 2);
  }, 60_000);

  it.each([
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)(
    "after %s ends with %i and leaves no process and no open port",
    async (signal, code) => {
      const mark = `HOLDFAST_TEST_MARK=${signal}-${process.pid}`;
      process.env["HOLDFAST_TEST_MARK"] = mark.split("=")[1];
      const running = start("demo", "--port", "0", "--admin-port", "0");
      delete process.env["HOLDFAST_TEST_MARK"];
      const err = await running.said("/-/dashboard");
      const ports = portsIn(err);
      expect(ports).toHaveLength(2);
      expect(await isFree(ports[0]!)).toBe(false);
      if (existsSync("/proc/self/cmdline")) expect(servicesOf(mark)).toHaveLength(3);
      running.child.kill(signal);
      expect((await running.ended).code).toBe(code);
      expect(servicesOf(mark)).toEqual([]);
      for (const port of ports) expect(await isFree(port)).toBe(true);
    },
    60_000,
  );

  it("leaves no service behind when it is killed without warning", async () => {
    const mark = `HOLDFAST_TEST_MARK=SIGKILL-${process.pid}`;
    process.env["HOLDFAST_TEST_MARK"] = mark.split("=")[1];
    const running = start("demo", "--port", "0", "--admin-port", "0");
    delete process.env["HOLDFAST_TEST_MARK"];
    await running.said("/-/dashboard");
    running.child.kill("SIGKILL");
    await soon(() => servicesOf(mark).length === 0);
  }, 60_000);

  it("takes another port, and says so, where the preferred one is in use", async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, "127.0.0.1", resolve));
    const { port } = squatter.address() as { port: number };
    const running = start("demo", "--seconds", "1", "--port", String(port), "--admin-port", "0");
    const { code, out, err } = await running.ended;
    expect(code).toBe(0);
    expect(err).toMatch(new RegExp(`Port ${port} is taken; the gateway uses \\d+\\.`));
    expect(portsIn(err)).not.toContain(port);
    expect(out).toContain("requests to each gateway");
    squatter.close();
  }, 60_000);

  it("starts a crashed service again", async () => {
    const running = start("demo", "--port", "0", "--admin-port", "0");
    const err = await running.said("/-/dashboard");
    const admin = `http://127.0.0.1:${portsIn(err)[1]}`;
    const act = (name: string, body: unknown) =>
      fetch(`${admin}/-/actions/${name}`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(body),
      });
    expect((await act("fault", { instance: "steady", kind: "crash" })).status).toBe(200);
    await running.said("steady crashed; starting it again in");
    const snapshot = async () =>
      (await (await fetch(`${admin}/-/snapshot`)).json()) as {
        upstreams: { instances: { healthy: boolean; breaker: { state: string } }[] }[];
      };
    await soon(async () => {
      const [steady] = (await snapshot()).upstreams[0]!.instances;
      return steady!.healthy && steady!.breaker.state === "closed";
    });
    expect((await act("fault", { instance: "nobody", kind: "crash" })).status).toBe(400);
    expect((await act("fault", { instance: "steady", kind: "party" })).status).toBe(400);
    running.child.kill("SIGINT");
    expect((await running.ended).code).toBe(130);
  }, 60_000);
});
