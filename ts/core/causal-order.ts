/** How one history stands to another: it knows less, more, the same, or each has what the other lacks. */
export type CausalOrder = "equal" | "before" | "after" | "concurrent";

/** The core's number of each. */
export const causalOrders: readonly CausalOrder[] = ["equal", "before", "after", "concurrent"];
