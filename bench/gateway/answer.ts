/** What the upstream answers: 256 bytes, so that the exchange and not the copying is measured. */
export const answer = "holdfast".repeat(32);

/** Connections that the load keeps, each with one request at a time. */
export const connections = 32;

/** Connections that every proxy may have to the upstream. */
export const upstreamConnections = 128;
