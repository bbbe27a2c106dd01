/** The dashboard on the real thing: the built demonstration, its gateway under load, real services in real trouble. */

import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { chromiumPath, launch, open } from "./chromium.js";

const program = fileURLToPath(new URL("../../dist/ts/cli/main.js", import.meta.url));
const built = existsSync(program);
if (!built) console.log("not run: the built program (npm run build makes it)");

interface Demo {
  readonly dashboardUrl: string;
  readonly port: number;
  readonly adminPort: number;
  stop(): Promise<number | null>;
}

/** Starts a demonstration and resolves once it says where its dashboard is. */
function startDemo(port: number, adminPort: number): Promise<Demo> {
  const argv = ["demo", "--rate", "100", "--port", String(port), "--admin-port", String(adminPort)];
  const child: ChildProcess = spawn(process.execPath, [program, ...argv], { stdio: ["ignore", "ignore", "pipe"] });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  let said = "";
  return new Promise((resolve, reject) => {
    child.stderr!.on("data", (chunk) => {
      said += chunk;
      const ports = [...said.matchAll(/http:\/\/127\.0\.0\.1:(\d+)(\/-\/dashboard\n)?/g)];
      if (ports.length < 2 || ports[1]![2] === undefined) return;
      resolve({
        dashboardUrl: ports[1]![0].trim(),
        port: Number(ports[0]![1]),
        adminPort: Number(ports[1]![1]),
        stop: () => {
          child.kill("SIGTERM");
          return ended;
        },
      });
    });
    void ended.then((code) => reject(new Error(`ended with ${code}: ${said}`)));
  });
}

describe.skipIf(chromiumPath === undefined || !built)("the dashboard of the demonstration", () => {
  let browser: Browser;
  let demo: Demo;

  beforeAll(async () => {
    browser = await launch();
    demo = await startDemo(0, 0);
  }, 60_000);
  afterAll(async () => {
    await browser?.close();
    await demo?.stop();
  });

  it("shows a fault from the click to the opened breaker, and survives a restart of everything", async () => {
    const { page, complaints } = await open(browser, demo.dashboardUrl);
    await page.waitForSelector("html[data-link=live]");
    await page.waitForSelector('[data-instance="steady"]');
    expect(await page.locator("#instances > li").count()).toBe(3);
    await page.waitForFunction(() => /Policies off.*\d ms/s.test(document.querySelector("#comparison")!.textContent!));

    await page.click('[data-instance="steady"] [data-kind="errors"]');
    await page.waitForSelector('[data-instance="steady"][data-state="open"]', { timeout: 20_000 });
    await page.waitForFunction(
      () => document.querySelector<SVGPathElement>('[data-instance="steady"] .band.open')!.getBBox().width > 2,
    );
    expect(await page.textContent("#headline")).toMatch(/steady|fail|out of service/);
    await page.click('[data-instance="steady"] [data-kind="none"]');
    await page.waitForSelector('[data-instance="steady"][data-state="closed"]', { timeout: 20_000 });

    await page.click('[data-instance="slow"] [data-kind="crash"]');
    await page.waitForSelector('[data-instance="slow"][data-healthy="false"]', { timeout: 20_000 });
    await page.waitForSelector('[data-instance="slow"][data-healthy="true"]', { timeout: 20_000 });
    expect(complaints).toEqual([]);

    await demo.stop();
    await page.waitForSelector("html[data-link=lost]");
    demo = await startDemo(demo.port, demo.adminPort);
    await page.waitForSelector("html[data-link=live]", { timeout: 20_000 });
    await page.waitForFunction(() => Number(document.querySelector("#rate-value")!.textContent) > 20, undefined, {
      timeout: 20_000,
    });
    // What the browser itself says about the connection that was cut is no complaint of the page's.
    const own = complaints.filter((text) => !/ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY_RESPONSE/.test(text));
    expect(own).toEqual([]);
    await page.context().close();
  }, 120_000);
});
