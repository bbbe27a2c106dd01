/** The dashboard in a real browser over a simulated world: what a person sees, clicks and reaches by keyboard. */

import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type FakeGateway, startFakeGateway } from "../dashboard/fake-gateway.js";
import { chromiumPath, launch, open } from "./chromium.js";

const live = (page: Page) => page.waitForSelector("html[data-link=live]");

/** Number of pixels that the strip's drawing of a state covers. */
function drawnWidth(page: Page, instance: string, state: string): Promise<number> {
  return page.$eval(`[data-instance="${instance}"] .band.${state}`, (path) => (path as SVGPathElement).getBBox().width);
}

describe.skipIf(chromiumPath === undefined)("the dashboard in Chromium", () => {
  let browser: Browser;
  let gateway: FakeGateway;

  beforeAll(async () => {
    browser = await launch();
    gateway = await startFakeGateway({ seed: 3, bursts: false, periodMs: 250 });
  });
  afterAll(async () => {
    await browser?.close();
    await gateway?.close();
  });

  it("draws the numbers that come in, without an error, a violation of its policy or a request elsewhere", async () => {
    const { page, complaints } = await open(browser, gateway.url);
    await live(page);
    const first = await page.textContent("#uptime");
    await page.waitForFunction((before) => document.querySelector("#uptime")!.textContent !== before, first);
    expect(await page.textContent("h1")).toBe("Harbour shop");
    expect(Number((await page.textContent("#rate-value"))!.replace(",", ""))).toBeGreaterThan(200);
    expect((await page.getAttribute("#traffic-plot .area.ok", "d"))!.length).toBeGreaterThan(1_000);
    expect((await page.getAttribute("#latency-plot .curve.p99", "d"))!.length).toBeGreaterThan(500);
    expect(await page.locator("#instances > li").count()).toBe(3);
    expect(await page.locator("#routes > li").count()).toBe(3);
    expect(await page.textContent('[data-route="export"] .reasons')).toContain("over the rate limit");
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("injects a fault at a click, sees the breaker open and draws it", async () => {
    const { page, complaints } = await open(browser, gateway.url);
    await live(page);
    expect(await drawnWidth(page, "steady", "open")).toBe(0);
    await page.click('[data-instance="steady"] [data-kind="errors"]');
    await page.waitForSelector('[data-instance="steady"][data-state="open"]');
    await page.waitForFunction(
      () => document.querySelector<SVGPathElement>('[data-instance="steady"] .band.open')!.getBBox().width > 2,
    );
    expect(await page.textContent('[data-instance="steady"] .pill')).toContain("Open");
    expect(await page.getAttribute('[data-instance="steady"] [data-kind="errors"]', "aria-pressed")).toBe("true");
    expect(await page.textContent("#changes li:first-child")).toContain("steady opened");
    await page.waitForFunction(() => /steady/.test(document.querySelector("#announcements")!.textContent!));
    await page.click('[data-instance="steady"] [data-kind="none"]');
    await page.waitForSelector('[data-instance="steady"][data-state="closed"]');
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  it("says that it is not live while the server is gone, and goes on when it is back", async () => {
    const first = await startFakeGateway({ seed: 5, title: "Before", periodMs: 250 });
    const { page } = await open(browser, first.url);
    await live(page);
    await first.close();
    await page.waitForSelector("html[data-link=lost]");
    expect(await page.textContent("#link")).toContain("Reconnecting");
    await page.waitForSelector("#stale:not([hidden])");
    expect(await page.textContent("#stale")).toMatch(/No connection. What you see is from \d+ s ago/);
    expect(await page.$eval("main", (main) => Number(getComputedStyle(main).opacity))).toBeLessThan(0.6);
    const second = await startFakeGateway({ seed: 6, title: "After", port: first.port, warmS: 10, periodMs: 250 });
    await page.waitForSelector("html[data-link=live]");
    await page.waitForFunction(() => document.querySelector("h1")!.textContent === "After");
    expect(await page.isHidden("#stale")).toBe(true);
    await page.context().close();
    await second.close();
  });

  it("notices a server that keeps the connection open and says nothing", async () => {
    const silent = await startFakeGateway({ seed: 5, periodMs: 3_600_000 });
    const { page } = await open(browser, silent.url);
    await live(page);
    await page.waitForSelector("html[data-link=lost]", { timeout: 10_000 });
    await page.context().close();
    await silent.close();
  });

  it("shows hostile names as text", async () => {
    const hostile = '<img src=x onerror="document.title=1"><script>alert(1)</script>';
    const evil = await startFakeGateway({ title: hostile, configError: hostile, instanceNames: [hostile, "b", "c"] });
    const { page, complaints } = await open(browser, evil.url);
    await live(page);
    expect(await page.textContent("h1")).toBe(hostile);
    expect(await page.textContent("#config-error-text")).toBe(hostile);
    expect(await page.textContent("#instances h3")).toBe(hostile);
    expect(await page.locator("img").count()).toBe(0);
    expect(await page.locator("script").count()).toBe(1);
    expect(complaints).toEqual([]);
    await page.context().close();
    await evil.close();
  });

  it("is usable by keyboard: every control can be reached, shows its focus, and works", async () => {
    const { page } = await open(browser, gateway.url);
    await live(page);
    const reached: string[] = [];
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press("Tab");
      const seen = await page.evaluate(() => {
        const element = document.activeElement!;
        const { outlineStyle, outlineWidth } = getComputedStyle(element);
        const name = element.id || element.getAttribute("data-kind") || element.textContent!.trim();
        return { name, ring: outlineStyle !== "none" && outlineWidth !== "0px", body: element === document.body };
      });
      if (seen.body) break;
      expect(seen.ring, `focus ring of ${seen.name}`).toBe(true);
      reached.push(seen.name);
    }
    expect(reached.slice(0, 3)).toEqual(["Skip to the numbers", "theme", "scrubber"]);
    expect(reached.filter((name) => name === "crash")).toHaveLength(3);
    await page.focus("#scrubber");
    for (let step = 0; step < 10; step++) await page.keyboard.press("ArrowLeft");
    expect(await page.getAttribute("#scrubber", "aria-valuetext")).toMatch(/\d\d:\d\d:\d\d, \d+ requests a second/);
    expect(await page.textContent("#cursor-time")).toMatch(/At \d\d:\d\d:\d\d/);
    expect(await page.locator(".cursor:visible").count()).toBe(8);
    await page.focus('[data-instance="slow"] [data-kind="latency"]');
    await page.keyboard.press("Enter");
    await page.waitForSelector('[data-instance="slow"] [data-kind="latency"][aria-pressed="true"]');
    // A row that is redrawn four times a second must not lose the focus.
    await page.waitForTimeout(600);
    expect(await page.evaluate(() => document.activeElement!.getAttribute("data-kind"))).toBe("latency");
    await page.keyboard.press("Shift+Tab");
    await page.keyboard.press("Enter");
    await page.context().close();
  });

  it.each([390, 768, 1280])("fits %i pixels without sideways scrolling, and its layout stands still", async (width) => {
    const { page } = await open(browser, gateway.url, { viewport: { width, height: 800 } });
    await live(page);
    await page.evaluate(() => {
      const shifts = { score: 0 };
      Object.assign(window, { shifts });
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) shifts.score += (entry as unknown as { value: number }).value;
      }).observe({ type: "layout-shift", buffered: false });
    });
    await page.waitForTimeout(1_500);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth)).toBe(true);
    // Google's threshold for a good page is 0.1; here only a line that wraps may move anything.
    expect(await page.evaluate(() => (window as unknown as { shifts: { score: number } }).shifts.score)).toBeLessThan(
      0.02,
    );
    await page.context().close();
  });

  it("follows the system's colours until the reader chooses, and remembers the choice", async () => {
    const ground = (page: Page) => page.$eval("body", (body) => getComputedStyle(body).backgroundColor);
    const dark = await open(browser, gateway.url, { colorScheme: "dark" });
    const light = await open(browser, gateway.url, { colorScheme: "light" });
    const darkGround = await ground(dark.page);
    const lightGround = await ground(light.page);
    expect(darkGround).not.toBe(lightGround);
    await light.page.click("#theme");
    expect(await ground(light.page)).toBe(lightGround);
    await light.page.click("#theme");
    expect(await ground(light.page)).toBe(darkGround);
    await light.page.reload();
    expect(await ground(light.page)).toBe(darkGround);
    await dark.page.context().close();
    await light.page.context().close();
  });

  it.each(["light", "dark"] as const)("has enough contrast in the %s theme", async (colorScheme) => {
    const { page } = await open(browser, gateway.url, { colorScheme });
    await live(page);
    const weak = await page.evaluate(() => {
      const luminance = (channels: readonly number[]) => {
        const [r, g, b] = channels.map((value) => {
          const share = value / 255;
          return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
      };
      const read = (colour: string) => (colour.match(/[\d.]+/g) ?? []).map(Number);
      const groundOf = (element: Element | null): readonly number[] => {
        for (let each = element; each !== null; each = each.parentElement) {
          const channels = read(getComputedStyle(each).backgroundColor);
          if (channels.length === 3) return channels;
        }
        return [255, 255, 255];
      };
      const found: string[] = [];
      for (const element of document.querySelectorAll("main *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent!.trim() !== "");
        if (!own || element.getClientRects().length === 0 || element.closest(".grid-line") !== null) continue;
        const [a, b] = [luminance(read(getComputedStyle(element).color)), luminance(groundOf(element))];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (contrast < 4.5) found.push(`${element.textContent!.trim().slice(0, 30)}: ${contrast.toFixed(2)}`);
      }
      return found;
    });
    expect(weak).toEqual([]);
    await page.context().close();
  });

  it("stands still where motion is not wanted", async () => {
    const { page } = await open(browser, gateway.url, { reducedMotion: "reduce" });
    await live(page);
    await page.waitForTimeout(600);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    await page.context().close();
    const moving = await open(browser, gateway.url, { reducedMotion: "no-preference" });
    await live(moving.page);
    await moving.page.waitForFunction(() => document.getAnimations().length > 0);
    await moving.page.context().close();
  });
});
