/** The page's skeleton: landmarks, headings, icons and empty places with stable sizes. Everything variable is filled in by the script. */

/** Icons by id, drawn on a grid of 16 by 16 with strokes in the colour of the text around them. */
const icons: Readonly<Record<string, string>> = {
  up: '<circle cx="8" cy="8" r="6.2"/><path d="M5.2 8.2l2 2 3.7-4.2"/>',
  down: '<path d="M8 2.2L14.3 13.4H1.7Z"/><path d="M8 6.6v3.2M8 11.4v.4"/>',
  closed:
    '<path d="M1 8h14"/><circle cx="4" cy="8" r="1.6" class="solid"/><circle cx="12" cy="8" r="1.6" class="solid"/>',
  open: '<path d="M4 7.6L11.4 2.4"/><circle cx="3.6" cy="9" r="1.9" class="solid"/><circle cx="12.4" cy="9" r="1.9" class="solid"/>',
  "half-open":
    '<path d="M4 7.6l7.2-2.6"/><circle cx="3.6" cy="9" r="1.9" class="solid"/><circle cx="12.4" cy="9" r="1.5"/>',
  disabled: '<path d="M1 8h14" stroke-dasharray="2 2"/>',
  refused: '<circle cx="8" cy="8" r="5.6"/><path d="M4.2 11.8l7.6-7.6"/>',
  "fault-none": '<path d="M3 8.4l3.2 3.2L13 4.8"/>',
  "fault-latency": '<circle cx="8" cy="8" r="5.8"/><path d="M8 4.6V8l2.4 1.6"/>',
  "fault-errors": '<path d="M4 4l8 8M12 4l-8 8"/>',
  "fault-crash": '<path d="M9 1.8L3.6 9h3.6L6.6 14.2 12.4 6.8H8.6Z"/>',
  "tone-calm": '<path d="M1.4 6.4c2.2-2 4.4-2 6.6 0s4.4 2 6.6 0M1.4 10.6c2.2-2 4.4-2 6.6 0s4.4 2 6.6 0"/>',
  "tone-watch":
    '<path d="M1.2 8C3 5 5.4 3.6 8 3.6S13 5 14.8 8c-1.8 3-4.2 4.4-6.8 4.4S3 11 1.2 8Z"/><circle cx="8" cy="8" r="2"/>',
  "tone-trouble": '<path d="M8 2.2L14.3 13.4H1.7Z"/><path d="M8 6.6v3.2M8 11.4v.4"/>',
  "link-connecting": '<circle cx="8" cy="8" r="4.6" stroke-dasharray="2.4 2.4"/>',
  "link-live": '<circle cx="8" cy="8" r="3.6" class="solid"/>',
  "link-lost": '<path d="M4.4 4.4l7.2 7.2M11.6 4.4l-7.2 7.2"/>',
};

const symbols = Object.entries(icons)
  .map(([name, shape]) => `<symbol id="icon-${name}" viewBox="0 0 16 16">${shape}</symbol>`)
  .join("\n");

const icon = (name: string) =>
  `<svg class="icon" viewBox="0 0 16 16" aria-hidden="true"><use href="#icon-${name}"/></svg>`;

const number = (id: string, name: string, unit: string) =>
  `<div><dt>${name}</dt><dd><span id="${id}-value">–</span><small id="${id}-unit">${unit}</small></dd></div>`;

const legend = (id: string, swatch: string, name: string, unit = "") =>
  `<div><dt><i class="swatch ${swatch}"></i>${name}</dt><dd><span id="legend-${id}">–</span>${unit}</dd></div>`;

const side = (id: string, name: string) => `
<tr id="${id}">
  <th scope="row">${name}</th>
  <td class="p99"><span class="bar" aria-hidden="true"><span class="fill" data-part="p99-bar"></span></span><b data-part="p99">–</b></td>
  <td data-part="p50">–</td>
  <td data-part="ok">–</td>
  <td data-part="refused">–</td>
  <td data-part="failed">–</td>
</tr>`;

/** The page's icon: a clamp that holds a line. */
const favicon =
  "data:image/svg+xml," +
  encodeURIComponent(
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#0b5f66"/><path d="M4 16h7m10 0h7M11 8v16M21 8v16M11 16h10" stroke="#fff" stroke-width="3" stroke-linecap="round" fill="none"/></svg>',
  );

/** Head elements other than style and script. */
export const head = `<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<link rel="icon" href="${favicon}">
<title>Holdfast</title>`;

/** The content of the body. */
export const markup = `
<svg class="sprite" width="0" height="0" aria-hidden="true">
${symbols}
<defs>
<pattern id="hatch-amber" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="2" height="5"/></pattern>
</defs>
</svg>
<a class="skip" href="#main">Skip to the numbers</a>
<header class="top">
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true"><path d="M2 16h9m10 0h9M11 7v18M21 7v18M11 16h10"/></svg>
  <h1 id="title">Holdfast</h1>
  <p id="link" class="link">${icon("link-connecting")}<span id="link-text">Connecting</span></p>
  <button id="theme" type="button" class="plain"><span aria-hidden="true" class="half-moon"></span><span id="theme-text">Auto</span></button>
</header>
<p id="stale" class="notice" role="status" hidden>${icon("link-lost")}<span id="stale-text"></span></p>
<p id="outdated" class="notice" role="alert" hidden>${icon("down")}<span>The server is newer than this page. <a href="">Reload</a></span></p>
<main id="main" tabindex="-1">
  <noscript><p>This page draws live numbers with a script. The same numbers are at <a href="/-/snapshot">/-/snapshot</a> and <a href="/-/metrics">/-/metrics</a>.</p></noscript>
  <section id="answer" aria-labelledby="headline" data-tone="calm">
    ${icon("tone-calm")}
    <h2 id="headline">Waiting for the first numbers.</h2>
    <p id="detail"> </p>
  </section>
  <p id="config-error" class="alarm" role="alert" hidden>${icon("down")}<span><b>The last configuration was refused; the one before it stays in use.</b> <span id="config-error-text"></span></span></p>
  <dl class="figures" aria-label="The whole gateway, last ten seconds">
    ${number("rate", "Requests", "/s")}
    ${number("p50", "P50", "ms")}
    ${number("p95", "P95", "ms")}
    ${number("p99", "P99", "ms")}
    ${number("errors", "Errors", "%")}
    ${number("refused", "Refused", "/s")}
    ${number("retries", "Retries", "/s")}
    ${number("inflight", "In flight", "")}
  </dl>
  <section id="comparison" aria-labelledby="comparison-title" hidden>
    <div><h2 id="comparison-title">The same requests, twice</h2>
    <p class="quiet">seen by their clients, last half minute</p></div>
    <table>
      <thead><tr><td></td><th scope="col">P99</th><th scope="col">P50</th><th scope="col">Answered</th><th scope="col">Refused</th><th scope="col">Failed</th></tr></thead>
      <tbody>${side("with-policies", "Policies on")}${side("without-policies", "Policies off")}</tbody>
    </table>
  </section>
  <div id="time">
    <section aria-labelledby="traffic-title" class="charts">
      <div class="lane chart">
        <div class="who"><h2 id="traffic-title">Traffic</h2><p class="quiet">requests a second</p></div>
        <div id="traffic-plot" class="plot tall" role="img" aria-label="Requests a second"></div>
        <dl class="legend">
          ${legend("ok", "ok", "Answered", "/s")}
          ${legend("rejected", "rejected", "Refused", "/s")}
          ${legend("errors", "errors", "Failed", "/s")}
        </dl>
      </div>
      <div class="lane chart">
        <div class="who"><h2>Latency</h2><p class="quiet">logarithmic scale</p></div>
        <div id="latency-plot" class="plot tall" role="img" aria-label="Latency"></div>
        <dl class="legend">
          ${legend("p99", "p99", "P99")}
          ${legend("p95", "p95", "P95")}
          ${legend("p50", "p50", "P50")}
        </dl>
      </div>
      <div class="lane axis">
        <div class="scrub">
          <input id="scrubber" type="range" min="0" max="120" value="120" step="1" aria-label="Look back over two minutes">
          <p aria-hidden="true"><span>2 min ago</span><span>90 s</span><span>60 s</span><span>30 s</span><span>now</span></p>
        </div>
        <p id="cursor-time" class="quiet">Last 10 s</p>
      </div>
    </section>
    <section aria-labelledby="instances-title">
      <h2 id="instances-title">Instances <span class="quiet">and their breakers</span></h2>
      <ul class="key" aria-label="How a breaker’s state is drawn">
        <li><i class="swatch closed"></i>closed: calls pass</li>
        <li><i class="swatch open"></i>open: calls are refused</li>
        <li><i class="swatch half-open"></i>half-open: a few on trial</li>
      </ul>
      <ul id="instances" class="lanes"></ul>
      <p id="more-instances" class="quiet" hidden></p>
    </section>
    <section aria-labelledby="routes-title">
      <h2 id="routes-title">Routes <span class="quiet">and their limits; history since this page was opened</span></h2>
      <ul id="routes" class="lanes"></ul>
      <p id="more-routes" class="quiet" hidden></p>
    </section>
  </div>
  <div class="pair">
    <section aria-labelledby="changes-title">
      <h2 id="changes-title">What changed</h2>
      <p id="no-changes" class="quiet">No breaker has moved yet.</p>
      <ol id="changes"></ol>
    </section>
    <section aria-labelledby="config-title">
      <h2 id="config-title">Configuration</h2>
      <dl class="facts-list">
        <div><dt>Source</dt><dd id="config-source">–</dd></div>
        <div><dt>Generation</dt><dd id="config-generation">–</dd></div>
        <div><dt>Loaded at</dt><dd id="config-loaded">–</dd></div>
        <div><dt>Last reload</dt><dd id="config-last">–</dd></div>
        <div><dt>Core</dt><dd id="core">–</dd></div>
        <div><dt>Up for</dt><dd id="uptime">–</dd></div>
      </dl>
    </section>
  </div>
</main>
<footer>
  <p>Also here: <a href="/-/snapshot">snapshot</a>, <a href="/-/metrics">metrics</a>, <a href="/-/health">health</a>, <a href="/-/ready">readiness</a>.</p>
</footer>
<p id="announcements" class="unseen" aria-live="polite"></p>
`;
