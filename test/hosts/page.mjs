// Entry for browsers: the result stands in the document's title when it is there.
import { smoke } from "./smoke.mjs";

try {
  document.title = JSON.stringify(await smoke());
} catch (error) {
  document.title = `failed: ${error?.stack ?? error}`;
}
