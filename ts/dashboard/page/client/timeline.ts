/**
 * The time axis that every chart and strip of the page shares: the last two minutes, now at the right. A new second
 * arrives once a second; in between the drawings glide to the left at the speed of time, so the newest second slides
 * in instead of jumping. For that the right edge lags a little more than a second behind the server's clock. With
 * reduced motion it does not glide and does not lag.
 */

import type { Dom } from "./dom.js";

/** Where a moment falls in a plot. */
export interface PlotScale {
  readonly width: number;
  readonly height: number;
  /** Times at the left edge and just beyond the right one, in milliseconds since 1970. */
  readonly fromMs: number;
  readonly toMs: number;
  x(atMs: number): number;
}

/** A drawing on the shared axis. */
export interface Plot {
  /** The layer that moves with time; put drawings in here. */
  readonly moving: SVGSVGElement;
  /** Redraws with the current scale. */
  draw(scale: PlotScale): void;
}

/** The parts of the window that the timeline uses. */
export interface TimelineHost {
  now(): number;
  reducedMotion(): boolean;
}

export type Timeline = ReturnType<typeof makeTimeline>;

/** Makes the shared axis. */
export function makeTimeline(dom: Dom, host: TimelineHost) {
  const windowMs = 120_000;
  const lagMs = 1_200;
  // The drawings glide on for a moment when the next second is late, then stand still.
  const glideMs = 1_600;

  interface Entry extends Plot {
    readonly frame: HTMLElement;
    readonly cursor: HTMLElement;
    motion: Animation | undefined;
  }
  const plots = new Map<HTMLElement, Entry>();
  let offsetMs: number | undefined; // Server's wall clock minus the page's own clock.
  let edgeMs = 0;
  let drawnAtMs = 0;
  let agoMs = 0;
  let live = false;

  const observer = new ResizeObserver(() => redraw());

  /** Puts a plot into `frame`, an element with a size of its own. */
  function add(frame: HTMLElement, draw: (scale: PlotScale, moving: SVGSVGElement) => void): void {
    const moving = dom.svg("svg", { class: "moving", "aria-hidden": "true" });
    const cursor = dom.html("div", { class: "cursor", hidden: true });
    frame.append(moving, cursor);
    plots.set(frame, { frame, moving, cursor, motion: undefined, draw: (scale) => draw(scale, moving) });
    observer.observe(frame);
  }

  /** Forgets a plot whose frame has left the page. */
  function remove(frame: HTMLElement): void {
    observer.unobserve(frame);
    plots.get(frame)?.motion?.cancel();
    plots.delete(frame);
  }

  function redraw(): void {
    if (edgeMs === 0) return;
    const glides = live && !host.reducedMotion();
    const fromMs = edgeMs - windowMs;
    drawnAtMs = host.now();
    // All sizes are read before anything is written, so that the browser lays the page out once.
    const sized = [...plots.values()].map((entry) => ({
      entry,
      width: entry.frame.clientWidth,
      height: entry.frame.clientHeight,
    }));
    for (const { entry, width, height } of sized) {
      if (width === 0) continue;
      const perMs = width / windowMs;
      entry.draw({ width, height, fromMs, toMs: edgeMs + glideMs, x: (atMs) => (atMs - fromMs) * perMs });
      entry.motion?.cancel();
      entry.motion = glides
        ? entry.moving.animate([{ transform: "translateX(0)" }, { transform: `translateX(${-glideMs * perMs}px)` }], {
            duration: glideMs,
            fill: "forwards",
          })
        : undefined;
    }
  }

  /** A snapshot of this wall-clock time has come: move on and redraw. */
  function advance(atMs: number): void {
    if (host.reducedMotion()) {
      edgeMs = atMs;
    } else {
      const drift = atMs - host.now();
      // The offset is kept while it is roughly right: following each packet's delay would make time stutter.
      if (offsetMs === undefined || Math.abs(drift - offsetMs) > 250) offsetMs = drift;
      edgeMs = host.now() + offsetMs - lagMs;
    }
    live = true;
    redraw();
  }

  /** The connection is lost: time stands still until it is back. */
  function freeze(): void {
    live = false;
    offsetMs = undefined;
    for (const entry of plots.values()) entry.motion?.pause();
  }

  /** Shows the cursor this long ago in all plots; 0 hides it. */
  function pointAt(ms: number): void {
    agoMs = Math.min(windowMs, Math.max(0, ms));
    const left = `${(1 - agoMs / windowMs) * 100}%`;
    for (const entry of plots.values()) {
      entry.cursor.hidden = agoMs === 0;
      entry.cursor.style.left = left;
    }
  }

  /** How far the drawings have glided since they were made. */
  function glidedMs(): number {
    return live && !host.reducedMotion() ? Math.min(glideMs, host.now() - drawnAtMs) : 0;
  }

  return {
    add,
    remove,
    advance,
    freeze,
    redraw,
    pointAt,
    windowMs,
    /** The moment under the cursor, or undefined while it is hidden. */
    pointedMs: () => (agoMs === 0 ? undefined : edgeMs + glidedMs() - agoMs),
  };
}
