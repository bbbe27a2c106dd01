/** One exported function. */
export interface Signature {
  readonly name: string;
  readonly family: string;
  readonly module: "base" | "full";
  readonly only: "js" | "c" | undefined;
  readonly parameters: readonly { readonly name: string; readonly kind: string }[];
  /** Undefined where it gives nothing. */
  readonly result: string | undefined;
}

/** Named numbers that a parameter or result takes. */
export interface Constants {
  readonly family: string;
  readonly name: string;
  readonly values: Readonly<Record<string, number>>;
}

export function signaturesOf(): Signature[];
export function constantsOf(): Constants[];
