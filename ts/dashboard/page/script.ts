/**
 * The page's script, assembled from the functions under `client/`. Each is written to stand alone: it imports types
 * only and gets everything else as arguments, so its own source text is a whole program part, checked by the compiler
 * like the rest of the project, whatever a bundler did to the names around it. (The alternative, a string of
 * JavaScript, is checked by nobody; a second bundle would have to be built before the tests can run.)
 */

import { makeActions } from "./client/actions.js";
import { makeAnnouncer } from "./client/announcer.js";
import { makeCharts } from "./client/charts.js";
import { makeDom } from "./client/dom.js";
import { makeFeed } from "./client/feed.js";
import { makeFormat } from "./client/format.js";
import { makeInstances } from "./client/instances.js";
import { makeOverview } from "./client/overview.js";
import { makeRecorder } from "./client/recorder.js";
import { makeRoutes } from "./client/routes.js";
import { makeScales } from "./client/scale.js";
import { startPage } from "./client/start.js";
import { makeStory } from "./client/story.js";
import { makeTheme } from "./client/theme.js";
import { makeTimeline } from "./client/timeline.js";

/** A function's source as an expression; `</` cannot end the script element early. */
function source(part: (...args: never[]) => unknown): string {
  return `(${String(part).replaceAll("</", "<\\/")})`;
}

/** The script's text. */
export function pageScript(): string {
  return `"use strict";
const dom = ${source(makeDom)}(document);
${source(makeTheme)}(document, dom.byId("theme"), dom.byId("theme-text"));
const format = ${source(makeFormat)}();
const scales = ${source(makeScales)}();
const recorder = ${source(makeRecorder)}();
const story = ${source(makeStory)}(format);
const timeline = ${source(makeTimeline)}(dom, {
  now: () => performance.now(),
  reducedMotion: () => matchMedia("(prefers-reduced-motion: reduce)").matches,
});
const announcer = ${source(makeAnnouncer)}(dom, story, dom.byId("announcements"));
const actions = ${source(makeActions)}(dom, format, announcer.say);
const charts = ${source(makeCharts)}(dom, format, scales, timeline, recorder);
const overview = ${source(makeOverview)}(dom, format, story, recorder);
const instances = ${source(makeInstances)}(dom, format, story, timeline, actions.faults);
const routes = ${source(makeRoutes)}(dom, format, scales, timeline, recorder, charts);
const parts = { dom, format, recorder, timeline, charts, overview, instances, routes, actions, announcer };
const feed = ${source(makeFeed)}({
  open: (url) => new EventSource(url),
  setTimeout: (callback, delayMs) => setTimeout(callback, delayMs),
  clearTimeout: (handle) => clearTimeout(handle),
  now: () => performance.now(),
}, ${source(startPage)}(parts, () => feed.ageMs()));
addEventListener("pagehide", () => feed.stop());
addEventListener("pageshow", (event) => { if (event.persisted) feed.start(); });
feed.start();
`;
}
