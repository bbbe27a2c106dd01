/** How numbers are written on the page. A number never says more than it knows, and a small share is never rounded to none. */

/** A number ready to be shown, with its unit apart so that the two can be set in different weights. */
export interface Quantity {
  readonly value: string;
  readonly unit: string;
}

export type Format = ReturnType<typeof makeFormat>;

/** Makes the formatters. */
export function makeFormat() {
  const grouped = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

  function count(value: number): string {
    return grouped.format(value);
  }

  /** Events a second: one decimal below ten, whole from there. */
  function rate(perSecond: number): string {
    if (perSecond === 0) return "0";
    if (perSecond < 0.1) return "<0.1";
    return perSecond < 9.95 ? perSecond.toFixed(1) : count(perSecond);
  }

  /** A latency; "–" where nothing was measured. */
  function latency(ms: number): Quantity {
    if (!(ms > 0)) return { value: "–", unit: "ms" };
    if (ms < 0.1) return { value: "<0.1", unit: "ms" };
    if (ms < 9.95) return { value: ms.toFixed(1), unit: "ms" };
    if (ms < 999.5) return { value: ms.toFixed(0), unit: "ms" };
    return ms < 9_950 ? { value: (ms / 1000).toFixed(2), unit: "s" } : { value: (ms / 1000).toFixed(1), unit: "s" };
  }

  function latencyText(ms: number): string {
    const { value, unit } = latency(ms);
    return `${value} ${unit}`;
  }

  /** A share of 1 as a percentage, without the sign: neither 0 nor 100 unless it is exactly that. */
  function percent(share: number): string {
    const value = share * 100;
    if (value <= 0) return "0";
    if (value < 0.1) return "<0.1";
    if (value >= 100) return "100";
    if (value > 99.9) return ">99.9";
    return value < 9.95 || value > 99 ? value.toFixed(1) : value.toFixed(0);
  }

  /** A length of time in words of at most two units. */
  function duration(ms: number): string {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 60) return `${seconds} s`;
    const minutes = Math.floor(seconds / 60);
    if (minutes < 60) return seconds % 60 === 0 ? `${minutes} min` : `${minutes} min ${seconds % 60} s`;
    const hours = Math.floor(minutes / 60);
    if (hours < 24) return `${hours} h ${minutes % 60} min`;
    return `${Math.floor(hours / 24)} d ${hours % 24} h`;
  }

  /** Local time of day to the second, in 24 hours whatever the locale: columns of it line up. */
  function clock(atMs: number): string {
    const date = new Date(atMs);
    return [date.getHours(), date.getMinutes(), date.getSeconds()]
      .map((part) => String(part).padStart(2, "0"))
      .join(":");
  }

  return { count, rate, latency, latencyText, percent, duration, clock };
}
