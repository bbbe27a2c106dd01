/** True in builds for which bytes count more than nanoseconds; code that is inlined elsewhere is called in them. */
export const SMALL: bool = ASC_SHRINK_LEVEL >= 2;
