/** The dashboard's one page, and the headers that let it do what it does and nothing else. */

import { createHash } from "node:crypto";
import { head, markup } from "./page/markup.js";
import { pageScript } from "./page/script.js";
import { style } from "./page/style.js";

/** A page ready to be sent. */
export interface DashboardPage {
  /** The document: style, script and icons are inside; it loads nothing. */
  readonly html: string;
  /** Response headers, names in lower case. Send all of them. */
  readonly headers: Readonly<Record<string, string>>;
}

function hashSource(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

function assemble(): DashboardPage {
  const script = pageScript();
  const html = `<!doctype html>
<html lang="en" data-link="connecting">
<head>
${head}
<style>${style}</style>
</head>
<body>
${markup}
<script>${script}</script>
</body>
</html>
`;
  // Hashes rather than 'self' or a nonce: only these two texts may run or style, whatever else ends up in the document.
  const policy = [
    "default-src 'none'",
    `script-src ${hashSource(script)}`,
    `style-src ${hashSource(style)}`,
    "connect-src 'self'",
    "img-src data:", // the page's own icon
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join("; ");
  return {
    html,
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": policy,
      "cache-control": "no-store",
      "cross-origin-opener-policy": "same-origin",
      "cross-origin-resource-policy": "same-origin",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  };
}

let assembled: DashboardPage | undefined;

/**
 * The dashboard: one self-contained HTML page that draws what `/-/events` on its own origin sends.
 *
 * The gateway serves it at `/-/dashboard` of the admin listener. To serve it yourself, answer with `html` and all of
 * `headers`, send a {@link DashboardSnapshot} a second as `event: snapshot` on `/-/events`, and the page does the rest.
 * The text is assembled on the first call and kept.
 *
 * @example
 * ```ts
 * import { dashboardPage } from "holdfast/dashboard";
 *
 * const { html, headers } = dashboardPage();
 * html.startsWith("<!doctype html>"); // => true
 * headers["content-security-policy"]!.startsWith("default-src 'none'"); // => true
 * ```
 */
export function dashboardPage(): DashboardPage {
  return (assembled ??= assemble());
}
