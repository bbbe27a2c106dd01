/** Reading things that may bite: a thrown value can be a revoked proxy, or have getters that throw. */

import { isHoldfastError } from "../kernel/index.js";

/** A property, or `undefined` where there is none or it cannot be read. */
export function read(value: unknown, key: PropertyKey): unknown {
  try {
    return (value as Record<PropertyKey, unknown> | null | undefined)?.[key];
  } catch {
    return undefined;
  }
}

/** A property that is a string, cut to `maxLength`. */
export function readText(value: unknown, key: PropertyKey, maxLength = 8_192): string | undefined {
  const found = read(value, key);
  return typeof found === "string" ? found.slice(0, maxLength) : undefined;
}

/** Whether a value has properties of its own to look at. */
export function isObject(value: unknown): value is object {
  return (typeof value === "object" && value !== null) || typeof value === "function";
}

/** Whether a value is an error of this realm or another. `instanceof` asks a prototype, and a proxy may answer by throwing. */
export function isError(value: unknown): value is Error {
  try {
    return value instanceof Error || Object.prototype.toString.call(value) === "[object Error]";
  } catch {
    return false;
  }
}

/** `isHoldfastError` for things that may bite. */
export function isOwnError(value: unknown): boolean {
  try {
    return isHoldfastError(value);
  } catch {
    return false;
  }
}
