/** The demonstration's own controls: buttons that hurt an instance, and the comparison with a gateway without policies. */

import type { DashboardSnapshot } from "../../snapshot.js";
import type { Dom } from "./dom.js";
import type { Format } from "./format.js";

/** What the demonstration answers to `POST /-/actions/demo`; quantiles in milliseconds, over the last half minute. */
export interface DemoReport {
  /** The fault that is in force, by the service's name. */
  readonly faults: Readonly<Record<string, string>>;
  /** The services' own names, by the `host:port` of their instance. */
  readonly names: Readonly<Record<string, string>>;
  readonly protected: DemoSide;
  readonly unprotected: DemoSide;
}

/** One side of the comparison, as its clients saw it. */
export interface DemoSide {
  readonly requests: number;
  readonly p50: number;
  readonly p99: number;
  /** Shares of all requests, 0 to 1: answered well, refused quickly, failed or too late. */
  readonly okShare: number;
  readonly refusedShare: number;
  readonly failedShare: number;
}

export type Actions = ReturnType<typeof makeActions>;

/** Makes the controls; `say` tells assistive technology what became of a click. */
export function makeActions(dom: Dom, format: Format, say: (text: string) => void) {
  const kinds = [
    { kind: "none", label: "No fault", done: (id: string) => `${id} is left to itself again` },
    { kind: "latency", label: "Slow", done: (id: string) => `${id} now answers slowly` },
    { kind: "errors", label: "Failing", done: (id: string) => `${id} now answers with errors` },
    { kind: "crash", label: "Crash", done: (id: string) => `${id} was killed; it is started again` },
  ] as const;
  const groups = new Map<string, HTMLElement>();
  let offered = false;
  let names: Readonly<Record<string, string>> = {};

  async function post(name: string, body: unknown): Promise<unknown> {
    const response = await fetch(`/-/actions/${name}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`the server answered ${response.status}`);
    return response.json();
  }

  function press(instance: string, kind: string): void {
    for (const button of groups.get(instance)?.querySelectorAll("button") ?? []) {
      button.setAttribute("aria-pressed", String(button.dataset["kind"] === kind));
    }
  }

  async function inject(instance: string, choice: (typeof kinds)[number]): Promise<void> {
    try {
      await post("fault", { instance, kind: choice.kind });
      // A crash is over at once, and the new process starts healthy.
      press(instance, choice.kind === "crash" ? "none" : choice.kind);
      say(choice.done(instance));
    } catch (error) {
      say(`That did not work: ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  /** The row of buttons for one instance; hidden unless the server offers the demonstration. */
  function faults(instance: string): HTMLElement {
    const buttons = kinds.map((choice) => {
      const button = dom.html(
        "button",
        { type: "button", "data-kind": choice.kind, "aria-pressed": String(choice.kind === "none") },
        dom.icon(`fault-${choice.kind}`),
        choice.label,
      );
      button.addEventListener("click", () => void inject(instance, choice));
      return button;
    });
    const group = dom.html(
      "div",
      { class: "faults", role: "group", "aria-label": `Trouble for ${instance}`, hidden: !offered },
      ...buttons,
    );
    groups.set(instance, group);
    return group;
  }

  function drawSide(id: string, side: DemoSide, worstMs: number): void {
    const row = dom.byId(id);
    const part = (name: string) => row.querySelector<HTMLElement>(`[data-part="${name}"]`)!;
    // Lengths are on one linear scale for both rows: twice as long is twice as slow.
    part("p99-bar").style.width = `${worstMs > 0 ? (side.p99 / worstMs) * 100 : 0}%`;
    dom.text(part("p99"), format.latencyText(side.p99));
    dom.text(part("p50"), format.latencyText(side.p50));
    for (const share of ["ok", "refused", "failed"] as const) {
      dom.text(part(share), `${format.percent(side[`${share}Share`])} %`);
    }
  }

  /** Asks the demonstration for the comparison and draws it. Does nothing where there is none. */
  async function refresh(demo: boolean): Promise<void> {
    if (demo !== offered) {
      offered = demo;
      for (const group of groups.values()) group.hidden = !demo;
    }
    if (!demo) return;
    try {
      const report = (await post("demo", {})) as DemoReport;
      names = report.names;
      const worstMs = Math.max(report.protected.p99, report.unprotected.p99);
      drawSide("with-policies", report.protected, worstMs);
      drawSide("without-policies", report.unprotected, worstMs);
      for (const [instance, kind] of Object.entries(report.faults)) press(instance, kind);
      dom.byId("comparison").hidden = false;
    } catch {
      // An embedder may offer the faults without the comparison.
    }
  }

  /** The same snapshot with the services' own names in the place of addresses. */
  function withNames(snapshot: DashboardSnapshot): DashboardSnapshot {
    return {
      ...snapshot,
      upstreams: snapshot.upstreams.map((upstream) => ({
        ...upstream,
        instances: upstream.instances.map((instance) => ({
          ...instance,
          id: names[new URL(instance.url).host] ?? instance.id,
        })),
      })),
    };
  }

  return { faults, refresh, withNames };
}
