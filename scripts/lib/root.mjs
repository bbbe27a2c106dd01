/** Where the repository stands; every script works from here, whatever folder it was called from. */
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** An absolute path below the repository's root. */
export const at = (...parts) => join(root, ...parts);
