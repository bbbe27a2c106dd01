/** Names of requests, by which a log line, an instance's log line and a user's complaint find each other. */

import { randomUUID } from "node:crypto";

const sane = /^[A-Za-z0-9._~+/=:@-]{1,128}$/;

/** Whether an id from a trusted peer can stand in headers and logs as it is. */
export function isSaneRequestId(id: string): boolean {
  return sane.test(id);
}

/** A new id. Unguessable, so that a client cannot learn from its own id how many others were served. */
export function newRequestId(): string {
  // Node keeps a pool of random bytes: about 100 ns a call.
  return randomUUID();
}
