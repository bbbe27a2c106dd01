/**
 * How the page looks. Colour never speaks alone: each state has a shape, a height or a word as well. The three signal
 * colours (sea, amber, fire) are told apart by people with any of the common colour vision deficiencies, and each text
 * colour has a contrast of at least 4.5 to its ground in both themes.
 */

const light = `
  --ground: #f5f7f6; --raised: #ffffff; --ink: #14242b; --ink-2: #46585f; --ink-3: #5c6e75;
  --line: #d7dfde; --line-2: #e6ebea; --sea: #0b6a72; --sea-fill: #3f9aa0; --sea-soft: #b9dcdb;
  --amber: #8a5300; --amber-fill: #e09a1f; --amber-soft: #f5dfb4; --fire: #ae2e17; --fire-fill: #cf4425; --fire-soft: #f8ddd5;
  --focus: #0b6a72;`;

const dark = `
  --ground: #0e171b; --raised: #152127; --ink: #e4eded; --ink-2: #b0c0c4; --ink-3: #8fa1a7;
  --line: #2a3a41; --line-2: #1f2d33; --sea: #6ccbc6; --sea-fill: #3d9c9a; --sea-soft: #1d4f52;
  --amber: #f2b754; --amber-fill: #e09a1f; --amber-soft: #4d3a14; --fire: #ff8f73; --fire-fill: #e5573a; --fire-soft: #4d2219;
  --focus: #8fe3de;`;

/** The style sheet. */
export const style = `
:root { color-scheme: light; ${light} }
@media (prefers-color-scheme: dark) { :root:not([data-theme="light"]) { color-scheme: dark; ${dark} } }
:root[data-theme="dark"] { color-scheme: dark; ${dark} }

*, *::before, *::after { box-sizing: border-box; }
[hidden] { display: none !important; }
html { -webkit-text-size-adjust: 100%; scrollbar-gutter: stable; }
body {
  margin: 0 auto; max-width: 80rem; padding: 0 1.5rem 2rem; background: var(--ground); color: var(--ink);
  font: 0.9375rem/1.45 "Inter", "SF Pro Text", -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", "DejaVu Sans Condensed", system-ui, sans-serif;
  font-variant-numeric: tabular-nums lining-nums;
}
h1, h2, h3, p, ul, ol, dl, dd, table { margin: 0; padding: 0; }
ul, ol { list-style: none; }
h2 { font-size: 1rem; font-weight: 600; letter-spacing: -0.005em; }
h3 { font-size: 0.9375rem; font-weight: 600; }
h2 .quiet { font-size: 0.8125rem; font-weight: 400; }
a { color: var(--sea); text-underline-offset: 0.15em; }
button { font: inherit; color: inherit; }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 3px; }
main:focus { outline: none; }
.quiet { color: var(--ink-3); font-size: 0.8125rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.sprite { position: absolute; }
.skip { position: absolute; left: 1rem; top: -4rem; padding: 0.5rem 1rem; background: var(--raised); border: 1px solid var(--line); z-index: 3; }
.skip:focus { top: 0.5rem; }
.icon { width: 1em; height: 1em; flex: none; fill: none; stroke: currentColor; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
/* A clone made by <use> is matched without its ancestors. */
.solid { fill: currentColor; stroke: none; }

/* Head */
.top { display: flex; align-items: center; gap: 0.75rem; min-height: 3.75rem; border-bottom: 1px solid var(--line); }
.mark { width: 1.6rem; height: 1.6rem; fill: none; stroke: var(--sea); stroke-width: 3.2; stroke-linecap: round; }
.top h1 { font-size: 1rem; font-weight: 600; margin-right: auto; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.link { display: flex; align-items: center; gap: 0.4rem; min-width: 8.2rem; justify-content: flex-end; font-size: 0.875rem; color: var(--ink-3); }
[data-link="live"] .link { color: var(--sea); }
[data-link="lost"] .link { color: var(--fire); font-weight: 600; }
.plain { display: inline-flex; align-items: center; gap: 0.45rem; min-width: 5.2rem; padding: 0.3rem 0.7rem; background: none; border: 1px solid var(--line); border-radius: 999px; font-size: 0.875rem; cursor: pointer; }
.plain:hover { border-color: var(--ink-3); }
.half-moon { width: 0.8rem; height: 0.8rem; border: 1.5px solid currentColor; border-radius: 50%; background: linear-gradient(90deg, currentColor 50%, transparent 50%); }
.notice {
  position: fixed; left: 50%; bottom: 1.25rem; translate: -50% 0; z-index: 2; width: max-content; max-width: calc(100vw - 2rem);
  display: flex; align-items: center; gap: 0.6rem; padding: 0.7rem 1.1rem; border-radius: 8px;
  background: var(--ink); color: var(--ground); font-weight: 600; box-shadow: 0 6px 24px rgb(0 0 0 / 0.25);
}
.notice a { color: inherit; }
[data-link="lost"] main, [data-link="connecting"] main { filter: grayscale(1); opacity: 0.5; }

/* The answer */
#answer { display: grid; grid-template-columns: auto 1fr; column-gap: 0.9rem; align-items: center; padding: 1.6rem 0 1.3rem; min-height: 7.2rem; align-content: center; }
#answer > .icon { width: 2.1rem; height: 2.1rem; stroke-width: 1.3; color: var(--sea); }
#answer[data-tone="watch"] > .icon { color: var(--amber); }
#answer[data-tone="trouble"] > .icon { color: var(--fire); }
#headline { font-size: 1.625rem; line-height: 1.2; font-weight: 600; letter-spacing: -0.015em; text-wrap: balance; }
#detail { grid-column: 2; color: var(--ink-2); min-height: 1.45em; }
.alarm { display: flex; gap: 0.7rem; align-items: baseline; margin-bottom: 1.2rem; padding: 0.7rem 1rem; border-left: 4px solid var(--fire-fill); background: var(--fire-soft); overflow-wrap: anywhere; }
.alarm .icon { align-self: center; }

/* Large numbers */
.figures { display: grid; grid-template-columns: repeat(8, 1fr); border-block: 1px solid var(--line); }
.figures > div { padding: 0.75rem 0 0.75rem 0.9rem; border-left: 1px solid var(--line-2); min-width: 0; }
.figures > div:first-child { border-left: 0; padding-left: 0; }
.figures dt { color: var(--ink-3); font-size: 0.8125rem; }
.figures dd { font-size: 1.75rem; line-height: 1.2; font-weight: 500; letter-spacing: -0.02em; white-space: nowrap; }
.figures small { font-size: 0.8125rem; font-weight: 400; letter-spacing: 0; color: var(--ink-3); margin-left: 0.2em; }
.figures [data-bad] dd { color: var(--fire); }

/* With and without */
#comparison { padding: 1.3rem 0; border-bottom: 1px solid var(--line); display: grid; grid-template-columns: 11rem minmax(0, 1fr); gap: 1.25rem; align-items: start; }
#comparison table { width: 100%; border-collapse: collapse; table-layout: fixed; }
#comparison th { text-align: left; font-weight: 600; }
#comparison thead th { font-weight: 400; font-size: 0.8125rem; color: var(--ink-3); text-align: right; }
#comparison thead th:nth-child(2) { text-align: left; width: 46%; }
#comparison thead td { width: 8.5rem; }
#comparison td { text-align: right; padding: 0.15rem 0; }
#comparison .p99 { display: flex; align-items: center; gap: 0.6rem; text-align: left; }
#comparison .bar { flex: 1; height: 0.8rem; border-radius: 2px; background: none; }
#comparison b { font-weight: 600; min-width: 5.2em; }
#with-policies .fill { background: var(--sea-fill); }
#without-policies .fill { background: var(--fire-fill); }

/* Lanes: who on the left, time in the middle, numbers on the right */
#time > section { padding-top: 1.6rem; }
.lane { display: grid; grid-template-columns: 11rem minmax(0, 1fr) 21rem; column-gap: 1.25rem; row-gap: 0.5rem; align-items: center; padding: 0.8rem 0; border-bottom: 1px solid var(--line-2); }
.lane.chart { align-items: start; border: 0; padding: 0 0 0.9rem; }
.lane.axis { padding: 0; border: 0; }
.lanes { border-top: 1px solid var(--line); margin-top: 0.6rem; }
.who { min-width: 0; }
.name { display: flex; align-items: center; gap: 0.45rem; }
.who p { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.plot {
  position: relative; overflow: hidden; touch-action: pan-y; cursor: crosshair;
  background: repeating-linear-gradient(90deg, var(--line-2) 0 1px, transparent 1px 25%), var(--raised); border-right: 1px solid var(--line);
}
.plot.tall { height: 8.5rem; }
.plot.strip { height: 2rem; }
.plot.spark { height: 3rem; }
.moving { position: absolute; inset: 0; width: 100%; height: 100%; overflow: visible; will-change: transform; pointer-events: none; }
.cursor { position: absolute; inset-block: 0; width: 1px; margin-left: -0.5px; background: var(--ink); pointer-events: none; }
.grid-line { position: absolute; inset-inline: 0; border-top: 1px solid var(--line); pointer-events: none; z-index: 1; mix-blend-mode: normal; }
.grid-line span { position: absolute; left: 0.3rem; top: 0.05rem; font-size: 0.75rem; line-height: 1.25; color: var(--ink-2); padding: 0 0.2rem; border-radius: 2px; background: color-mix(in srgb, var(--raised) 78%, transparent); }
.grid-line:not([data-top]) span { top: auto; bottom: 0.1rem; }
.area, .band { stroke: none; }
.area.ok { fill: var(--sea-soft); stroke: var(--sea-fill); stroke-width: 1; }
.area.rejected, .band.half-open { fill: var(--amber-soft); }
.area.rejected-lines, .band.half-open-lines { fill: url(#hatch-amber); }
#hatch-amber rect { fill: var(--amber-fill); }
.area.errors { fill: var(--fire-fill); }
.curve { fill: none; stroke-linejoin: round; stroke-linecap: round; vector-effect: non-scaling-stroke; }
.curve.p50 { stroke: var(--sea-fill); stroke-width: 1.75; }
.curve.p95 { stroke: var(--ink-3); stroke-width: 1.5; stroke-dasharray: 5 3; }
.curve.p99 { stroke: var(--ink); stroke-width: 2.25; }
.band.closed { fill: var(--sea-fill); }
.band.open { fill: var(--fire-fill); }
.band.disabled { fill: var(--line); }
.legend { display: grid; gap: 0.1rem; max-width: 15rem; padding-left: 0.2rem; }
.legend > div { display: flex; justify-content: space-between; }
.legend dt { display: flex; align-items: center; gap: 0.55rem; color: var(--ink-2); }
.legend dd { font-weight: 600; }
.swatch { display: inline-block; width: 1.1rem; height: 0.7rem; flex: none; }
.swatch.ok { background: var(--sea-soft); border-top: 2px solid var(--sea-fill); }
.swatch.rejected, .swatch.half-open { background: repeating-linear-gradient(135deg, var(--amber-fill) 0 2px, var(--amber-soft) 2px 5px); }
.swatch.errors, .swatch.open { background: var(--fire-fill); }
.swatch.half-open { height: 0.45rem; }
.swatch.closed { background: var(--sea-fill); height: 3px; }
.swatch.p50 { background: var(--sea-fill); height: 2px; }
.swatch.p95 { background: repeating-linear-gradient(90deg, var(--ink-3) 0 5px, transparent 5px 8px); height: 2px; }
.swatch.p99 { background: var(--ink); height: 3px; }
.key { display: flex; flex-wrap: wrap; gap: 0.1rem 1.2rem; margin-top: 0.2rem; font-size: 0.8125rem; color: var(--ink-2); }
.key li { display: flex; align-items: center; gap: 0.45rem; }
.key .open { height: 0.9rem; }

/* The axis is a slider: it moves the cursor through all plots */
.scrub { grid-column: 2; }
.scrub input { display: block; width: calc(100% + 14px); margin: 0 -7px; height: 1.1rem; appearance: none; background: none; cursor: ew-resize; }
.scrub input::-webkit-slider-runnable-track { height: 1px; background: var(--ink-3); }
.scrub input::-moz-range-track { height: 1px; background: var(--ink-3); }
.scrub input::-webkit-slider-thumb { appearance: none; width: 14px; height: 14px; margin-top: -7px; border-radius: 50%; background: var(--ground); border: 2px solid var(--ink-2); }
.scrub input::-moz-range-thumb { width: 10px; height: 10px; border-radius: 50%; background: var(--ground); border: 2px solid var(--ink-2); }
.scrub p { position: relative; height: 1.2rem; font-size: 0.75rem; color: var(--ink-3); }
.scrub span { position: absolute; translate: -50% 0; white-space: nowrap; }
#cursor-time { align-self: start; padding-left: 0.2rem; }
.scrub span:nth-child(1) { left: 0; translate: 0 0; }
.scrub span:nth-child(2) { left: 25%; }
.scrub span:nth-child(3) { left: 50%; }
.scrub span:nth-child(4) { left: 75%; }
.scrub span:nth-child(5) { right: 0; translate: 0 0; }

/* Numbers beside a lane */
.numbers { display: grid; grid-auto-flow: column; grid-auto-columns: 1fr; gap: 0.6rem; }
.numbers > div { min-width: 0; }
.numbers dt { font-size: 0.75rem; color: var(--ink-3); }
.numbers dd { white-space: nowrap; }
.bar { display: block; height: 0.45rem; border-radius: 2px; background: var(--line-2); overflow: hidden; }
.bar .fill { display: block; height: 100%; width: 0; background: var(--sea-fill); border-radius: inherit; transition: width 0.3s; }
.pill { display: flex; align-items: center; gap: 0.5rem; font-weight: 600; min-height: 1.45em; }
.pill .icon { width: 1.25em; height: 1.25em; }
.instance .name .icon { color: var(--sea); }
.instance[data-healthy="false"] .name .icon { color: var(--fire); }
.instance[data-state="closed"] .pill { color: var(--sea); }
.instance[data-state="open"] .pill { color: var(--fire); }
.instance[data-state="half-open"] .pill { color: var(--amber); }
.instance .load .bar { margin-top: 0.15rem; }
.instance { align-items: start; }
.instance .plot { margin-top: 0.2rem; }
.faults { grid-column: 2; display: flex; flex-wrap: wrap; gap: 0.4rem; }
.instance .facts { grid-row: 1 / span 2; grid-column: 3; }
.faults button { display: inline-flex; align-items: center; gap: 0.4rem; padding: 0.2rem 0.7rem; min-height: 1.9rem; background: var(--raised); border: 1px solid var(--line); border-radius: 6px; font-size: 0.8125rem; cursor: pointer; }
.faults button:hover { border-color: var(--ink-3); }
.faults button:active { translate: 0 1px; }
.faults button[aria-pressed="true"] { background: var(--ink); border-color: var(--ink); color: var(--ground); }
.faults button[data-kind="none"][aria-pressed="true"] { background: none; color: inherit; border-color: var(--ink-3); }
.route[data-failing] .numbers > div:last-child dd { color: var(--fire); font-weight: 600; }
.policies { grid-column: 2 / -1; display: grid; grid-template-columns: 1fr 1fr 1fr; gap: 0.25rem 1.5rem; align-items: start; }
.gauge { display: grid; gap: 0.2rem; }
.gauge-name { font-size: 0.8125rem; }
.gauge .bar { height: 0.55rem; }
.gauge[data-full] .fill { background: repeating-linear-gradient(135deg, var(--amber-fill) 0 2px, var(--amber-soft) 2px 5px); }
.reasons { display: grid; gap: 0.1rem; font-size: 0.8125rem; }
.reasons li { display: flex; align-items: baseline; gap: 0.4rem; flex-wrap: wrap; }
.reasons .icon { color: var(--amber); align-self: center; }
.reasons b { min-width: 2.6em; }

/* Foot */
.pair { display: grid; grid-template-columns: minmax(0, 3fr) minmax(0, 2fr); gap: 3rem; padding-top: 1.8rem; }
#changes { display: grid; margin-top: 0.5rem; }
#changes li { display: flex; align-items: center; gap: 0.7rem; padding: 0.22rem 0; border-top: 1px solid var(--line-2); }
#changes time { color: var(--ink-3); }
#changes .icon { width: 1.3em; height: 1.3em; }
#changes .quiet { margin-left: auto; text-align: right; }
[data-state="open"] > .icon { color: var(--fire); }
[data-state="half-open"] > .icon { color: var(--amber); }
[data-state="closed"] > .icon { color: var(--sea); }
.facts-list { margin-top: 0.5rem; }
.facts-list > div { display: flex; gap: 1rem; padding: 0.22rem 0; border-top: 1px solid var(--line-2); }
.facts-list dt { width: 7rem; flex: none; color: var(--ink-3); }
.facts-list dd { min-width: 0; overflow-wrap: anywhere; }
footer { margin-top: 2rem; padding-top: 0.8rem; border-top: 1px solid var(--line); color: var(--ink-3); font-size: 0.8125rem; }

@media (max-width: 62rem) {
  .lane { grid-template-columns: minmax(0, 1fr); }
  .lane .who { display: flex; align-items: baseline; justify-content: space-between; gap: 0.8rem; }
  .scrub, .faults, .policies, .instance .facts { grid-column: 1; grid-row: auto; }
  .legend { grid-auto-flow: column; max-width: none; gap: 1rem; justify-content: start; padding: 0; }
  .legend > div { gap: 0.5rem; }
  #comparison { grid-template-columns: minmax(0, 1fr); gap: 0.5rem; }
}
@media (max-width: 44rem) {
  body { padding: 0 1rem 1.5rem; }
  #answer { min-height: 8.6rem; padding: 1.1rem 0; column-gap: 0.7rem; }
  #answer > .icon { width: 1.6rem; height: 1.6rem; }
  #headline { font-size: 1.3rem; }
  #detail { min-height: 2.9em; }
  .figures { grid-template-columns: repeat(4, 1fr); }
  .figures > div { padding: 0.55rem 0 0.55rem 0.7rem; }
  .figures > div:nth-child(5) { border-left: 0; padding-left: 0; }
  .figures > div:nth-child(n + 5) { border-top: 1px solid var(--line-2); }
  .figures dd { font-size: 1.3rem; }
  .plot.tall { height: 7.5rem; }
  .legend { flex-wrap: wrap; font-size: 0.8125rem; gap: 0.2rem 0.8rem; display: flex; }
  .numbers { gap: 0.3rem; font-size: 0.875rem; }
  .policies, .pair { grid-template-columns: minmax(0, 1fr); }
  .pair { gap: 1.6rem; }
  .link { min-width: 7rem; }
  .plain { min-width: 0; padding: 0.45rem; }
  #theme-text { display: none; }
  .half-moon { width: 1rem; height: 1rem; }
  #comparison thead td { width: 0; }
  #comparison table, #comparison tbody, #comparison tr { display: block; }
  #comparison thead { display: none; }
  #comparison tr { display: grid; grid-template-columns: repeat(4, 1fr); padding: 0.35rem 0; font-size: 0.875rem; }
  #comparison th, #comparison .p99 { grid-column: 1 / -1; }
  #comparison td { text-align: left; }
  #comparison td[data-part]::before { display: block; font-size: 0.75rem; color: var(--ink-3); }
  #comparison td[data-part="p50"]::before { content: "P50"; }
  #comparison td[data-part="ok"]::before { content: "Answered"; }
  #comparison td[data-part="refused"]::before { content: "Refused"; }
  #comparison td[data-part="failed"]::before { content: "Failed"; }
  .faults button { min-height: 2.4rem; flex: 1; justify-content: center; padding: 0.2rem 0.4rem; }
  .scrub span:nth-child(2), .scrub span:nth-child(4) { display: none; }
}
@media (prefers-reduced-motion: reduce) {
  *, *::before, *::after { transition: none !important; animation: none !important; }
}
@media (forced-colors: active) {
  .bar, .plot, .faults button { border: 1px solid CanvasText; }
  .band, .area, .curve, .swatch, .fill { forced-color-adjust: none; }
}
`;
