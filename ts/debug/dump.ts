/** What a dump is: plain data, fit for JSON. */

/** A number; as text where it is whole and beyond 2^53, a word in hexadecimal, or no number that JSON has (`"Infinity"`). */
export type DumpedNumber = number | string;

/** A field with one value. */
export interface DumpedValue {
  readonly value: DumpedNumber;
  /** What is counted. Ticks are 2^-10 µs; sub-ticks are told by the field `unit` of the configuration. */
  readonly unit?: string;
  /** What the value is called, such as `half-open` or `not started`. */
  readonly meaning?: string;
}

/** A field with many values. */
export interface DumpedList {
  /** The first of them. */
  readonly values: readonly (DumpedNumber | Readonly<Record<string, DumpedNumber>>)[];
  /** How many there are. */
  readonly count: number;
  readonly unit?: string;
}

/** Fields by their names. */
export type DumpedFields = Readonly<Record<string, DumpedValue | DumpedList>>;

/** A structure, or a snapshot of one, as it can be read. */
export interface Dump {
  /** Three letters, as they stand at its beginning. */
  readonly kind: string;
  /** What it is. */
  readonly name: string;
  /** Version of its layout. */
  readonly version: number;
  /** Bytes that it occupies; of a snapshot, without the checksum. */
  readonly bytes: number;
  /** Whether it is a snapshot, in which times are what remains of them. */
  readonly snapshot: boolean;
  /** What it was made with. */
  readonly configuration: DumpedFields;
  readonly state: DumpedFields;
  /** Of a snapshot: whether its checksum says that it is damaged. */
  readonly damaged?: boolean;
  /** The structure that stands behind it and is part of it. */
  readonly then?: Dump;
}
