/** The face for microcontrollers and C with every structure that fits them; `embedded-base.ts` has the conventions. */

export * from "./embedded-base";
