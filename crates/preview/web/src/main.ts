// The page: dashboards, tabs, the grid, filters, reload.

import { append, byId, el } from "./dom";
import type { Keep } from "./filter";
import { fold } from "./fold";
import { layOutSheets } from "./sheets";
import { source, type Viewer } from "./source";
import { setTheme, theme } from "./theme";
import type { Chosen, Clicked, Outline, PageOutline, Part, Selection, State } from "./types";
import { Widget, type Outcome } from "./widget";

const from = source();
let state: State;
let dashboard: Outline;
let page: PageOutline;
let widgets: { widget: Widget; page: PageOutline }[] = [];
/** What the viewer chose, by dashboard, page and widget. */
const chosen = new Map<string, Chosen & { dashboard: string }>();
/** The marks that the viewer clicked on the current page, by chart. */
let clicked = new Map<string, Clicked>();
let running = new AbortController();
/** Counts redraws, so that tests and assistive tools know when the page is at rest. */
let pending = 0;

function pages(): PageOutline[] {
  return dashboard.pages.filter((p) => !p.global);
}

function globals(): PageOutline[] {
  return dashboard.pages.filter((p) => p.global);
}

function where(): { dashboard: string; page: string } {
  const hash = new URLSearchParams(location.hash.slice(1));
  return { dashboard: hash.get("dashboard") ?? "", page: hash.get("page") ?? "" };
}

/** What a link chooses: `f_PAGE~WIDGET=VALUE`, as in the addresses of Databricks. */
function chooseByAddress(): void {
  for (const [key, value] of new URLSearchParams(location.hash.slice(1))) {
    const [, of, widget] = /^f_([^~]+)~(.+)$/.exec(key) ?? [];
    if (of === undefined || widget === undefined) continue;
    const selection: Selection = { type: "values", values: [value] };
    chosen.set(JSON.stringify([dashboard.id, of, widget]), { dashboard: dashboard.id, page: of, widget, selection });
  }
}

function go(to: Outline, page: string): void {
  const hash = address(to, page);
  if (location.hash !== hash) location.hash = hash;
  else layOut();
}

/** The address of a page with what is selected on its dashboard, so that it can be sent to somebody. */
function address(of: Outline, page: string): string {
  const hash = new URLSearchParams({ dashboard: of.id, page });
  const choices = choicesOf(of);
  if (choices.length) hash.set("chosen", JSON.stringify(choices));
  return `#${hash}`;
}

function choicesOf(of: Outline): Chosen[] {
  const own = [...chosen.values()].filter((c) => c.dashboard === of.id && c.selection.type !== "all");
  return own.map(({ page, widget, selection }) => ({ page, widget, selection }));
}

function key(of: string, page: string, widget: string): string {
  return JSON.stringify([of, page, widget]);
}

/** Selects what the address says, in the place of what was selected on its dashboard. */
function readAddress(): void {
  const hash = new URLSearchParams(location.hash.slice(1));
  const [id, text] = [hash.get("dashboard"), hash.get("chosen")];
  if (id === null || text === null) return;
  let choices: unknown;
  try {
    choices = JSON.parse(text);
  } catch {
    return; // somebody's own words: nothing is selected
  }
  if (!Array.isArray(choices)) return;
  for (const [at, one] of chosen) if (one.dashboard === id) chosen.delete(at);
  for (const one of choices as Partial<Chosen>[]) {
    if (typeof one?.page !== "string" || typeof one.widget !== "string" || typeof one.selection?.type !== "string") continue;
    chosen.set(key(id, one.page, one.widget), { dashboard: id, page: one.page, widget: one.widget, selection: one.selection });
  }
}

function choose(of: PageOutline, name: string, selection: Selection): void {
  chosen.set(key(dashboard.id, of.name, name), { dashboard: dashboard.id, page: of.name, widget: name, selection });
  history.replaceState(null, "", address(dashboard, page.name));
  redraw();
}

/** What keeps the selection of a filter from one preview to the next. */
function keeper(of: PageOutline, widget: string): Keep {
  const id = dashboard.id;
  const same = (k: { dashboard: string; page: string; widget: string }) =>
    k.dashboard === id && k.page === of.name && k.widget === widget;
  const keep: Keep = {
    kept: state.kept.some(same),
    toggle: async () => {
      const now = chosen.get(key(id, of.name, widget))?.selection ?? { type: "all" as const };
      const selection: Selection = keep.kept ? { type: "all" } : now;
      if (selection.type === "all" && !keep.kept) throw new Error("Select something first");
      await from.keep({ dashboard: id, page: of.name, widget, selection });
      state.kept = state.kept.filter((k) => !same(k));
      keep.kept = selection.type !== "all";
      if (keep.kept) state.kept.push({ dashboard: id, page: of.name, widget, selection });
    },
  };
  return keep;
}

/** A click on a mark filters the other widgets of the page; a second one takes that back. */
function pick(widget: string, key: Part[]): void {
  const known = clicked.get(widget);
  if (JSON.stringify(known?.key) === JSON.stringify(key)) clicked.delete(widget);
  else clicked.set(widget, { page: page.name, widget, key });
  redraw();
}

/** Shows what is clicked, each to be taken back. */
function chips(): void {
  const bar = byId("clicked");
  bar.hidden = clicked.size === 0;
  bar.replaceChildren();
  for (const { widget, key } of clicked.values()) {
    const text = key.map((part) => part.value ?? "(no value)").join(" · ");
    const chip = el("button", { type: "button", title: "Show all again" }, `${text} ✕`);
    chip.addEventListener("click", () => pick(widget, key));
    bar.append(chip);
  }
  for (const { widget } of widgets) widget.frame.classList.toggle("clicked", clicked.has(widget.outline.name));
}

function tabs(): void {
  const bar = byId("tabs");
  bar.replaceChildren();
  for (const one of pages()) {
    const here = one === page;
    const tab = el("button", {
      type: "button",
      role: "tab",
      id: `tab-${one.name}`,
      "aria-selected": String(here),
      "aria-controls": "page",
      tabindex: here ? "0" : "-1",
    }, one.title);
    tab.addEventListener("click", () => go(dashboard, one.name));
    bar.append(tab);
  }
  bar.hidden = pages().length < 2;
}

function selector(): void {
  const select = byId("dashboards") as HTMLSelectElement;
  select.replaceChildren(...state.dashboards.map((d) => el("option", { value: d.id }, d.file)));
  select.value = dashboard.id;
  select.hidden = state.dashboards.length < 2;
  byId("file").textContent = state.dashboards.length < 2 ? dashboard.file : "";
}

/** Lays the current page out and draws it. */
function layOut(): void {
  const at = where();
  const first = state.dashboards[0];
  if (!first) {
    notice("No dashboards", "There is no .lvdash.json file to show.");
    return;
  }
  // a link to a page stays on the dashboard that it stands on
  dashboard = state.dashboards.find((d) => d.id === at.dashboard) ?? dashboard ?? first;
  dashboard = state.dashboards.find((d) => d.id === dashboard.id) ?? first;
  chooseByAddress();
  const hash = new URLSearchParams(location.hash.slice(1));
  if (at.page && !at.dashboard) {
    hash.set("dashboard", dashboard.id);
    history.replaceState(null, "", `#${hash}`);
  }
  selector();
  for (const { widget } of widgets) widget.clear();
  widgets = [];
  byId("filters").replaceChildren();
  byId("page").replaceChildren();
  const opening = pages().find((p) => p.name === at.page) ?? pages()[0] ?? globals()[0];
  if (dashboard.error || !opening) {
    byId("tabs").replaceChildren();
    coverage([]);
    notice(dashboard.file, dashboard.error ?? "The dashboard has no pages.");
    return;
  }
  if (opening !== page) clicked = new Map();
  page = opening;
  document.title = `${page.title} · ${dashboard.file} · piq preview`;
  tabs();
  for (const global of globals()) if (global !== page) strip(global);
  grid(page);
  redraw();
}

function notice(title: string, text: string): void {
  byId("page").replaceChildren(el("div", { class: "notice", role: "alert" }, el("h2", {}, title), el("pre", {}, text)));
  byId("page").dataset["ready"] = "true";
}

function add(of: PageOutline, outline: PageOutline["widgets"][number]): HTMLElement {
  const act = from.live && outline.filter ? (s: Selection) => choose(of, outline.name, s) : null;
  const onMark = from.live && of === page ? (key: Part[]) => pick(outline.name, key) : null;
  const data = () => from.csv(dashboard.id, of.name, outline.name, viewer());
  const widget = new Widget(outline, act, onMark, data, act && keeper(of, outline.name));
  widgets.push({ widget, page: of });
  return widget.frame;
}

/** Global filters stand above every page. */
function strip(global: PageOutline): void {
  const byPlace = [...global.widgets].sort((a, b) => a.place[1] - b.place[1] || a.place[0] - b.place[0]);
  byId("filters").append(...byPlace.filter((w) => w.filter).map((w) => add(global, w)));
}

function grid(of: PageOutline): void {
  const box = byId("page");
  box.style.setProperty("--columns", String(of.columns));
  const byPlace = [...of.widgets].sort((a, b) => a.place[1] - b.place[1] || a.place[0] - b.place[0]);
  for (const outline of byPlace) {
    const frame = add(of, outline);
    const [x, y, width, height] = outline.place;
    frame.style.gridColumn = `${x + 1} / span ${width}`;
    frame.style.gridRow = `${y + 1} / span ${height}`;
    frame.style.setProperty("--rows", String(height));
    box.append(frame);
  }
}

/** Draws every widget anew. What was drawn stays until its successor is there. */
function redraw(): void {
  running.abort();
  running = new AbortController();
  const { signal } = running;
  const box = byId("page");
  box.dataset["ready"] = "false";
  const outcomes: Outcome[] = [];
  pending = widgets.length;
  coverage(outcomes);
  const now = viewer();
  chips();
  if (pending === 0) box.dataset["ready"] = "true";
  for (const { widget, page } of widgets) {
    widget.loading();
    void from
      .drawing(dashboard.id, page.name, widget.outline.name, now, signal)
      .catch((fault: unknown) => ({
        picture: { kind: "failed" as const, error: fault instanceof Error ? fault.message : String(fault) },
        sql: null,
        note: null,
      }))
      .then(async (drawing) => {
        if (signal.aborted) return;
        outcomes.push(await widget.show(drawing));
        if (signal.aborted) return;
        pending -= 1;
        coverage(outcomes);
        if (pending === 0) {
          fold(byId("filters"));
          box.dataset["ready"] = "true";
        }
      });
  }
}

/** What is selected and clicked. */
function viewer(): Viewer {
  return { chosen: choicesOf(dashboard), clicked: [...clicked.values()] };
}

/** Lays sheets out and prints them: this page, or all pages of the dashboard. */
async function print(all: boolean): Promise<void> {
  const box = await layOutSheets(from, dashboard, all ? pages() : [page], choicesOf(dashboard));
  addEventListener("afterprint", () => box.remove(), { once: true });
  window.print();
}

/** An export that is opened for a printer shows sheets of every dashboard and nothing else. */
async function sheetsOnly(): Promise<void> {
  setTheme("light", false);
  document.body.classList.add("sheets-only");
  for (const one of state.dashboards) {
    const shown = one.pages.filter((p) => !p.global);
    await layOutSheets(from, one, shown, []);
  }
  document.body.dataset["sheets"] = "ready";
}

function coverage(outcomes: Outcome[]): void {
  const count = (of: Outcome) => outcomes.filter((o) => o === of).length;
  const [drawn, unsupported, failed] = [count("drawn"), count("unsupported"), count("failed")];
  const badge = byId("coverage");
  badge.replaceChildren(
    el("span", { class: "drawn", "data-count": String(drawn) }, `${drawn} drawn`),
    el("span", { class: unsupported ? "unsupported" : "zero", "data-count": String(unsupported) }, `${unsupported} unsupported`),
    el("span", { class: failed ? "failed" : "zero", "data-count": String(failed) }, `${failed} failed`),
  );
  append(badge, pending > 0 && el("span", { class: "pending" }, `${pending} loading`));
}

async function load(): Promise<void> {
  const first = state === undefined;
  state = await from.state();
  if (first) {
    for (const one of state.kept) chosen.set(key(one.dashboard, one.page, one.widget), one);
    readAddress();
  }
  if (location.hash === "#sheets") return sheetsOnly();
  byId("target").textContent = [state.target, state.host, state.namespace].filter(Boolean).join(" · ");
  byId("made").textContent = from.live ? "" : `Exported ${state.made}`;
  layOut();
}

/** Follows changes of files and data until the page is left. */
async function follow(): Promise<void> {
  for (;;) {
    try {
      const revision = await from.changed(state.revision);
      document.body.dataset["connection"] = "live";
      if (revision !== state.revision) await load();
    } catch {
      document.body.dataset["connection"] = "lost";
      await new Promise((resume) => setTimeout(resume, 1000));
    }
  }
}

function keys(event: KeyboardEvent): void {
  const target = event.target as HTMLElement;
  if (/^(INPUT|SELECT|TEXTAREA)$/.test(target.tagName) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === "r" && from.live) void from.refresh();
  if (event.key === "d") toggle();
  if (target.getAttribute("role") !== "tab") return;
  const all = pages();
  const at = all.indexOf(page);
  const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: all.length - 1 }[event.key];
  const next = to === undefined ? undefined : all[(to + all.length) % all.length];
  if (!next) return;
  event.preventDefault();
  go(dashboard, next.name);
  requestAnimationFrame(() => document.getElementById(`tab-${next.name}`)?.focus());
}

function toggle(): void {
  setTheme(theme() === "dark" ? "light" : "dark", true);
  layOut();
}

setTheme(theme(), false);
byId("theme").addEventListener("click", toggle);
byId("refresh").hidden = !from.live;
byId("refresh").addEventListener("click", () => void from.refresh());
byId("dashboards").addEventListener("change", (event) => {
  const id = (event.target as HTMLSelectElement).value;
  const to = state.dashboards.find((d) => d.id === id);
  if (to) go(to, "");
});
byId("print").addEventListener("change", (event) => {
  const select = event.target as HTMLSelectElement;
  const all = select.value === "all";
  select.value = "";
  void print(all);
});
addEventListener("hashchange", () => {
  readAddress();
  layOut();
});
addEventListener("resize", () => fold(byId("filters")));
addEventListener("keydown", keys);
addEventListener("click", (event) => {
  for (const open of document.querySelectorAll<HTMLDetailsElement>("details.multi[open], details.save[open]")) {
    if (!open.contains(event.target as Node)) open.open = false;
  }
});
void load()
  .then(() => (from.live ? follow() : undefined))
  .catch((fault: unknown) => notice("The preview does not answer", String(fault)));
