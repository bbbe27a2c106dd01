/** An isolated page and its workers over one shared memory, in a real Chromium: exact, and the page's own thread waits without blocking. */

import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { chromiumPath, launch, open } from "./chromium.js";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** A program of `workers/` with the built package in it. */
async function bundled(name: string): Promise<string> {
  const { outputFiles } = await esbuild.build({
    entryPoints: [`${root}test/browser/workers/${name}.mjs`],
    alias: { "holdfast/core": `${root}dist/ts/core/index.js`, "holdfast/shared": `${root}dist/ts/shared/index.js` },
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}

describe.skipIf(chromiumPath === undefined)("workers of an isolated page", () => {
  let server: Server;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    const files: Record<string, readonly [type: string, text: string]> = {
      "/": [
        "text/html",
        '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/page.js"></script>',
      ],
      "/page.js": ["text/javascript", await bundled("page")],
      "/worker.js": ["text/javascript", await bundled("worker")],
    };
    server = createServer(({ url = "" }, response) => {
      const [type, text] = files[url] ?? ["text/plain", ""];
      const isolating = {
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Embedder-Policy": "require-corp",
        "Content-Type": type,
      };
      response.writeHead(url in files ? 200 : 404, isolating).end(text);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    browser = await launch();
    const { port } = server.address() as AddressInfo;
    ({ page, complaints } = await open(browser, `http://127.0.0.1:${port}/`));
    await page.waitForFunction(() => document.title !== "");
    expect([await page.title(), complaints]).toEqual(["ready", []]);
  });

  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function hammer<T>(what: string, threads: number, rounds: number): Promise<T> {
    const call = `hammer(${JSON.stringify(what)}, ${threads}, ${rounds})`;
    const answer = JSON.parse(await page.evaluate<string>(call)) as T;
    expect(complaints).toEqual([]);
    return answer;
  }

  describe.each([2, 4])("%i workers", (threads) => {
    test("a token bucket admits exactly its burst", async () => {
      const { admitted, remaining } = await hammer<{ admitted: number[]; remaining: number }>(
        "bucket",
        threads,
        50_000,
      );
      expect([admitted.reduce((sum, each) => sum + each, 0), remaining]).toEqual([50_000, 0]);
    });

    test("a breaker counts every result", async () => {
      expect(await hammer("breaker", threads, 3_000)).toEqual({ calls: threads * 3_000, failures: threads * 1_000 });
    });

    test("a ring loses, doubles and tears no message", async () => {
      const rounds = 10_000;
      const { taken, left } = await hammer<{ taken: { sum?: number; squares?: number }[]; left: number }>(
        "ring",
        threads,
        rounds,
      );
      const total = (threads / 2) * rounds;
      let squares = 0;
      for (let value = 1; value <= total; value++) squares = (squares + (value % 65_521) ** 2) % 2 ** 40;
      expect(taken.reduce((sum, each) => sum + (each.sum ?? 0), 0)).toBe((total * (total + 1)) / 2);
      expect(taken.reduce((sum, each) => sum + (each.squares ?? 0), 0) % 2 ** 40).toBe(squares);
      expect(left).toBe(-1);
    });

    test("a histogram loses no value while it is read", async () => {
      const factors = (threads * (threads + 1)) / 2;
      expect(await hammer("histogram", threads, 10_000)).toEqual({
        count: threads * 10_000,
        sum: 10_000 * 499.5 * factors,
        max: 999 * threads,
      });
    });
  });

  test("the page's own thread waits for what a worker commits, and wakes it", async () => {
    let sum = 0;
    for (let n = 0; n < 500; n++) sum += (n % 100) + 1;
    expect(await hammer("waiting", 1, 500)).toEqual({ sum });
  });
});
