// Tables and pivots as HTML, with sorting and a limit of rows.

import { append, el, tint } from "./dom";
import { link } from "./leave";
import { isLive } from "./source";
import { nodes } from "./text";
import type { Grid, Head, Item } from "./types";

/** Texts with more letters get four lines; a click shows the rest. */
const LONG = 48;

/** Texts with more letters may be broken, so that the columns at the right have room. */
const WORDS = 14;

interface Order {
  column: number;
  down: boolean;
}

/** A link elsewhere opens beside the page; one to a page of the dashboard opens in its place. */
function anchor(address: string, asks: boolean, text: string): HTMLElement | string {
  if (!address.startsWith("#")) return link(address, asks, text);
  // an exported file has one drawing of each page, so it cannot follow a choice
  return isLive() ? el("a", { href: address }, text) : text;
}

function compare(a: Item | undefined, b: Item | undefined): number {
  const [x, y] = [a?.s ?? null, b?.s ?? null];
  if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1; // missing values last
  if (typeof x === "number" && typeof y === "number") return x - y;
  return String(x).localeCompare(String(y), undefined, { numeric: true });
}

/** Draws a grid; `sortable` lets its heads sort it. */
export function drawGrid(grid: Grid, box: HTMLElement, sortable: boolean, label: string): void {
  let order: Order | null = null;
  let limit = grid.page > 0 ? grid.page : Infinity;
  const scroll = el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": label });
  box.append(scroll);

  const right = (column: number): boolean => {
    let at = 0;
    for (const head of grid.head[grid.head.length - 1] ?? []) {
      at += head.span;
      if (column < at) return head.right;
    }
    return false;
  };

  const headCell = (head: Head, column: number): HTMLElement => {
    const cell = el("th", {
      scope: "col",
      colspan: head.span > 1 ? String(head.span) : undefined,
      class: head.right ? "right" : undefined,
      title: head.title ?? undefined,
    });
    if (!sortable) {
      cell.append(head.text);
      return cell;
    }
    const sorted = order?.column === column;
    cell.setAttribute("aria-sort", sorted ? (order?.down ? "descending" : "ascending") : "none");
    const button = el("button", { type: "button", class: "sort" }, head.text);
    append(button, el("span", { "aria-hidden": "true" }, sorted ? (order?.down ? " ↓" : " ↑") : ""));
    button.addEventListener("click", () => {
      order = sorted && order?.down ? null : { column, down: sorted };
      draw();
      scroll.querySelectorAll<HTMLElement>("button.sort")[column]?.focus();
    });
    cell.append(button);
    return cell;
  };

  const item = (value: Item, column: number): HTMLElement => {
    const heading = column < grid.heads;
    const classes = [right(column) ? "right" : "", value.f ? "total" : ""].filter(Boolean).join(" ");
    const cell = heading ? el("th", { scope: "row" }) : el("td");
    if (classes) cell.className = classes;
    if (value.m !== undefined) {
      cell.classList.add("markup");
      cell.append(nodes(value.m));
    } else if (value.t.length > LONG && !value.h) {
      cell.classList.add("long");
      const text = el("div", { class: "clamp", title: value.t }, value.t);
      text.addEventListener("click", () => text.classList.toggle("open"));
      cell.append(text);
    } else if (value.h) {
      if (value.t.length > WORDS && value.t.includes(" ")) cell.classList.add("words", "name");
      append(cell, anchor(value.h, value.g ?? false, value.t));
    } else {
      if (typeof value.s === "string" && value.t.length > WORDS && value.t.includes(" ")) {
        cell.classList.add("words", ...(value.t.length > 2 * WORDS ? ["name"] : []));
      }
      cell.append(value.t);
    }
    if (value.p) cell.title = value.p;
    // the page makes it lighter where it is dark: a background of the file's own stays what it was made for
    if (value.c) tint(cell, value.c, !value.b);
    if (value.b) cell.style.backgroundColor = value.b;
    return cell;
  };

  const draw = () => {
    const rows = order
      ? [...grid.rows].sort((a, b) => {
          const by = compare(a[order?.column ?? 0], b[order?.column ?? 0]);
          const missing = a[order?.column ?? 0]?.s == null || b[order?.column ?? 0]?.s == null;
          return order?.down && !missing ? -by : by;
        })
      : grid.rows;
    const head = el("thead");
    for (const line of grid.head) head.append(el("tr", {}, ...line.map(headCell)));
    const body = el("tbody");
    for (const row of rows.slice(0, limit)) body.append(el("tr", {}, ...row.map(item)));
    const table = el("table", { class: "grid" }, head, body);
    scroll.replaceChildren(table);
    if (rows.length > limit) {
      const more = el("button", { type: "button", class: "more" }, `Show all ${rows.length} rows`);
      more.addEventListener("click", () => {
        limit = Infinity;
        draw();
      });
      scroll.append(more);
    }
  };
  draw();
}
