// The tooltip of charts.

import { el } from "./dom";

let box: HTMLElement | null = null;

/** Shows names and values beside the pointer. */
export function showTip(event: MouseEvent, value: unknown): void {
  box ??= document.body.appendChild(el("div", { class: "tip", role: "tooltip" }));
  box.replaceChildren();
  if (typeof value === "object" && value !== null) {
    const list = el("dl");
    for (const [name, text] of Object.entries(value)) list.append(el("dt", {}, name), el("dd", {}, String(text)));
    box.append(list);
  } else {
    box.append(String(value));
  }
  box.hidden = false;
  const [width, height] = [box.offsetWidth, box.offsetHeight];
  const left = event.clientX + 14 + width > innerWidth ? event.clientX - 14 - width : event.clientX + 14;
  const top = event.clientY + 14 + height > innerHeight ? event.clientY - 14 - height : event.clientY + 14;
  box.style.left = `${Math.max(4, left)}px`;
  box.style.top = `${Math.max(4, top)}px`;
}

/** Hides the tooltip. */
export function hideTip(): void {
  if (box) box.hidden = true;
}
