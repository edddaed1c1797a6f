// Elements.

type Child = Node | string | null | undefined | false;

/** Makes an element with attributes and children. */
export function el<K extends keyof HTMLElementTagNameMap>(
  name: K,
  attributes: Record<string, string | boolean | undefined> = {},
  ...children: Child[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(key, "");
    else if (typeof value === "string") element.setAttribute(key, value);
  }
  append(element, ...children);
  return element;
}

/** Appends what is there of the children. */
export function append(element: Element, ...children: Child[]): void {
  for (const child of children) if (child) element.append(child);
}

/** Gives a text its colour; `adapts` lets the page make it readable on its own ground. */
export function tint(element: HTMLElement, colour: string, adapts: boolean): void {
  element.style.setProperty("--tint", colour);
  element.classList.add(adapts ? "tinted" : "painted");
}

/** The element with this id, which index.html has. */
export function byId(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (!element) throw new Error(`the page has no #${id}`);
  return element;
}
