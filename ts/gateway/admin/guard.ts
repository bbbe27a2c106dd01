/**
 * Who may talk to the admin listener. It has no password, so a web page on another site must not reach it through its
 * visitor's browser: not by a name that resolves to a loopback address (DNS rebinding: the Host gives it away), and not
 * by a cross-site form (changes need JSON, which a form cannot send, and the browser's own word on where it comes from).
 */

import type { IncomingMessage } from "node:http";
import { hostOf } from "../http/authority.js";

/** Why a call is refused: a status and words. */
export interface AdminRefusal {
  readonly status: number;
  readonly detail: string;
}

/** Names that only this machine gives meaning to, and addresses: a page that rebinds a name of its own is asked for by that name. */
const safe = /^(?:localhost|.*\.localhost|\d{1,3}(?:\.\d{1,3}){3}|\[[0-9a-f:.]+\])$/;

/** Whether the Host is one that a page on another site cannot make a browser send. */
export function hostAllowed(authority: string | undefined, allowed: readonly string[]): boolean {
  const name = authority === undefined ? undefined : hostOf(authority);
  return name !== undefined && (safe.test(name) || allowed.some((host) => host.toLowerCase() === name));
}

/** Judges a call that changes something; undefined if it may. */
export function judgeChange(request: IncomingMessage): AdminRefusal | undefined {
  const { headers, method } = request;
  if (method !== "POST") return { status: 405, detail: "changes are made with POST" };
  if (!/^application\/json(?:\s*;|$)/i.test(headers["content-type"] ?? "")) {
    return { status: 415, detail: "send JSON, with Content-Type: application/json" };
  }
  const site = headers["sec-fetch-site"];
  if (site !== undefined && site !== "same-origin" && site !== "none") {
    return { status: 403, detail: "changes are accepted from the dashboard itself only" };
  }
  // Every browser sends Origin with a POST; a program that sends none is no browser and needs no protection from one.
  const { origin } = headers;
  if (origin !== undefined && origin.toLowerCase() !== `http://${headers.host ?? ""}`.toLowerCase()) {
    return { status: 403, detail: "changes are accepted from the dashboard's own origin only" };
  }
  return undefined;
}
