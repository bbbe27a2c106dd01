import type { Address, FullExports, FullRuntime } from "../../bindings/index.js";
import type { Structure } from "./structure.js";

/**
 * Lends `bytes` of memory to `use`, which makes `structure` of what it writes there. Where that fails, first of all for want of memory,
 * the structure is disposed: nobody else can do it, since its constructor never ends.
 */
export function withBlock(
  structure: Structure<FullExports>,
  runtime: FullRuntime,
  bytes: number,
  use: (at: Address) => void,
): void {
  try {
    const block = runtime.allocate(bytes);
    try {
      use(block.at);
    } finally {
      block.free();
    }
  } catch (error) {
    structure.dispose();
    throw error;
  }
}
