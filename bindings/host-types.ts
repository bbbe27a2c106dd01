/**
 * WebAssembly's types for consumers of every kind: a project with neither the DOM library nor the like has no global
 * `WebAssembly` namespace, and our declarations must compile there too; where the types exist they are used.
 */

/** A compiled module: `WebAssembly.Module` where its type is known. */
export type WasmModule = typeof globalThis extends { WebAssembly: { Module: { prototype: infer Known } } }
  ? Known
  : object;

/** A memory: `WebAssembly.Memory` where its type is known. */
export type WasmMemory = typeof globalThis extends { WebAssembly: { Memory: { prototype: infer Known } } }
  ? Known
  : { readonly buffer: ArrayBufferLike };
