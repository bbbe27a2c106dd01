import { createHash } from "node:crypto";
import { Script } from "node:vm";
import { describe, expect, it } from "vitest";
import { dashboardPage } from "../../ts/dashboard/index.js";

const { html, headers } = dashboardPage();
const policy = headers["content-security-policy"]!;

function contents(tag: "script" | "style"): string[] {
  return [...html.matchAll(new RegExp(`<${tag}>([\\s\\S]*?)</${tag}>`, "g"))].map((match) => match[1]!);
}

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

describe("dashboardPage", () => {
  it("allows exactly the one script and the one style sheet that it holds", () => {
    const scripts = contents("script");
    const styles = contents("style");
    expect(scripts).toHaveLength(1);
    expect(styles).toHaveLength(1);
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(policy).toContain(`script-src ${hashOf(scripts[0]!)};`);
    expect(policy).toContain(`style-src ${hashOf(styles[0]!)};`);
  });

  it("denies everything else", () => {
    expect(policy).toMatch(/^default-src 'none'/);
    expect(policy).toContain("connect-src 'self'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect(policy).not.toMatch(/unsafe|\*|https?:/);
    expect(headers["x-content-type-options"]).toBe("nosniff");
    expect(headers["cache-control"]).toBe("no-store");
  });

  it("needs nothing that its policy denies: no handlers or styles in attributes, no addresses elsewhere, no eval", () => {
    const body = html.replace(/<(script|style)>[\s\S]*?<\/\1>/g, "");
    expect(body).not.toMatch(/\son[a-z]+\s*=/i);
    expect(body).not.toMatch(/\sstyle\s*=/i);
    expect(body).not.toMatch(/(src|href)="(?!data:|#|\/-\/|")/);
    const script = contents("script")[0]!;
    expect(script).not.toMatch(/\beval\(|new Function|innerHTML|outerHTML|insertAdjacentHTML|document\.write/);
    expect(script.replaceAll("http://www.w3.org/2000/svg", "").match(/["'`]https?:\/\/[^"'`]/)).toBeNull();
    expect(contents("style")[0]).not.toMatch(/@import|url\((?!#)/);
  });

  it("holds a script that parses by itself and names nothing of the module system around its source", () => {
    const script = contents("script")[0]!;
    expect(() => new Script(script)).not.toThrow();
    // What a bundler or a test runner would have put in the place of an import.
    expect(script).not.toMatch(/__vi_|__vite|import_|\bimport\b|\brequire\(|__name\(/);
  });

  it("has every element and every icon that the script asks for", () => {
    const script = contents("script")[0]!;
    const ids = [...script.matchAll(/byId\("([^"]+)"\)/g)].map((match) => match[1]!);
    expect(ids.length).toBeGreaterThan(20);
    for (const id of ids) expect(html, `#${id}`).toContain(`id="${id}"`);
    const icons = [...script.matchAll(/(?:icon\(|setIcon\([\w]+, )"([^"]+)"/g)].map((match) => match[1]!);
    expect(icons.length).toBeGreaterThan(2);
    const states = [
      "open",
      "half-open",
      "closed",
      "disabled",
      "up",
      "down",
      "link-connecting",
      "link-live",
      "link-lost",
    ];
    const tones = ["tone-calm", "tone-watch", "tone-trouble"];
    const faults = ["fault-none", "fault-latency", "fault-errors", "fault-crash"];
    for (const name of [...icons, ...states, ...tones, ...faults]) expect(html).toContain(`id="icon-${name}"`);
  });

  it("labels its landmarks and stays small", () => {
    for (const landmark of ["<header", "<main", "<footer"]) expect(html).toContain(landmark);
    const labels = [...html.matchAll(/aria-labelledby="([^"]+)"/g)].map((match) => match[1]!);
    for (const label of labels) expect(html).toContain(`id="${label}"`);
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]!);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Buffer.byteLength(html)).toBeLessThan(120_000);
  });

  it("is assembled once", () => {
    expect(dashboardPage()).toBe(dashboardPage());
  });
});
