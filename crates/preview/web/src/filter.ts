// Controls that select.

import { el } from "./dom";
import type { FilterPicture, Selection } from "./types";

export type Choose = (selection: Selection) => void;

const ALL: Selection = { type: "all" };

/** Option values: the missing value and "all" need forms of their own. */
const NONE = "\u0000none";
const EVERY = "\u0000all";

function values(selection: Selection): (string | null)[] {
  return selection.type === "values" ? selection.values : [];
}

function single(picture: FilterPicture, label: string, choose: Choose): HTMLElement {
  const select = el("select", { "aria-label": label });
  select.append(el("option", { value: EVERY }, picture.all));
  // a parameter whose default is an empty text stands for "nothing is chosen"
  const first = values(picture.selection)[0];
  const chosen = first === "" && !picture.options.some(([value]) => value === "") ? undefined : first;
  const known = picture.options.some(([value]) => value === chosen);
  const options = known || chosen === undefined ? picture.options : [[chosen, chosen ?? "(no value)"] as const, ...picture.options];
  for (const [value, text] of options) select.append(el("option", { value: value ?? NONE }, text));
  select.value = chosen === undefined ? EVERY : (chosen ?? NONE);
  select.addEventListener("change", () => {
    if (select.value === EVERY) choose(ALL);
    else choose({ type: "values", values: [select.value === NONE ? null : select.value] });
  });
  return select;
}

function multi(picture: FilterPicture, label: string, choose: Choose): HTMLElement {
  const chosen = new Set(values(picture.selection));
  const summary = el("summary", { "aria-label": `${label}: ${picture.shown}` }, picture.shown);
  const list = el("div", { class: "choices", role: "group", "aria-label": label });
  const boxes: [HTMLInputElement, string | null, HTMLElement][] = [];
  for (const [value, text] of picture.options) {
    const box = el("input", { type: "checkbox" });
    box.checked = chosen.has(value);
    const line = el("label", {}, box, el("span", {}, text));
    boxes.push([box, value, line]);
    list.append(line);
  }
  const find = el("input", { type: "search", placeholder: "Find", "aria-label": `Find in ${label}` });
  find.addEventListener("input", () => {
    const wanted = find.value.toLowerCase();
    for (const [, , line] of boxes) line.hidden = !(line.textContent ?? "").toLowerCase().includes(wanted);
  });
  const apply = el("button", { type: "button", class: "apply" }, "Apply");
  const clear = el("button", { type: "button" }, picture.all);
  const details = el("details", { class: "multi" }, summary);
  apply.addEventListener("click", () => {
    details.open = false;
    const now = boxes.filter(([box]) => box.checked).map(([, value]) => value);
    choose(now.length ? { type: "values", values: now } : ALL);
  });
  clear.addEventListener("click", () => {
    details.open = false;
    choose(ALL);
  });
  details.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && details.open) {
      details.open = false;
      summary.focus();
      event.stopPropagation();
    }
  });
  const menu = el("div", { class: "menu" }, picture.options.length > 8 && find, list, el("div", { class: "actions" }, apply, clear));
  details.append(menu);
  return details;
}

function input(type: string, label: string, value: string | null, changed: () => void): HTMLInputElement {
  const field = el("input", { type, "aria-label": label, step: type === "number" ? "any" : undefined });
  field.value = value ?? "";
  field.addEventListener("change", changed);
  return field;
}

function range(picture: FilterPicture, label: string, choose: Choose, type: "date" | "number"): HTMLElement {
  const selected = picture.selection.type === "range" ? picture.selection : { min: null, max: null };
  const changed = () => {
    const [min, max] = [from.value || null, to.value || null];
    choose(min === null && max === null ? ALL : { type: "range", min, max });
  };
  const day = (text: string | null) => (type === "date" ? (text?.slice(0, 10) ?? null) : text);
  const from = input(type, `${label}: from`, day(selected.min), changed);
  const to = input(type, `${label}: to`, day(selected.max), changed);
  if (picture.ends) {
    from.placeholder = picture.ends[0];
    to.placeholder = picture.ends[1];
    from.title = `from ${day(picture.ends[0])}`;
    to.title = `up to ${day(picture.ends[1])}`;
  }
  return el("div", { class: "range" }, from, el("span", { "aria-hidden": "true" }, "–"), to);
}

function one(picture: FilterPicture, label: string, choose: Choose, type: "date" | "text"): HTMLElement {
  const chosen = values(picture.selection)[0] ?? null;
  const changed = () => choose(field.value ? { type: "values", values: [field.value] } : ALL);
  const field = input(type, label, type === "date" ? (chosen?.slice(0, 10) ?? null) : chosen, changed);
  field.placeholder = picture.all;
  return field;
}

/** Keeps what is selected for the next preview, or forgets it. */
export interface Keep {
  kept: boolean;
  toggle(): Promise<void>;
}

/** The button that keeps a selection. */
export function keepButton(keep: Keep, label: string): HTMLElement {
  const button = el("button", { type: "button", class: "keep" });
  const show = () => {
    button.textContent = keep.kept ? "★" : "☆";
    button.title = keep.kept ? "Kept for the next preview: click to forget" : "Keep this selection for the next preview";
    button.setAttribute("aria-label", `${button.title}: ${label}`);
    button.setAttribute("aria-pressed", String(keep.kept));
  };
  button.addEventListener("click", () => {
    void keep
      .toggle()
      .then(show)
      .catch((fault: unknown) => (button.title = fault instanceof Error ? fault.message : String(fault)));
  });
  show();
  return button;
}

/** The control of a filter; in an export only its text. */
export function drawFilter(picture: FilterPicture, label: string, choose: Choose | null): HTMLElement {
  if (!choose) return el("p", { class: "fixed" }, picture.shown || "–");
  switch (picture.control) {
    case "single":
      return single(picture, label, choose);
    case "multi":
      return multi(picture, label, choose);
    case "dates":
      return range(picture, label, choose, "date");
    case "numbers":
      return range(picture, label, choose, "number");
    case "date":
      return one(picture, label, choose, "date");
    case "text":
      return one(picture, label, choose, "text");
  }
}
