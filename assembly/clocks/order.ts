/**
 * How two histories compare. The bits are facts: 1 says that the second has something that the first lacks, 2 the reverse;
 * none means that they are equal, both together that neither knew of the other.
 */
export const BEFORE: u32 = 1;
export const AFTER: u32 = 2;

/** Said where two states cannot be compared: they are of different kinds or lengths. */
export const INCOMPARABLE: u32 = 4;
