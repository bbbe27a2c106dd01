/** What became of a call, as a value: for code that prefers values to exceptions, and for policies among themselves. */

/** The call gave a value. */
export interface Success<T> {
  readonly ok: true;
  readonly value: T;
}

/** The call failed, or a policy refused it; `rejectedBy` is the refusing policy's name, absent where the function itself failed. */
export interface Failure {
  readonly ok: false;
  readonly error: unknown;
  readonly rejectedBy?: string;
}

/** Either of the two; `outcome.ok` tells which. */
export type Outcome<T> = Success<T> | Failure;
