/** Chromium for the tests, where there is one; none is ever downloaded. */

import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";
import { chromiumPath as findChromium, launchOptions } from "../../scripts/lib/chromium.mjs";

/** Path of an installed Chromium, from `HOLDFAST_CHROMIUM` or the usual places. */
export const chromiumPath: string | undefined = findChromium();

if (chromiumPath === undefined) console.log("not run: Chromium (set HOLDFAST_CHROMIUM to its path)");

export const launch = (): Promise<Browser> => chromium.launch(launchOptions(chromiumPath!));

/** A page, and everything that it complained about: errors, console errors, violations of the content policy, requests elsewhere. */
export interface WatchedPage {
  readonly page: Page;
  readonly complaints: string[];
}

export async function open(browser: Browser, url: string, options: BrowserContextOptions = {}): Promise<WatchedPage> {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(`error: ${error.stack ?? error.message}`));
  page.on("console", (message) => {
    if (message.type() === "error" || message.type() === "warning") complaints.push(`console: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith("data:") && new URL(request.url()).origin !== new URL(url).origin) {
      complaints.push(`request elsewhere: ${request.url()}`);
    }
  });
  await page.addInitScript(() => {
    addEventListener("securitypolicyviolation", (event) => console.error(`violates ${event.violatedDirective}`));
  });
  await page.goto(url);
  return { page, complaints };
}
