/** The few statistics that the benchmarks need. Order statistics only: one disturbed sample must not move a figure. */

/** The value below which the share `q` of `values` lies, between neighbours by linear interpolation; NaN of nothing. */
export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return Number.NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const position = (sorted.length - 1) * q;
  const below = Math.floor(position);
  const low = sorted[below]!;
  const high = sorted[Math.min(below + 1, sorted.length - 1)]!;
  return low + (high - low) * (position - below);
}

/** The middle value; NaN of nothing. */
export const median = (values: readonly number[]): number => quantile(values, 0.5);

/** How far the rounds lie apart: (largest - smallest) / median. 0 for a single round. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}
