// Pages for paper: every page of a dashboard laid out for A4 in landscape, whatever the width of the window.

import { append, el } from "./dom";
import type { Source } from "./source";
import type { Chosen, Outline, PageOutline } from "./types";
import { Widget } from "./widget";

/** Rows of the grid that fit on one sheet. */
const ROWS = 16;

/** Draws pages as sheets into the document, and resolves when all of it is there. */
export async function layOutSheets(
  from: Source,
  dashboard: Outline,
  pages: PageOutline[],
  chosen: Chosen[],
): Promise<HTMLElement> {
  const box = el("div", { id: "sheets" });
  document.body.append(box);
  const work: Promise<void>[] = [];
  const globals = dashboard.pages.filter((p) => p.global);
  const add = (of: PageOutline, outline: PageOutline["widgets"][number], into: HTMLElement): Widget => {
    const widget = new Widget(outline, null, null, null);
    into.append(widget.frame);
    const ask = from.drawing(dashboard.id, of.name, outline.name, { chosen, clicked: [] }, new AbortController().signal);
    const draw = ask.then((drawing) => widget.show(drawing)).then(() => fit(widget.frame));
    work.push(draw.catch((fault: unknown) => widget.frame.append(String(fault))));
    return widget;
  };
  for (const page of pages) {
    const sheet = el("section", { class: "sheet" });
    const title = pages.length > 1 || dashboard.pages.length > 1 ? page.title : dashboard.file;
    append(sheet, el("h2", {}, title));
    const strip = el("div", { class: "strip" });
    for (const global of globals) {
      for (const outline of global.widgets.filter((w) => w.filter && global !== page)) add(global, outline, strip);
    }
    if (strip.childElementCount) sheet.append(strip);
    const grid = el("div", { class: "sheet-grid" });
    grid.style.setProperty("--columns", String(page.columns));
    sheet.append(grid);
    box.append(sheet);
    const byPlace = [...page.widgets].sort((a, b) => a.place[1] - b.place[1] || a.place[0] - b.place[0]);
    for (const outline of byPlace) {
      const [x, y, width, height] = outline.place;
      const { frame } = add(page, outline, grid);
      frame.style.gridColumn = `${x + 1} / span ${width}`;
      frame.style.gridRow = `${y + 1} / span ${height}`;
      frame.style.setProperty("--rows", String(Math.min(height, ROWS)));
    }
  }
  await Promise.all(work);
  return box;
}

/** A table on paper cannot scroll: it becomes narrower, then shows whole rows only and says how many are left. */
function fit(frame: HTMLElement): void {
  const scroll = frame.querySelector<HTMLElement>(".scroll");
  const table = scroll?.querySelector<HTMLElement>("table");
  if (!scroll || !table) return;
  scroll.querySelector("button.more")?.remove();
  if (table.scrollWidth > scroll.clientWidth) {
    table.style.setProperty("zoom", String(Math.max(0.45, scroll.clientWidth / table.scrollWidth)));
  }
  const rows = [...table.querySelectorAll("tbody tr")];
  let left = 0;
  while (rows.length > 1 && scroll.scrollHeight > scroll.clientHeight) {
    rows.pop()?.remove();
    left += 1;
    if (left === 1) scroll.append(el("p", { class: "left" }, "\u00a0"));
  }
  if (left) scroll.querySelector(".left")?.replaceChildren(`${left} more rows: save the widget as CSV for all of them.`);
}
