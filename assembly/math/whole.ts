/**
 * True in builds whose code may use no floating point: those for the instructions of the MVP, where a conversion that does not fit
 * traps, and whose hosts have no floating-point unit.
 */
export const WHOLE: bool = !ASC_FEATURE_NONTRAPPING_F2I;
