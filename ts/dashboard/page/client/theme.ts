/** Light or dark: what the system says, unless the reader chose otherwise; the choice is remembered where storage is allowed. */

export type Theme = "system" | "light" | "dark";

/** Wires the button that goes through system, light and dark. */
export function makeTheme(page: Document, button: HTMLElement, label: HTMLElement): void {
  const order: readonly Theme[] = ["system", "light", "dark"];
  const names: Record<Theme, string> = { system: "Auto", light: "Light", dark: "Dark" };
  const key = "holdfast-theme";

  function remembered(): Theme {
    try {
      const stored = localStorage.getItem(key);
      return stored === "light" || stored === "dark" ? stored : "system";
    } catch {
      return "system";
    }
  }

  function show(theme: Theme): void {
    if (theme === "system") page.documentElement.removeAttribute("data-theme");
    else page.documentElement.setAttribute("data-theme", theme);
    label.textContent = names[theme];
    button.setAttribute("aria-label", `Colours: ${names[theme]}`);
  }

  let theme = remembered();
  show(theme);
  button.addEventListener("click", () => {
    theme = order[(order.indexOf(theme) + 1) % order.length]!;
    show(theme);
    try {
      localStorage.setItem(key, theme);
    } catch {
      // Private windows may refuse; the choice then lasts as long as the page.
    }
  });
}
