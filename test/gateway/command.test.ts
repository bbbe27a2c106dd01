/** The command: exit codes, messages, reload by signal and by file, the end by signal. */

import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { gateway } from "../../ts/cli/gateway.js";
import { startUpstream } from "./support/upstream.js";

function scratch(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "holdfast-gateway-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}

/** Runs the command with streams that remember. */
function run(...argv: string[]) {
  let out = "";
  let err = "";
  let wake = () => {};
  const stream = (add: (text: string) => void) => ({
    write(text: string) {
      add(text);
      wake();
      return true;
    },
  });
  const io = { stdout: stream((text) => (out += text)), stderr: stream((text) => (err += text)), env: {}, entry: "" };
  return {
    done: gateway.run(argv, io),
    out: () => out,
    err: () => err,
    async until(pattern: RegExp): Promise<RegExpExecArray> {
      for (;;) {
        const match = pattern.exec(err) ?? pattern.exec(out);
        if (match !== null) return match;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

const configText = (url: string, timeout = "1s") => `listen: "127.0.0.1:0"
admin: { listen: "127.0.0.1:0" }
upstreams: { up: { instances: ["${url}"] } }
routes: [{ name: all, upstream: up, timeout: ${timeout} }]
`;

describe("checking", () => {
  test("a sound file is 0 and one line", async () => {
    const file = scratch("g.yaml", configText("http://127.0.0.1:9"));
    const { done, out, err } = run("--config", file, "--check");
    expect([await done, out(), err()]).toEqual([0, `${file} is sound: 1 routes, 1 upstreams\n`, ""]);
  });

  test("a bad one is 2 and every mistake, with file, line and column", async () => {
    const file = scratch("g.yaml", "lisen: x\nroutes: []\n");
    for (const extra of [["--check"], []]) {
      const { done, out, err } = run("--config", file, ...extra);
      expect([await done, out()]).toEqual([2, ""]);
      expect(err().split("\n").slice(0, 3)).toEqual([
        `${file}:1:1: lisen: unknown key "lisen"; did you mean listen?`,
        `${file}:1:1: upstreams is missing; write upstreams: a mapping from names to an upstream with its instances`,
        `${file}:2:9: routes: the list has 0 entries; give at least 1`,
      ]);
      expect(err()).toContain("3 mistakes in ");
    }
  });

  test("one that cannot be read is 2", async () => {
    const { done, err } = run("--config", "/nowhere/g.yaml");
    expect(await done).toBe(2);
    expect(err()).toContain("cannot read /nowhere/g.yaml");
  });

  test("a command line without a file is a mistake in usage; --help is not", async () => {
    await expect(run().done).rejects.toMatchObject({ code: "USAGE" });
    await expect(run("--confg", "x").done).rejects.toMatchObject({ code: "USAGE" });
    const { done, out } = run("--help");
    expect([await done, out().includes("--config FILE")]).toEqual([0, true]);
  });

  test("an address that is taken is 1", async () => {
    const taken = await startUpstream();
    const file = scratch("g.yaml", configText(taken.url).replace("127.0.0.1:0", new URL(taken.url).host));
    const { done, err } = run("--config", file);
    expect(await done).toBe(1);
    expect(err()).toContain("it is in use");
  });
});

describe("running", () => {
  test("serves, reloads a changed file, keeps the old one when the new one is bad, rereads on SIGHUP, ends on SIGTERM with 0", async () => {
    const a = await startUpstream((_request, response) => void response.end("from a"));
    const b = await startUpstream((_request, response) => void response.end("from b"));
    const file = scratch("g.yaml", configText(a.url));
    const command = run("--config", file);
    const [, url] = await command.until(/gateway on (\S+)/);
    const [, dashboard] = await command.until(/dashboard on (\S+)/);
    const get = async () => (await fetch(url!)).text();
    expect(await get()).toBe("from a");

    // As an editor does it: a new file in place of the old one.
    writeFileSync(`${file}.new`, configText(b.url));
    renameSync(`${file}.new`, file);
    await command.until(/reloaded /);
    expect(await get()).toBe("from b");

    writeFileSync(file, configText(b.url, "banana"));
    await command.until(/kept the old configuration:\n\S+g\.yaml:4:\d+: routes\[0\]\.timeout: "banana" is wrong here/);
    expect(await get()).toBe("from b");
    const snapshot = (await (await fetch(dashboard!.replace("dashboard", "snapshot"))).json()) as {
      config: { error: string; generation: number };
    };
    expect([snapshot.config.generation, snapshot.config.error.includes("banana")]).toEqual([2, true]);
    expect(command.out()).toContain('"event":"config-refused"');

    const linesBefore = command.err().length;
    process.emit("SIGHUP");
    while (command.err().length === linesBefore) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await get()).toBe("from b");

    process.emit("SIGTERM");
    expect(await command.done).toBe(0);
    await expect(fetch(url!)).rejects.toThrow();
    expect(process.listenerCount("SIGHUP")).toBe(0);
  });
});
