/**
 * Coverage of the page's script. It runs in a browser, so the coverage of the unit tests leaves ts/dashboard/page/client out;
 * here Chromium counts instead, over one reader's visit.
 */

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startFakeGateway } from "../dashboard/fake-gateway.js";
import { chromiumPath, launch } from "./chromium.js";

/** The same share that scripts/lib/coverage.mjs asks of every module. */
const wantedShare = 0.8;

interface Range {
  readonly startOffset: number;
  readonly endOffset: number;
  readonly count: number;
}

/** The share of lines of which some part ran. V8's ranges nest: the innermost one around a place says whether it ran. */
function linesRun(source: string, functions: readonly { readonly ranges: readonly Range[] }[]): number {
  const ran = new Uint8Array(source.length).fill(1);
  const outermostFirst = functions
    .flatMap(({ ranges }) => ranges)
    .sort((a, b) => b.endOffset - b.startOffset - (a.endOffset - a.startOffset));
  for (const { startOffset, endOffset, count } of outermostFirst) ran.fill(count > 0 ? 1 : 0, startOffset, endOffset);
  let at = 0;
  let [all, covered] = [0, 0];
  for (const line of source.split("\n")) {
    const from = at + (line.length - line.trimStart().length);
    const to = at + line.length;
    at = to + 1;
    // Lines of brackets alone belong to the code around them.
    if (!/[A-Za-z0-9]/.test(line)) continue;
    all++;
    if (ran.subarray(from, to).includes(1)) covered++;
  }
  return covered / all;
}

describe.skipIf(chromiumPath === undefined)("the page's script", () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launch();
  });
  afterAll(() => browser?.close());

  it("runs for the most part in one visit", async () => {
    const gateway = await startFakeGateway({
      seed: 3,
      bursts: true,
      periodMs: 100,
      configError: "gateway.yaml:3: a mistake",
    });
    const page = await browser.newPage();
    await page.coverage.startJSCoverage();
    await page.goto(gateway.url);
    await page.waitForSelector("html[data-link=live]");
    await page.click("#theme");
    await page.click('[data-instance="steady"] [data-kind="errors"]');
    await page.waitForSelector('[data-instance="steady"][data-state="open"]');
    await page.click('[data-instance="steady"] [data-kind="none"]');
    await page.waitForSelector('[data-instance="steady"][data-state="closed"]');
    await page.hover("#traffic-plot");
    await page.focus("#scrubber");
    for (const key of ["ArrowLeft", "ArrowLeft", "ArrowRight", "Escape"]) await page.keyboard.press(key);
    await gateway.close();
    await page.waitForSelector("html[data-link=lost]");
    const back = await startFakeGateway({ seed: 4, port: gateway.port, periodMs: 100 });
    await page.waitForSelector("html[data-link=live]");
    const scripts = await page.coverage.stopJSCoverage();
    await page.context().close();
    await back.close();

    const script = scripts.reduce((a, b) => ((a.source ?? "").length > (b.source ?? "").length ? a : b));
    const share = linesRun(script.source!, script.functions);
    console.log(`the page's script: ${(share * 100).toFixed(1)} % of lines`);
    expect(share).toBeGreaterThanOrEqual(wantedShare);
  });
});
