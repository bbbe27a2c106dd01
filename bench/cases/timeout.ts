import type { Case } from "../harness/case.js";
import { work } from "../harness/references.js";

const group = "timeout, in time";

const cockatiel = (strategy: "Aggressive" | "Cooperative", abortOnReturn: boolean): Case => ({
  group,
  subject: `cockatiel ${strategy}${abortOnReturn ? "" : ", abortOnReturn: false"}`,
  package: "cockatiel",
  form: "async",
  async prepare() {
    const { TimeoutStrategy, timeout } = await import("cockatiel");
    const policy = timeout(1_000, { strategy: TimeoutStrategy[strategy], abortOnReturn });
    return { run: () => policy.execute(work) };
  },
});

const ours = (strategy: "hard" | "cooperative"): Case => ({
  group,
  subject: `holdfast ${strategy}`,
  package: "holdfast",
  form: "async",
  async prepare() {
    const { timeout } = await import("holdfast");
    const policy = timeout({ timeoutMs: 1_000, strategy });
    return { run: () => policy.execute(work) };
  },
});

const adaptiveCase: Case = {
  group,
  subject: "holdfast hard, adaptive and measured",
  package: "holdfast",
  form: "async",
  async prepare() {
    const { adaptive, latencyTarget, timeout } = await import("holdfast");
    const target = latencyTarget("work");
    const policy = timeout({ timeoutMs: adaptive({ target, minMs: 900, maxMs: 1_000 }) });
    return { run: () => policy.execute(work) };
  },
};

export const timeoutCases: readonly Case[] = [
  ours("hard"),
  ours("cooperative"),
  adaptiveCase,
  cockatiel("Aggressive", true),
  cockatiel("Aggressive", false),
  cockatiel("Cooperative", true),
  cockatiel("Cooperative", false),
];
