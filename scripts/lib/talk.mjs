/** What scripts say about their own work goes to stderr, so that stdout carries data alone (`npm start -- --json`). */
export const talk = (text) => process.stderr.write(`${text}\n`);

/** Says in seconds how long something took that started at `sinceMs` (of `performance.now()`). */
export const secondsSince = (sinceMs) => `${((performance.now() - sinceMs) / 1000).toFixed(1)} s`;
