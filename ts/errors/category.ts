/**
 * What kinds of errors there are. Everything that can be thrown falls into one of these categories, whatever family of codes
 * it comes from (`tables/`), and everything that acts on errors (retry, breaker, recovery, answers over HTTP) asks the category.
 */

/**
 * - `failure`: the world did not do what was asked (a dependency is down, a record is missing). To be handled.
 * - `defect`: the program is wrong. To be fixed, never retried.
 * - `interruption`: somebody stopped waiting. Nothing is wrong.
 */
export type ErrorKind = "failure" | "defect" | "interruption";

/** How loud to be: `info` is the ordinary course, `warning` passes by itself, `error` needs a person, `critical` needs one now. */
export type Severity = "info" | "warning" | "error" | "critical";

/** The severities, from the quietest to the loudest. */
export const severities: readonly Severity[] = ["info", "warning", "error", "critical"];

/**
 * Whether the same call may be made again.
 *
 * - `always`: it certainly had no effect (a refused connection, a 429), so even a call that must not run twice may be repeated.
 * - `idempotent`: it may have had its effect (a connection that broke, a 503), so only a call that may run twice is repeated.
 * - `never`: the answer would be the same.
 */
export type RetrySafety = "always" | "idempotent" | "never";

/** From the boldest to the most careful. */
export const retrySafeties: readonly RetrySafety[] = ["always", "idempotent", "never"];

/** Whose doing an error is: only the dependency's says something about the dependency's health. */
export type Blame = "dependency" | "caller" | "host" | "program" | "nobody";

/** What is known of a category. */
export interface CategoryFacts {
  readonly kind: ErrorKind;
  /** Severity and retry safety where a code says nothing else. */
  readonly severity: Severity;
  readonly retry: RetrySafety;
  readonly blame: Blame;
  /** HTTP status and gRPC status that say the same to one's own callers. */
  readonly http: number;
  readonly grpc: number;
  readonly meaning: string;
}

function facts(
  kind: ErrorKind,
  severity: Severity,
  retry: RetrySafety,
  blame: Blame,
  http: number,
  grpc: number,
  meaning: string,
): CategoryFacts {
  return { kind, severity, retry, blame, http, grpc, meaning };
}

/** 499 is nginx's "client closed request", which google.rpc.Code uses for CANCELLED as well. */
export const categories = {
  cancelled: facts("interruption", "info", "never", "nobody", 499, 1, "somebody stopped waiting"),
  timeout: facts("failure", "warning", "idempotent", "dependency", 504, 4, "no answer in time"),
  unavailable: facts(
    "failure",
    "warning",
    "idempotent",
    "dependency",
    503,
    14,
    "it cannot be reached or does not serve",
  ),
  throttled: facts("failure", "warning", "always", "dependency", 429, 8, "it asks for fewer calls"),
  exhausted: facts("failure", "error", "never", "host", 503, 8, "memory, disk, handles or slots are used up"),
  unauthenticated: facts("failure", "error", "never", "caller", 401, 16, "it does not know who calls"),
  forbidden: facts("failure", "error", "never", "caller", 403, 7, "the caller may not do this"),
  "not-found": facts("failure", "warning", "never", "caller", 404, 5, "the thing asked for is not there"),
  conflict: facts("failure", "warning", "never", "caller", 409, 10, "the thing's state stands against it"),
  invalid: facts("failure", "warning", "never", "caller", 400, 3, "the request itself is wrong"),
  unsupported: facts("failure", "error", "never", "caller", 501, 12, "it cannot do this at all"),
  corrupt: facts("failure", "error", "never", "dependency", 502, 15, "data cannot be understood or was lost"),
  internal: facts("failure", "error", "idempotent", "dependency", 500, 13, "it broke while it served"),
  configuration: facts("failure", "error", "never", "host", 500, 9, "something is set up wrongly here"),
  defect: facts("defect", "error", "never", "program", 500, 13, "this program has a bug"),
  unknown: facts("failure", "error", "idempotent", "dependency", 500, 2, "nothing is known about it"),
} as const satisfies Readonly<Record<string, CategoryFacts>>;

/** What an error is about; see `categories` for what each means. */
export type Category = keyof typeof categories;

/** Facts of a category, with the type that all share. */
export const factsOf = (category: Category): CategoryFacts => categories[category];

/** Whether a word from outside is a category. */
export function isCategory(word: unknown): word is Category {
  return typeof word === "string" && Object.hasOwn(categories, word);
}

/** What is known of an error. */
export interface Classification {
  /** The code by which it was recognised: `ECONNRESET`, `HTTP_503`, `GRPC_UNAVAILABLE`, `CIRCUIT_OPEN`, `TypeError` … */
  readonly code: string;
  readonly category: Category;
  readonly kind: ErrorKind;
  readonly severity: Severity;
  readonly retry: RetrySafety;
}

/** A classification: what the category says, unless the code says otherwise. */
export function classification(
  code: string,
  category: Category,
  retry?: RetrySafety,
  severity?: Severity,
): Classification {
  const known = factsOf(category);
  return Object.freeze({
    code,
    category,
    kind: known.kind,
    severity: severity ?? known.severity,
    retry: retry ?? known.retry,
  });
}
