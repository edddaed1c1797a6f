// The filters of all pages take one row; a button shows the rest.

import { el } from "./dom";

let open = false;

/** Hides what does not fit into the first row of `strip`, with a button that shows it. */
export function fold(strip: HTMLElement): void {
  strip.querySelector("button.fold")?.remove();
  const all = [...strip.children] as HTMLElement[];
  for (const one of all) one.hidden = false;
  const first = all[0]?.offsetTop ?? 0;
  const isBelow = (one: HTMLElement) => one.offsetTop > first + 8;
  if (!all.some(isBelow)) return;
  const button = el("button", { type: "button", class: "fold", "aria-expanded": String(open) });
  strip.append(button);
  let hidden = 0;
  // from the last one on, until what is left and the button stand in one row
  for (let at = all.length - 1; at > 0 && !open && isBelow(button); at -= 1, hidden += 1) {
    const one = all[at];
    if (one) one.hidden = true;
    button.textContent = `${hidden + 1} more filters, 9 selected`;
  }
  const selected = all.filter((one) => one.hidden && one.dataset["selected"] === "true").length;
  // a filter that narrows the page is never out of sight without a word
  const more = `${hidden} more ${hidden === 1 ? "filter" : "filters"}${selected ? `, ${selected} selected` : ""}`;
  button.textContent = open ? "Fewer filters" : more;
  button.addEventListener("click", () => {
    open = !open;
    fold(strip);
  });
}
