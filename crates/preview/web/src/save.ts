// What a viewer takes along: the data of a widget, the picture of a chart.

import type { Chart } from "./chart";
import { el } from "./dom";

/** The answer to a widget's query. */
export interface Csv {
  text: string;
  truncated: boolean;
}

/** A name that every file system takes. */
function fileName(title: string, ending: string): string {
  const plain = title.normalize("NFKD").replace(/[^\p{L}\p{N}]+/gu, "-").replace(/^-+|-+$/g, "");
  return `${plain.slice(0, 80) || "widget"}.${ending}`;
}

function save(content: Blob, name: string): void {
  const address = URL.createObjectURL(content);
  const link = el("a", { href: address, download: name });
  document.body.append(link);
  link.click();
  link.remove();
  // the browser has begun to read by then
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** Saves the data; the name says if there is more of it. */
export function saveCsv(csv: Csv, title: string): void {
  const name = csv.truncated ? `${title} first rows` : title;
  save(new Blob([csv.text], { type: "text/csv;charset=utf-8" }), fileName(name, "csv"));
}

/** Saves the chart as it is drawn now. */
export async function saveChart(chart: Chart, title: string, format: "svg" | "png"): Promise<void> {
  if (format === "svg") save(new Blob([await chart.svg()], { type: "image/svg+xml" }), fileName(title, "svg"));
  else save(await chart.png(), fileName(title, "png"));
}

/** The menu of what can be saved of a widget. */
export function saveMenu(items: [string, () => Promise<void>][], label: string): HTMLElement {
  const list = el("div", { class: "menu", role: "group" });
  const details = el("details", { class: "save" }, el("summary", { "aria-label": `Save ${label}`, title: "Save" }, "⋯"), list);
  for (const [text, work] of items) {
    const button = el("button", { type: "button" }, text);
    button.addEventListener("click", () => {
      button.disabled = true;
      work()
        .then(() => (details.open = false))
        .catch((fault: unknown) => list.append(el("p", { role: "alert" }, fault instanceof Error ? fault.message : String(fault))))
        .finally(() => (button.disabled = false));
    });
    list.append(button);
  }
  return details;
}
