// Entry for browsers: the result stands in the document's title when it is there.
import { provideModule } from "holdfast/core";
import { smoke } from "./smoke.mjs";

/** Import conditions cannot know whether a page is isolated, so that a page which is hands the server build over itself. */
async function provideServerBuild() {
  if (crossOriginIsolated) provideModule(await WebAssembly.compileStreaming(fetch("/server.wasm")), "server");
}

try {
  await provideServerBuild();
  document.title = JSON.stringify({ ...(await smoke()), isolated: crossOriginIsolated });
} catch (error) {
  document.title =
    error?.code === "CORE_BLOCKED"
      ? JSON.stringify({ profile: error.code, isolated: crossOriginIsolated })
      : `failed: ${error?.stack ?? error}`;
}
