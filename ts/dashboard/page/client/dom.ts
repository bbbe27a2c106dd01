/**
 * The few things that the page does to its elements. Text enters as text nodes only, and the policy
 * `require-trusted-types-for 'script'` makes the browser refuse anything else. Elements are made once and updated in
 * place: focus stays where it is, and nothing jumps.
 */

export type Dom = ReturnType<typeof makeDom>;

/** Attributes by name; `true` sets an empty one, `false` leaves it out. */
export type Attributes = Readonly<Record<string, string | number | boolean>>;

/** Makes the helpers for one document. */
export function makeDom(page: Document) {
  function dress(element: Element, attributes: Attributes, children: readonly (Node | string)[]): void {
    for (const [name, value] of Object.entries(attributes)) {
      if (value !== false) element.setAttribute(name, value === true ? "" : String(value));
    }
    element.append(...children);
  }

  /** An HTML element. */
  function html<Tag extends keyof HTMLElementTagNameMap>(
    tag: Tag,
    attributes: Attributes = {},
    ...children: (Node | string)[]
  ): HTMLElementTagNameMap[Tag] {
    const element = page.createElement(tag);
    dress(element, attributes, children);
    return element;
  }

  /** An SVG element. */
  function svg<Tag extends keyof SVGElementTagNameMap>(
    tag: Tag,
    attributes: Attributes = {},
    ...children: Node[]
  ): SVGElementTagNameMap[Tag] {
    const element = page.createElementNS("http://www.w3.org/2000/svg", tag);
    dress(element, attributes, children);
    return element;
  }

  /** The element that the markup promises under this id. */
  function byId(id: string): HTMLElement {
    const element = page.getElementById(id);
    if (element === null) throw new Error(`the page has no #${id}`);
    return element;
  }

  /** Sets text only where it differs: assistive technology and the layout are left alone otherwise. */
  function text(element: Element, value: string): void {
    if (element.textContent !== value) element.textContent = value;
  }

  /** Sets an attribute only where it differs. */
  function attribute(element: Element, name: string, value: string): void {
    if (element.getAttribute(name) !== value) element.setAttribute(name, value);
  }

  /** One of the page's own icons; decoration, so it is hidden from assistive technology. */
  function icon(name: string): SVGElement {
    const use = svg("use", { href: `#icon-${name}` });
    return svg("svg", { class: "icon", "aria-hidden": "true", viewBox: "0 0 16 16" }, use);
  }

  /** Shows another icon in place. */
  function setIcon(element: SVGElement, name: string): void {
    attribute(element.firstElementChild!, "href", `#icon-${name}`);
  }

  /**
   * Keeps one child of `host` for each item, in the order of the items. `make` builds a row for a new key, `update`
   * refreshes it; `forget` hears of rows whose key is gone before they are removed.
   */
  function rows<Item, Row extends { readonly element: HTMLElement }>(
    host: HTMLElement,
    keyOf: (item: Item) => string,
    make: (item: Item) => Row,
    update: (row: Row, item: Item) => void,
    forget: (row: Row) => void = () => {},
  ): (items: readonly Item[]) => void {
    const known = new Map<string, Row>();
    return (items) => {
      const wanted = new Set(items.map(keyOf));
      for (const [key, row] of known) {
        if (wanted.has(key)) continue;
        forget(row);
        row.element.remove();
        known.delete(key);
      }
      let previous: Element | null = null;
      for (const item of items) {
        const key = keyOf(item);
        let row = known.get(key);
        if (row === undefined) {
          row = make(item);
          known.set(key, row);
        }
        // Moving an element takes its focus away, so only those that stand in the wrong place move.
        const next: Element | null = previous === null ? host.firstElementChild : previous.nextElementSibling;
        if (next !== row.element) host.insertBefore(row.element, next);
        previous = row.element;
        update(row, item);
      }
    };
  }

  return { html, svg, byId, text, attribute, icon, setIcon, rows };
}
