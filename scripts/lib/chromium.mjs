/** A Chromium that is installed on this machine; none is ever downloaded. */
import { existsSync } from "node:fs";

const places = {
  linux: ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome", "/snap/bin/chromium"],
  darwin: [
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
  ],
  win32: [
    "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
    "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
  ],
};

/** Its path, from HOLDFAST_CHROMIUM or the usual places, or `undefined`. */
export const chromiumPath = () =>
  [process.env["HOLDFAST_CHROMIUM"], ...(places[process.platform] ?? [])].find(
    (path) => path !== undefined && path !== "" && existsSync(path),
  );

/** Options for playwright-core's `chromium.launch`: no sandbox as root (it refuses to start with one), no calls home. */
export const launchOptions = (executablePath) => ({
  executablePath,
  args: [
    ...(process.getuid?.() === 0 ? ["--no-sandbox"] : []),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
  ],
});
