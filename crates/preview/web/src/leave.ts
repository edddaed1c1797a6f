// Links that hold what stands in a cell: the page names their host before it leads there, for a stranger's dashboard
// could send the data along.

import { append, el } from "./dom";

/** The host of an address; the whole address if it has none. */
export function host(address: string): string {
  try {
    return new URL(address).host || address;
  } catch {
    return address;
  }
}

/** Asks before it opens an address. */
export function askToLeave(address: string): void {
  const go = el("a", { href: address, target: "_blank", rel: "noopener noreferrer", class: "go" }, `Open ${host(address)}`);
  const stay = el("button", { type: "button" }, "Stay here");
  const dialog = el("dialog", { class: "leave", "aria-label": "Leave the preview" });
  append(
    dialog,
    el("h2", {}, `This link leads to ${host(address)}`),
    el("p", {}, "Its address holds values of this dashboard's data, which that host then gets:"),
    el("pre", {}, address),
    el("div", { class: "actions" }, go, stay),
  );
  const close = () => dialog.close();
  go.addEventListener("click", close);
  stay.addEventListener("click", close);
  dialog.addEventListener("close", () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

/** A link that shows its host, and asks first if its address holds data. */
export function link(address: string, asks: boolean, ...content: (Node | string)[]): HTMLElement {
  const made = el("a", { href: address, title: host(address), rel: "noopener noreferrer", target: "_blank" }, ...content);
  if (asks) {
    made.addEventListener("click", (event) => {
      event.preventDefault();
      askToLeave(address);
    });
    // the middle button would open it without a question
    made.addEventListener("auxclick", (event) => event.preventDefault());
  }
  return made;
}
