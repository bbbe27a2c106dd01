import type { Signature } from "../lib/abi.mjs";

export function functionName(name: string): string;
export function embeddedSignatures(bytes: Uint8Array<ArrayBuffer>): Signature[];
export function headerText(bytes: Uint8Array<ArrayBuffer>): string;
export function buildHeader(): void;
